"""`POST /mcp`: Streamable HTTP without sessions, each answer one JSON document."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from yarl import URL

from letmepost.kit.client_address import ClientAddress
from letmepost.mcp.listing import Listing
from letmepost.tenancy.keys import Caller
from letmepost.tenancy.rest import RestRequest, in_process

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from letmepost.mcp.serving import Context, Describe, Visit

MCP_PATH: Final = "/mcp"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
# The caller of an `Authorization` header from an address, and the scopes of its token, which an
# API key has not.
Authenticate = Callable[[str | None, str], Awaitable[tuple[Caller, frozenset[str] | None]]]


@dataclass(frozen=True, kw_only=True)
class McpSetting:
    """What the endpoint is told of its server."""

    public_url: str
    host: str
    docs_url: str
    metadata_url: str
    client_address: ClientAddress
    body_max_bytes: int

    @property
    def hosts(self) -> list[str]:
        """The hosts by which a request may call us, whatever the port."""
        public = urlsplit(self.public_url).hostname or ""
        names = dict.fromkeys((_bracketed(public), _bracketed(self.host), *_LOOPBACK))
        return [form for name in names for form in (name, f"{name}:*")]

    @property
    def origins(self) -> list[str]:
        """The origins whose pages may call us."""
        local = [
            form
            for scheme in ("http", "https")
            for name in _LOOPBACK
            for form in (f"{scheme}://{name}", f"{scheme}://{name}:*")
        ]
        # As a browser writes it: in small letters, and without the port that goes without saying.
        return [str(URL(self.public_url).origin()), *local]


class McpEndpoint:
    """The ASGI application of the endpoint; `serve` hands it the one whose API its tools call.

    The SDK is loaded at the first request: most servers never get one.
    """

    def __init__(
        self, setting: McpSetting, authenticate: Authenticate, describe: "Describe"
    ) -> None:
        self._setting = setting
        self._authenticate = authenticate
        self._describe = describe
        self._app: ASGIApp | None = None
        self._started: asyncio.Task[ASGIApp] | None = None
        self._running: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def serve(self, app: ASGIApp) -> None:
        """Let tools call this application."""
        self._app = app

    async def close(self) -> None:
        """Answer nothing more."""
        self._closing.set()
        if self._started is not None:
            await asyncio.wait([self._started])
        if self._running is not None:
            await self._running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raise `unauthenticated` before anything else is said."""
        headers = dict(scope["headers"])
        authorization = headers.get(b"authorization", b"").decode("latin-1") or None
        address = self._setting.client_address.of(Request(scope))
        caller, scopes = await self._authenticate(authorization, address)
        if scope["method"] != "POST":
            # No session means nothing to listen to, and nothing to end.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        state = scope["state"]
        state["caller"], state["scopes"] = caller, scopes
        state["address"] = address
        if self._started is None:
            self._started = asyncio.create_task(self._start())
        try:
            answer = await asyncio.shield(self._started)
        except Exception:
            # The next request tries to start anew.
            self._started = None
            raise

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and "insufficient_scope" in state:
                self._ask_for_more(message, state["insufficient_scope"])
            await send(message)

        await answer(scope, receive, send_on)

    def _ask_for_more(self, start: Message, scope: str) -> None:
        """Turn an answer into one that lets a client ask for a further scope."""
        challenge = (
            f'Bearer error="insufficient_scope", scope="{scope}", '
            f'resource_metadata="{self._setting.metadata_url}"'
        )
        start["status"] = 403
        start["headers"] = [*start["headers"], (b"www-authenticate", challenge.encode())]

    async def _start(self) -> ASGIApp:
        """Load the SDK and run its manager until the end."""
        # A second of imports, in which other requests are answered.
        serving: Any = await asyncio.to_thread(importlib.import_module, "letmepost.mcp.serving")
        from mcp.server.streamable_http_manager import (  # noqa: PLC0415 - loaded above
            StreamableHTTPSessionManager,
        )
        from mcp.server.transport_security import (  # noqa: PLC0415 - as above
            TransportSecuritySettings,
        )

        app = self._app
        if app is None:
            raise RuntimeError("the endpoint has no application to call")
        document = (await in_process(app, None, "mcp")(RestRequest(path="/openapi.json"))).document

        def visit(context: "Context") -> "Visit":
            request: Request = context.request  # type: ignore[assignment] # over HTTP there is one
            state = request.scope["state"]
            request_id = state["request_id"]
            rest = in_process(app, state["caller"], request_id, state["address"])
            found: Visit = serving.Visit(rest, request_id, state["scopes"], state)
            return found

        manager = StreamableHTTPSessionManager(
            serving.make_server(document, self._setting.docs_url, visit, self._describe),
            json_response=True,
            stateless=True,
            security_settings=TransportSecuritySettings(
                allowed_hosts=self._setting.hosts, allowed_origins=self._setting.origins
            ),
            max_request_body_size=self._setting.body_max_bytes,
        )
        started = asyncio.Event()
        self._running = asyncio.create_task(self._run(manager, started))
        await started.wait()
        return Listing(manager.handle_request)

    async def _run(self, manager: "StreamableHTTPSessionManager", started: asyncio.Event) -> None:
        # What the manager opens has to be closed by the task that opened it.
        async with manager.run():
            started.set()
            await self._closing.wait()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
