"""One who calls the Bluesky simulator over HTTP, as a publisher would."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from letmepost.platform_kit.simulator import Simulation
from tests.platforms.wire_answer import WireAnswer

SERVER = "com.atproto.server."
REPO = "com.atproto.repo."
VIDEO = "app.bsky.video."
POST = "app.bsky.feed.post"
KEY = "3mabcdefghi22"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


class Answer(WireAnswer):
    """What came back."""

    @property
    def ending(self) -> tuple[int, str | None]:
        """The status and the name of the error."""
        return self.status, self.body.get("error") if isinstance(self.body, dict) else None


@dataclass
class Caller:
    """One publisher's view of the simulator, logged in as Alice."""

    http: aiohttp.ClientSession
    simulation: Simulation
    tokens: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, token: str | None = None, **given: Any) -> Answer:
        headers = dict(given.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = self.simulation.url + path
        async with self.http.request(method, url, headers=headers, **given) as answer:
            return await Answer.read(answer)

    async def query(self, nsid: str, token: str | None = None, **params: str) -> Answer:
        return await self.send("GET", f"/bluesky/xrpc/{nsid}", token, params=params)

    async def procedure(self, nsid: str, token: str | None = None, **body: Any) -> Answer:
        return await self.send("POST", f"/bluesky/xrpc/{nsid}", token, json=body)

    async def log_in(self, identifier: str = "", password: str = "") -> Answer:
        account = self.simulation.accounts["bluesky"]
        answer = await self.procedure(
            SERVER + "createSession",
            identifier=identifier or account["identifier"],
            password=password or account["appPassword"],
        )
        if answer.status == 200:
            self.tokens = {name: answer.body[name] for name in ("accessJwt", "refreshJwt", "did")}
        return answer

    @property
    def access(self) -> str:
        return self.tokens["accessJwt"]

    @property
    def did(self) -> str:
        return self.tokens["did"]

    async def refresh(self) -> Answer:
        path = f"/bluesky/xrpc/{SERVER}refreshSession"
        answer = await self.send("POST", path, self.tokens["refreshJwt"])
        if answer.status == 200:
            self.tokens |= {name: answer.body[name] for name in ("accessJwt", "refreshJwt")}
        return answer

    async def post(self, text: str = "hi", rkey: str | None = None, **fields: Any) -> Answer:
        record = {"$type": POST, "text": text, "createdAt": "2026-11-24T10:00:00Z", **fields}
        key = {} if rkey is None else {"rkey": rkey}
        return await self.procedure(
            REPO + "createRecord", self.access, repo=self.did, collection=POST, record=record, **key
        )

    async def read(self, rkey: str = KEY) -> Answer:
        return await self.query(REPO + "getRecord", repo=self.did, collection=POST, rkey=rkey)

    async def upload(self, data: bytes, content_type: str = "image/gif") -> Answer:
        path = f"/bluesky/xrpc/{REPO}uploadBlob"
        headers = {"Content-Type": content_type}
        return await self.send("POST", path, self.access, data=data, headers=headers)

    async def fault(self, name: str, **fields: Any) -> None:
        body = {"platform": "bluesky", "fault": name, **fields}
        assert (await self.send("POST", "/_simulator/faults", json=body)).status == 201

    async def world(self, **body: Any) -> Answer:
        return await self.send("POST", "/_simulator/world", json={"platform": "bluesky", **body})

    async def timeline(self) -> Any:
        return (await self.send("GET", "/_simulator/timeline")).body

    async def vouched(self, method: str = REPO + "uploadBlob", **given: str) -> str:
        audience = given.get("aud", "did:web:127.0.0.1")
        answer = await self.query(SERVER + "getServiceAuth", self.access, aud=audience, lxm=method)
        token: str = answer.body["token"]
        return token

    async def upload_video(self, data: bytes = MP4, token: str | None = None) -> Answer:
        query = f"did={quote(self.did)}&name=film.mp4"
        return await self.send(
            "POST",
            f"/bluesky/xrpc/{VIDEO}uploadVideo?{query}",
            await self.vouched() if token is None else token,
            data=data,
            headers={"Content-Type": "video/mp4"},
        )

    async def poll(self, job_id: str) -> Any:
        return (await self.query(VIDEO + "getJobStatus", jobId=job_id)).body["jobStatus"]
