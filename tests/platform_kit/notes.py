"""A platform that exists only in tests, and one who calls it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.platform_kit.simulator import PlatformSimulator, Simulation
from letmepost.platform_kit.simulator_instructions import InvalidInstructionError
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia


class NotesSimulator(PlatformSimulator):
    """A platform that exists only here: it keeps notes."""

    platform = "notes"
    plays = ("hide_history",)

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/v1/notes", self._write, methods=["POST"]),
            Route("/v1/notes", self._read, methods=["GET"]),
        ]

    def error(self, status: int) -> Response:
        return JSONResponse({"notes_error": status}, status, {"X-Notes": "sorry"})

    def reset(self) -> None:
        self.notes.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        if set(body) != {"note"}:
            raise InvalidInstructionError("A world of notes has a note.")
        self.notes.append(str(body["note"]))
        return {"notes": len(self.notes)}

    def timeline(self) -> list[TimelineEntry]:
        picture = TimelineMedia("image/png", 70, alt='a "dot"', url="/notes/dot.png")
        return [
            TimelineEntry(
                "notes", "me", str(number), text, f"2026-11-24T10:00:0{number}Z", [picture]
            )
            for number, text in enumerate(self.notes)
        ]

    def settings(self, url: str) -> Mapping[str, str]:
        return {"LETMEPOST_NOTES_API_URL": url}

    def account(self, url: str) -> Mapping[str, object]:
        return {"key": "open", "url": url}

    async def _write(self, request: Request) -> Response:
        self.notes.append((await request.body()).decode())
        return JSONResponse({"notes": len(self.notes)}, 201)

    async def _read(self, request: Request) -> Response:
        hidden = self.faults.take(request.url.path, "hide_history")
        return JSONResponse([] if hidden else self.notes)


class Client:
    """One caller of a simulation, which opens a new connection for every request."""

    def __init__(self, session: aiohttp.ClientSession, simulation: Simulation) -> None:
        self.session = session
        self.url = simulation.url

    async def call(
        self, method: str, path: str, **given: Any
    ) -> tuple[int, str, Mapping[str, str]]:
        async with self.session.request(method, self.url + path, **given) as answer:
            return answer.status, await answer.text(), answer.headers

    async def json(self, path: str, **given: Any) -> Any:
        _, text, _ = await self.call("GET", path, **given)
        return json.loads(text)

    async def write(self, text: str = "hello") -> tuple[int, str, Mapping[str, str]]:
        return await self.call("POST", "/notes/v1/notes", data=text)

    async def notes(self) -> Any:
        return await self.json("/notes/v1/notes")

    async def fault(self, **body: Any) -> None:
        body = {"platform": "notes", **body}
        status, text, _ = await self.call("POST", "/_simulator/faults", json=body)
        assert status == 201, text
