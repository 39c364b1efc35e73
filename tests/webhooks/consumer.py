"""A consumer of webhooks that answers as a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Received:
    """One request: its headers, and its body as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Consumer:
    """Answers 200 unless told otherwise. `status` 0 cuts the connection; `wait` is in seconds."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "ok"
    wait: float = 0.0
    received: list[Received] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.received.append(Received(dict(request.headers), await request.read()))
        await asyncio.sleep(self.wait)
        if self.status == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.status or 200, headers=self.headers, text=self.body)

    def ids(self) -> list[str]:
        """The ids of the events that came, in the order in which they came."""
        return [each.event["id"] for each in self.received]


@asynccontextmanager
async def consuming() -> AsyncIterator[Consumer]:
    """Serve a consumer on loopback."""
    consumer = Consumer()
    app = web.Application()
    app.router.add_post("/{path:.*}", consumer.take)
    async with TestServer(app) as server:
        consumer.url = str(server.make_url("/hooks?from=letmepost"))
        yield consumer
