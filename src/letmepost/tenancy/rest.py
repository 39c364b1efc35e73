"""Calls of the API as other surfaces make them: in this process, without a socket."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlencode

from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letmepost.tenancy.keys import Caller

JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """One request. `path` is percent-encoded; without `body`, none is sent."""

    method: str = "GET"
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: Any = None
    idempotency_key: str | None = None
    prefer: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that it needs, credentials aside."""
        named = {
            "content-type": JSON_TYPE if self.body is not None else None,
            "idempotency-key": self.idempotency_key,
            "prefer": self.prefer,
        }
        return {name: value for name, value in named.items() if value is not None}

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What the API answered: a JSON document, or the text of another kind of answer."""

    status: int
    document: Any

    @property
    def text(self) -> str:
        """The answer as one text."""
        if isinstance(self.document, str):
            return self.document
        return json.dumps(self.document, ensure_ascii=False)

    @property
    def failed(self) -> bool:
        """Whether this is an error."""
        return self.status >= 400  # noqa: PLR2004 - HTTP's own classes


Rest = Callable[[RestRequest], Awaitable[RestAnswer]]


def parsed(status: int, content_type: str, content: bytes) -> RestAnswer:
    """An answer from its parts."""
    text = content.decode("utf-8", "replace")
    is_json = content_type.partition(";")[0] == JSON_TYPE and text
    return RestAnswer(status, from_json(text) if is_json else text)


def in_process(
    app: ASGIApp,
    caller: Caller | None,
    request_id: str,
    address: str | None = None,
    *,
    logged: bool = True,
) -> Rest:
    """Calls of an application by a caller whom we have found, at the address that they came from.

    Each is logged under our own id. What is not `logged` is left out of the log of requests: a
    page's own reads would fill it.
    """
    told: dict[str, Any] = {"caller": caller, "address": address}
    if not logged:
        told["unlogged"] = True

    async def call(request: RestRequest) -> RestAnswer:
        headers = {**request.headers, "x-request-id": request_id}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "root_path": "",
            "path": unquote(request.path),
            "raw_path": request.path.encode(),
            "query_string": urlencode(request.query).encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": dict(told),
        }
        waiting: list[Message] = [
            {"type": "http.request", "body": request.content, "more_body": False}
        ]
        status, content_type, content = 500, "", bytearray()

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status, content_type
            if message["type"] == "http.response.start":
                status = message["status"]
                found = dict(message["headers"])
                content_type = found.get(b"content-type", b"").decode()
            else:
                content.extend(message.get("body", b""))

        await app(scope, receive, send)
        return parsed(status, content_type, bytes(content))

    return call


async def forward(  # noqa: PLR0913 - a request has these parts
    app: ASGIApp,
    caller: Caller,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    address: str,
    path: str,
    query: Sequence[tuple[str, str]],
) -> None:
    """Have an application answer a request of ours as that of a caller, at another address.

    The body is read where it is answered, so that a large one is never held.
    """
    passed_on = {b"content-type", b"content-length", b"idempotency-key"}
    request_id = scope["state"]["request_id"].encode()
    forwarded = {
        **{name: scope[name] for name in ("type", "http_version", "method", "scheme", "server")},
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query).encode(),
        "headers": [
            *((name, value) for name, value in scope["headers"] if name in passed_on),
            (b"x-request-id", request_id),
        ],
        "state": {"caller": caller, "address": address},
    }
    await app(forwarded, receive, send)
