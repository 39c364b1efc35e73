"""The list of tools as bytes: it is long, the same for everybody, and what every agent asks first.

The SDK checks and writes a list anew for each request, 25 ms of a core in which nobody else is
answered. A request that differs from one that it has answered in its id and its credentials alone
is given the same result again.
"""

import json
from collections import deque
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHOD: Final = "tools/list"
BODY_BYTES_MAX: Final = 2048
# Clients differ in what they say of themselves; this many are remembered at once.
REMEMBERED_MAX: Final = 32
# What the SDK looks at before it answers, besides its own headers.
_READ: Final = frozenset({b"host", b"origin", b"accept", b"content-type"})
_OK: Final = 200
_END: Final = b"}"
_Key = tuple[tuple[tuple[bytes, bytes], ...], str]


class Listing:
    """Stands before the SDK's application and answers what that has answered before."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._results: dict[_Key, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if not 0 < _declared_length(scope) <= BODY_BYTES_MAX:
            await self._app(scope, receive, send)
            return
        body, receive = await _read(receive)
        asked = _listing(body)
        if asked is None:
            await self._app(scope, receive, send)
            return
        request_id, params = asked
        key = (_headers(scope), params)
        if (result := self._results.get(key)) is None:
            await self._app(scope, receive, self._remembering(key, send))
            return
        # The result is long, so it is sent as it lies there.
        parts = (b'{"jsonrpc":"2.0","id":%b,"result":' % json.dumps(request_id).encode(), result)
        length = sum(map(len, parts)) + len(_END)
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", str(length).encode()),
        ]
        await send({"type": "http.response.start", "status": _OK, "headers": head})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": _END})

    def _remembering(self, key: _Key, send: Send) -> Send:
        """Pass an answer on, and keep the result of one that is whole and good."""
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if message["type"] == "http.response.body" and status == _OK:
                self._keep(key, message)
            await send(message)

        return send_on

    def _keep(self, key: _Key, message: Message) -> None:
        if message.get("more_body", False):
            return
        result = json.loads(message["body"]).get("result")
        if result is None:
            return
        if len(self._results) >= REMEMBERED_MAX:
            self._results.clear()
        written = json.dumps(result, separators=(",", ":")).encode()
        # Most lists are equal, whoever asked: they share one copy.
        known = {each: each for each in self._results.values()}
        self._results[key] = known.get(written, written)


def _declared_length(scope: Scope) -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


def _headers(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name, value)
        for name, value in scope["headers"]
        if name in _READ or name.startswith(b"mcp-")
    )


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The body, and what gives the same messages once more."""
    messages: deque[Message] = deque()
    body = b""
    while True:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break

    async def again() -> Message:
        return messages.popleft() if messages else await receive()

    return body, again


def _listing(body: bytes) -> tuple[Any, str] | None:
    """The id and the parameters of a request for the tools; None for any other."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict) or request.get("method") != METHOD:
        return None
    request_id = request.pop("id", None)
    if not isinstance(request_id, str | int) or isinstance(request_id, bool):
        return None
    return request_id, json.dumps(request, sort_keys=True)
