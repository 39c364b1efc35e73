"""What stands between the wire and a platform's handlers: the record of requests, and faults."""

import asyncio
import base64
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letmepost.kit.clock import Clock, wire_time
from letmepost.platform_kit.simulator_faults import ENDINGS, Fault, Faults

CUT: Final = "letmepost.cut"
"""The ASGI extension by which an application closes its connection without an answer."""

_BODY_SHOWN_BYTES: Final = 4096
_REQUESTS_KEPT: Final = 10_000
_ERROR_PAGE: Final = """<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body></html>
"""


class CutUnavailableError(RuntimeError):
    """The server that runs the simulator has no way to close a connection without an answer."""


class Misbehaving(Protocol):
    """What the stage asks of a platform: its faults, and its words for a status without a body."""

    @property
    def faults(self) -> Faults:
        """What is to go wrong on this platform."""
        ...

    def error(self, status: int) -> Response:
        """The platform's real body and headers for a status."""
        ...


@dataclass
class Exchange:
    """One request that a simulator received, and the status it answered with (None: none)."""

    platform: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    received_at: datetime
    body: bytearray = field(default_factory=bytearray)
    body_bytes: int = 0
    status: int | None = None

    def described(self) -> dict[str, object]:
        """Write the exchange as `GET /_simulator/requests` shows it; a binary body in base64."""
        shown: dict[str, object] = {
            "platform": self.platform,
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "headers": self.headers,
            "receivedAt": wire_time(self.received_at),
            "bodyBytes": self.body_bytes,
            "status": self.status,
        }
        content_type = self.headers.get("content-type", "")
        if content_type.startswith(("image/", "video/", "application/octet-stream")):
            return shown | {"bodyBase64": base64.b64encode(self.body).decode("ascii")}
        try:
            # The cut at 4 kB may split a character; that alone does not make a body binary.
            cut_off = self.body_bytes > len(self.body)
            return shown | {"body": self.body.decode("utf-8", "ignore" if cut_off else "strict")}
        except UnicodeDecodeError:
            return shown | {"bodyBase64": base64.b64encode(self.body).decode("ascii")}


def new_record() -> deque[Exchange]:
    """Make a record of requests, which keeps the latest 10,000."""
    return deque(maxlen=_REQUESTS_KEPT)


class Stage:
    """ASGI middleware that records each request to a platform and plays the faults any server has.

    `slow` sleeps before the handler runs. `status` and `html` (502) answer in its place.
    `malformed` lets it run and cuts its JSON in half. `cut_before_commit` closes the connection
    in its place, `cut_after_commit` when it is done.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        platforms: Mapping[str, Misbehaving],
        exchanges: deque[Exchange],
        clock: Clock,
        latency_seconds: float,
    ) -> None:
        self._app = app
        self._platforms = platforms
        self._exchanges = exchanges
        self._clock = clock
        self._latency_seconds = latency_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to its platform, unless a fault has it otherwise."""
        platform = scope["path"].split("/")[1] if scope["type"] == "http" else ""
        if platform not in self._platforms:
            await self._app(scope, receive, send)
            return
        exchange = self._begun(scope, platform)
        inbox = _Inbox(receive, exchange)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            await send(message)

        await inbox.peek()
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        faults = self._platforms[platform].faults
        address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        if slow := faults.take(address, "slow"):
            # A caller that gives up meanwhile does not stop a real platform from committing, so
            # the handler must not notice: its whole request is in hand before the sleep.
            await inbox.fill()
            await asyncio.sleep(slow.seconds)
        fault = faults.take(address, *ENDINGS)
        if fault is None:
            await self._app(scope, inbox.receive, told)
        else:
            await self._misbehave(fault, scope, inbox, told)

    def _begun(self, scope: Scope, platform: str) -> Exchange:
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        exchange = Exchange(
            platform=platform,
            method=scope["method"],
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers=headers,
            received_at=self._clock.now(),
        )
        self._exchanges.append(exchange)
        return exchange

    async def _misbehave(self, fault: Fault, scope: Scope, inbox: "_Inbox", send: Send) -> None:
        match fault.fault:
            case "cut_before_commit":
                await _cut(scope, inbox)
            case "cut_after_commit":
                await self._app(scope, inbox.receive, _unsent)
                await _cut(scope, inbox)
            case "malformed":
                answer = _Answer()
                await self._app(scope, inbox.receive, answer.keep)
                broken = bytes(answer.body[: len(answer.body) // 2]) or b"{"
                await Response(broken, media_type="application/json")(scope, inbox.receive, send)
            case "html":
                await inbox.fill()
                await HTMLResponse(_ERROR_PAGE, status_code=502)(scope, inbox.receive, send)
            case _:
                await inbox.fill()
                response = _asked_for(fault, self._platforms[fault.platform])
                await response(scope, inbox.receive, send)


class _Inbox:
    """The request's body on its way to a handler: noted in the exchange, and readable ahead."""

    def __init__(self, receive: Receive, exchange: Exchange) -> None:
        self.unread: Receive = receive
        self._exchange = exchange
        self._ahead: deque[Message] = deque()
        self._ended = False

    async def receive(self) -> Message:
        """Hand over the next message, as an ASGI server does."""
        return self._ahead.popleft() if self._ahead else await self._next()

    async def peek(self) -> None:
        """Read as much as is shown of a body, in case the handler refuses without reading."""
        while not self._ended and len(self._exchange.body) < _BODY_SHOWN_BYTES:
            self._ahead.append(await self._next())

    async def fill(self) -> None:
        """Read the rest of the body, and keep it for whoever receives next."""
        while not self._ended:
            self._ahead.append(await self._next())

    async def _next(self) -> Message:
        message = await self.unread()
        self._ended = not message.get("more_body", False)
        exchange, chunk = self._exchange, message.get("body", b"")
        exchange.body_bytes += len(chunk)
        exchange.body += chunk[: _BODY_SHOWN_BYTES - len(exchange.body)]
        return message


class _Answer:
    def __init__(self) -> None:
        self.body = bytearray()

    async def keep(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _unsent(_message: Message) -> None:
    return None


async def _cut(scope: Scope, inbox: _Inbox) -> None:
    extension = scope.get("extensions", {}).get(CUT)
    if extension is None:
        raise CutUnavailableError("Run the simulators with running_simulators to cut connections.")
    # Bytes left unread would turn the close into a reset, which few real servers send.
    await inbox.fill()
    extension["close"]()
    # The server takes a handler that returns in silence for a broken one, unless it has
    # noticed by then that nobody is there to be answered.
    while (await inbox.unread())["type"] != "http.disconnect":
        pass


def _asked_for(fault: Fault, platform: Misbehaving) -> Response:
    if fault.body is None:
        response = platform.error(fault.status)
    elif isinstance(fault.body, str):
        response = PlainTextResponse(fault.body, status_code=fault.status)
    else:
        response = JSONResponse(fault.body, status_code=fault.status)
    for name, value in fault.headers.items():
        response.headers[name] = value
    return response
