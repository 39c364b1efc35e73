"""One who calls the X simulator over HTTP, as an app does: consent, tokens, and then the API."""

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from letmepost.platform_kit.simulator import Simulation
from letmepost.platforms.twitter.simulator_accounts import CLIENT_ID, CLIENT_SECRET
from tests.platforms.wire_answer import WireAnswer

BACK = "https://letmepost.example/callback"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
PNG = b"\x89PNG\r\n\x1a\n" + b"a dot"


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def basic(secret: str = CLIENT_SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()}


class Answer(WireAnswer):
    """What came back."""

    @property
    def problem(self) -> tuple[int, str]:
        """The status, and the last part of the problem's type."""
        return self.status, str(self.body.get("type")).rpartition("/")[2]


@dataclass
class Caller:
    """One app's view of the simulator."""

    http: aiohttp.ClientSession
    simulation: Simulation
    tokens: dict[str, Any] = field(default_factory=dict)

    async def send(self, method: str, path: str, token: str | None = None, **given: Any) -> Answer:
        headers = dict(given.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = self.simulation.url + path
        async with self.http.request(method, url, headers=headers, **given) as answer:
            return await Answer.read(answer)

    async def call(self, method: str, path: str, **given: Any) -> Answer:
        return await self.send(method, f"/twitter{path}", self.tokens["access_token"], **given)

    async def consents(self, form: Mapping[str, str] | None = None, **more: Any) -> Any:
        """The query with which the browser comes back."""
        asked = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": BACK,
            "scope": SCOPES,
            "state": "s-1",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
        }
        answer = await self.send(
            "POST",
            "/twitter/i/oauth2/authorize",
            params=asked | more,
            data=form or self.simulation.accounts["twitter"],
            allow_redirects=False,
        )
        if answer.status != 302:
            return answer
        return {
            name: values[0]
            for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    async def exchange(self, secret: str = CLIENT_SECRET, **form: str) -> Answer:
        return await self.send("POST", "/twitter/2/oauth2/token", data=form, headers=basic(secret))

    async def spend(self, code: str, **more: str) -> Answer:
        form = {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | more
        return await self.exchange(grant_type="authorization_code", **form)

    async def connect(self, account: str | None = None, scope: str = SCOPES) -> Answer:
        form = {"decision": "approve"} | ({"account": account} if account else {})
        code = (await self.consents(form, scope=scope))["code"]
        answer = await self.spend(code)
        if answer.status == 200:
            self.tokens = answer.body
        return answer

    async def refresh(self, token: str = "") -> Answer:
        answer = await self.exchange(
            grant_type="refresh_token", refresh_token=token or self.tokens["refresh_token"]
        )
        if answer.status == 200:
            self.tokens = answer.body
        return answer

    async def post(self, text: str | None = "Hello", **fields: Any) -> Answer:
        body = fields if text is None else {"text": text, **fields}
        return await self.call("POST", "/2/tweets", json=body)

    async def upload(self, content: bytes = PNG, **fields: str) -> Answer:
        form = aiohttp.FormData(fields or {"media_category": "tweet_image"})
        form.add_field("media", io.BytesIO(content), filename="media", content_type="image/png")
        return await self.call("POST", "/2/media/upload", data=form)

    async def begin(self, content: bytes = MP4, **fields: Any) -> str:
        body = {
            "media_type": "video/mp4",
            "total_bytes": len(content),
            "media_category": "tweet_video",
        } | fields
        answer = await self.call("POST", "/2/media/upload/initialize", json=body)
        assert answer.status == 200, answer.body
        return str(answer.body["data"]["id"])

    async def append(self, media_id: str, segment: bytes = MP4, index: str = "0") -> Answer:
        form = aiohttp.FormData({"segment_index": index})
        form.add_field("media", segment, filename="segment")
        return await self.call("POST", f"/2/media/upload/{media_id}/append", data=form)

    async def finalize(self, media_id: str) -> Answer:
        return await self.call("POST", f"/2/media/upload/{media_id}/finalize")

    async def poll(self, media_id: str) -> Any:
        params = {"command": "STATUS", "media_id": media_id}
        return (await self.call("GET", "/2/media/upload", params=params)).body["data"]

    async def fault(self, name: str, **fields: Any) -> None:
        body = {"platform": "twitter", "fault": name, **fields}
        assert (await self.send("POST", "/_simulator/faults", json=body)).status == 201

    async def world(self, **body: Any) -> Answer:
        return await self.send("POST", "/_simulator/world", json={"platform": "twitter", **body})

    async def timeline(self) -> Any:
        return (await self.send("GET", "/_simulator/timeline")).body

    async def requests(self) -> list[Any]:
        """The requests that reached the platform."""
        shown: list[Any] = (await self.send("GET", "/_simulator/requests")).body
        return shown
