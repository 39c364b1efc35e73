"""One who calls the Pinterest simulator over HTTP, as a publisher would."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from letmepost.platform_kit.simulator import Simulation
from letmepost.platforms.pinterest.simulator_tokens import CLIENT_ID, CLIENT_SECRET
from tests.media import samples
from tests.platforms.wire_answer import WireAnswer

SCOPES = "boards:read,boards:write,pins:read,pins:write,user_accounts:read"
BACK = "http://127.0.0.1:1/callback"
PICTURE = base64.b64encode(samples.image("PNG")).decode()
IMAGE = {"source_type": "image_base64", "content_type": "image/png", "data": PICTURE}
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


class Answer(WireAnswer):
    """What came back."""

    @property
    def ending(self) -> tuple[int, int | None]:
        """The status and Pinterest's code."""
        return self.status, self.body.get("code") if isinstance(self.body, dict) else None


@dataclass
class Caller:
    """One app's view of the simulator, with Jane's consent."""

    http: aiohttp.ClientSession
    simulation: Simulation
    prefix: str = "/pinterest/v5"
    tokens: dict[str, Any] = field(default_factory=dict)

    async def send(self, method: str, path: str, **given: Any) -> Answer:
        """A request to an address of the simulation."""
        url = self.simulation.url + path
        async with self.http.request(method, url, allow_redirects=False, **given) as answer:
            return await Answer.read(answer)

    async def api(self, method: str, path: str, body: Any = None, **given: Any) -> Answer:
        """A call of the API with the token in hand."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        if body is not None:
            given["json"] = body
        return await self.send(method, self.prefix + path, headers=headers, **given)

    async def consent(self, decision: str = "approve", **changed: str) -> dict[str, str]:
        """What the browser brings back from the consent page."""
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": SCOPES,
            "state": "s-1",
            **changed,
        }
        answer = await self.send(
            "POST", "/pinterest/oauth/", params=query, data={"decision": decision}
        )
        assert answer.status == 302, answer.body
        found = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: values[0] for name, values in found.items()}

    async def token(self, *, secret: str = CLIENT_SECRET, **form: str) -> Answer:
        """A call of the token endpoint."""
        basic = base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()
        return await self.send(
            "POST",
            f"{self.prefix}/oauth/token",
            headers={"Authorization": f"Basic {basic}"},
            data=form,
        )

    async def log_in(self, **changed: str) -> Answer:
        """Consent, and trade the code."""
        code = (await self.consent(**changed))["code"]
        answer = await self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
        if answer.status == 200:
            self.tokens = answer.body
        return answer

    async def board_id(self, name: str = "Bridges") -> str:
        """The id of one of Jane's boards."""
        boards = (await self.api("GET", "/boards")).body["items"]
        found: str = next(each["id"] for each in boards if each["name"] == name)
        return found

    async def pin(self, **fields: Any) -> Answer:
        """Make a pin on Jane's first board."""
        body = {"board_id": await self.board_id(), "media_source": IMAGE, **fields}
        return await self.api("POST", "/pins", body)

    async def register(self) -> Any:
        """Register a video."""
        return (await self.api("POST", "/media", {"media_type": "video"})).body

    async def upload(self, slot: Mapping[str, Any], content: bytes = MP4, **changed: str) -> Answer:
        """Send a video to its slot, as the signed form asks."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in {**slot["upload_parameters"], **changed}.items():
            form.add_field(name, value)
        form.add_field("file", content, filename="video.mp4", content_type="video/mp4")
        path = urlsplit(slot["upload_url"]).path
        return await self.send("POST", path, data=form)

    async def fault(self, name: str, **fields: Any) -> None:
        """Let something go wrong."""
        body = {"platform": "pinterest", "fault": name, **fields}
        assert (await self.send("POST", "/_simulator/faults", json=body)).status == 201

    async def world(self, **body: Any) -> Answer:
        """Change the world."""
        return await self.send("POST", "/_simulator/world", json={"platform": "pinterest", **body})

    async def timeline(self) -> Any:
        """What is published."""
        return (await self.send("GET", "/_simulator/timeline")).body
