"""One who calls the LinkedIn simulator over HTTP, as a publisher would."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
from yarl import URL

from letmepost.platform_kit.simulator import Simulation
from tests.platforms.wire_answer import WireAnswer

VERSION = "202607"
BACK = "https://letmepost.example/callback"
SCOPES = "openid profile w_member_social"
PERSON = "urn:li:person:Ab3_x-9"
PAGE = "urn:li:organization:2414183"
PAGES = [{"id": "2414183", "name": "Bridges Ltd", "role": "CONTENT_ADMIN"}]
PAGE_SCOPES = f"{SCOPES} w_organization_social r_organization_social r_organization_admin"
DISTRIBUTION = {
    "feedDistribution": "MAIN_FEED",
    "targetEntities": [],
    "thirdPartyDistributionChannels": [],
}


def encoded(urn: str) -> str:
    return quote(urn, safe="")


class Answer(WireAnswer):
    """What came back."""

    @property
    def ending(self) -> tuple[int, str | None]:
        """The status and the code of the error, of whatever shape."""
        if not isinstance(self.body, dict):
            return self.status, None
        errors = self.body.get("errorDetails", {}).get("inputErrors")
        named = errors[0]["code"] if errors else self.body.get("code", self.body.get("error"))
        return self.status, named

    @property
    def urn(self) -> str:
        return self.headers["x-restli-id"]


@dataclass
class Caller:
    """One publisher's view of the simulator."""

    http: aiohttp.ClientSession
    simulation: Simulation
    token: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)

    async def send(self, method: str, path: str, **given: Any) -> Answer:
        url = URL(path if path.startswith("http") else self.simulation.url + path, encoded=True)
        async with self.http.request(method, url, allow_redirects=False, **given) as answer:
            return await Answer.read(answer)

    async def consent(self, scopes: str = SCOPES, **form: str) -> Answer:
        asked = {
            "response_type": "code",
            "client_id": self.simulation.settings["LETMEPOST_LINKEDIN_CLIENT_ID"],
            "redirect_uri": BACK,
            "state": "s-1",
            "scope": scopes,
        }
        query = "&".join(f"{name}={encoded(value)}" for name, value in asked.items())
        sent = {**self.simulation.accounts["linkedin"], **form}
        return await self.send("POST", f"/linkedin/oauth/v2/authorization?{query}", data=sent)

    async def code(self, scopes: str = SCOPES) -> str:
        answer = await self.consent(scopes)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def exchange(self, **fields: str) -> Answer:
        settings = self.simulation.settings
        form = {
            "client_id": settings["LETMEPOST_LINKEDIN_CLIENT_ID"],
            "client_secret": settings["LETMEPOST_LINKEDIN_CLIENT_SECRET"],
            **fields,
        }
        return await self.send("POST", "/linkedin/oauth/v2/accessToken", data=form)

    async def connect(self, scopes: str = SCOPES) -> Answer:
        answer = await self.exchange(
            grant_type="authorization_code", code=await self.code(scopes), redirect_uri=BACK
        )
        if answer.status == 200:
            self.tokens, self.token = answer.body, answer.body["access_token"]
        return answer

    def headers(self, **more: str | None) -> dict[str, str]:
        headers: dict[str, str | None] = {
            "Authorization": f"Bearer {self.token}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        return {name: value for name, value in headers.items() if value is not None}

    async def rest(self, method: str, path: str, body: Any = None, **more: str | None) -> Answer:
        given = {} if body is None else {"json": body}
        return await self.send(
            method, f"/linkedin/rest/{path}", headers=self.headers(**more), **given
        )

    async def post(self, text: str = "Hello", author: str = PERSON, **fields: Any) -> Answer:
        body = {
            "author": author,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": DISTRIBUTION,
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
            **fields,
        }
        return await self.rest("POST", "posts", body)

    async def initialize(self, kind: str, owner: str = PERSON, **fields: Any) -> Answer:
        body = {"initializeUploadRequest": {"owner": owner, **fields}}
        return await self.rest("POST", f"{kind}s?action=initializeUpload", body)

    async def upload(self, kind: str, data: bytes) -> str:
        value = (await self.initialize(kind)).body["value"]
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.send("PUT", value["uploadUrl"], data=data, headers=headers)
        assert (answer.status, answer.body) == (201, b"")
        urn: str = value[kind]
        return urn

    async def status(self, kind: str, urn: str) -> Answer:
        return await self.rest("GET", f"{kind}s/{encoded(urn)}")

    async def fault(self, name: str, **fields: Any) -> None:
        body = {"platform": "linkedin", "fault": name, **fields}
        assert (await self.send("POST", "/_simulator/faults", json=body)).status == 201

    async def world(self, **body: Any) -> Answer:
        return await self.send("POST", "/_simulator/world", json={"platform": "linkedin", **body})

    async def timeline(self) -> Any:
        return (await self.send("GET", "/_simulator/timeline")).body

    async def texts(self) -> list[str]:
        return [entry["text"] for entry in await self.timeline()]
