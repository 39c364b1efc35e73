"""Calls an application in the test's own loop, without a socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Reply:
    """What the application answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def rule(self) -> str | None:
        """The rule that an error names."""
        rule: str | None = self.body.get("error", {}).get("rule")
        return rule


@dataclass(frozen=True)
class AsgiClient:
    """One caller with one key, or a stranger without."""

    app: ASGIApp
    key: str | None = None

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request."""
        sent = {
            **({"authorization": f"Bearer {self.key}"} if self.key else {}),
            "content-type": "application/json",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "root_path": "",
        }
        content = data if body is None else json.dumps(body).encode()
        inbox: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
        answered: list[Message] = []

        async def receive() -> Message:
            return inbox.pop() if inbox else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answered.append(message)

        await self.app(scope, receive, send)
        named = {name.decode(): value.decode() for name, value in answered[0]["headers"]}
        content = b"".join(message.get("body", b"") for message in answered[1:])
        return Reply(answered[0]["status"], named, content.decode(errors="replace"))
