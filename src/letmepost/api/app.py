"""The application: its routes, and the edge that gives requests an id and faults an answer."""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from letmepost.api.account_check import checks
from letmepost.api.account_operations import account_operations
from letmepost.api.account_tokens import tokens
from letmepost.api.accounts import accounts
from letmepost.api.audit_log import audit_log
from letmepost.api.connect import connections, return_from_consent
from letmepost.api.connect_links import links
from letmepost.api.drafts import drafts
from letmepost.api.errors import METHOD_NOT_ALLOWED, error_response
from letmepost.api.events import events
from letmepost.api.faults import error_of, log_fault
from letmepost.api.keys import keys, profiles
from letmepost.api.media import media
from letmepost.api.media_file import files
from letmepost.api.media_uploads import uploads
from letmepost.api.metrics import metrics
from letmepost.api.openapi import describe
from letmepost.api.operation import Operation
from letmepost.api.platform_versions import platform_versions
from letmepost.api.post_lists import post_lists
from letmepost.api.posts import posts
from letmepost.api.request_metrics import UNKNOWN_ROUTE, count_request
from letmepost.api.root import root, server
from letmepost.api.rules import rules
from letmepost.api.safe_headers import SafeHeaders
from letmepost.api.slots import slots
from letmepost.api.state import State
from letmepost.api.webhook_deliveries import deliveries
from letmepost.api.webhooks import webhooks
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit import traces
from letmepost.kit.ids import new_id

log = structlog.get_logger()

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._:-]{1,128}$")
Endpoint = Callable[[Request], Awaitable[Response]]
# Every operation, in the order of the OpenAPI document.
_DECLARED = (
    posts,
    post_lists,
    drafts,
    rules,
    platform_versions,
    media,
    uploads,
    files,
    accounts,
    tokens,
    account_operations,
    checks,
    connections,
    links,
    keys,
    profiles,
    slots,
    events,
    webhooks,
    deliveries,
    audit_log,
    server,
)
OPERATIONS = tuple(each for operations in _DECLARED for each in operations.declared)


class Edge:
    """The outermost layer: request ids, forgiving addresses, and an envelope for every fault.

    Operations whose address holds no id are looked up here: an operation answers its own errors,
    so Starlette's search and its layers of handlers would only cost a busy server a quarter of
    its time. Such an address is never taken for one with an id.
    """

    def __init__(self, app: Starlette, state: State, operations: Sequence[Operation]) -> None:
        self._app = app
        self._docs_url = state.settings.docs
        self._safe = SafeHeaders(state.settings.public_url)
        self._at_once = state.requests_at_once
        # Asked once: a line that is not written would still cost a tenth of a short answer.
        self._tells_answers = state.settings.log_level == "debug"
        self._routes: Mapping[object, str] = {
            each.endpoint: each.path for each in app.routes if isinstance(each, Route)
        }
        self._by_address: dict[str, dict[str, Endpoint]] = {}
        for each in operations:
            if "{" not in each.path:
                self._by_address.setdefault(each.path, {})[each.method] = each.endpoint
        for methods in self._by_address.values():
            if "GET" in methods:
                methods["HEAD"] = methods["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, measured and under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state = scope.setdefault("state", {})
        # A surface of this process that asks for somebody: a part of a request that is counted.
        inside = "caller" in state
        request_id = state["request_id"] = _request_id(scope)
        scope["path"] = _forgiven(scope["path"])
        answer = _Answer(send, request_id, self._safe)
        bound = bind_contextvars(request_id=request_id)
        try:
            with traces.span(
                scope["method"],
                "internal" if inside else "server",
                caller=() if inside else scope["headers"],
            ) as span:
                await self._answer(scope, receive, answer, request_id)
                if span is not None:
                    self._describe(span, scope, answer.status, request_id)
        finally:
            if not inside and answer.status:
                self._count(scope, answer.status, time.perf_counter() - began)
            reset_contextvars(**bound)

    async def _answer(
        self, scope: Scope, receive: Receive, answer: "_Answer", request_id: str
    ) -> None:
        try:
            refusal = _address_error(scope) or self._at_once.refusal(scope)
            if refusal is not None:
                refused = error_response(refusal, self._docs_url, request_id)
                await refused(scope, receive, answer)
                return
            await self._at_once.work_on(self._pass_on, scope, receive, answer)
        except Exception as fault:
            log_fault(fault, scope["path"])
            if answer.status:
                raise
            failed = error_response(error_of(fault, scope), self._docs_url, request_id)
            await failed(scope, receive, answer)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._by_address.get(scope["path"])
        if methods is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive)
        operation = methods.get(scope["method"])
        if operation is None:
            request_id: str = scope["state"]["request_id"]
            response = _wrong_method(request, methods, self._docs_url, request_id)
        else:
            response = await operation(request)
        await response(scope, receive, send)

    def _route(self, scope: Scope) -> str:
        """The route of a request that was answered: one of as many as there are declared."""
        path: str = scope["path"]
        if path in self._by_address:
            return path
        return self._routes.get(scope.get("endpoint", self._app), UNKNOWN_ROUTE)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._route(scope)
        count_request(scope["method"], route, status, seconds)
        if self._tells_answers:
            milliseconds = round(seconds * 1000, 1)
            log.debug(
                "request.answered",
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=milliseconds,
            )

    def _describe(self, span: traces.Span, scope: Scope, status: int, request_id: str) -> None:
        method, route = scope["method"], self._route(scope)
        span.update_name(f"{method} {route}")
        span.set_attribute("http.request.method", method)
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        span.set_attribute("letmepost.request_id", request_id)


class _Answer:
    """Sends an answer with its request's id and safe headers; `status` is 0 until it has begun."""

    __slots__ = ("_id_header", "_safe", "_send", "status")

    def __init__(self, send: Send, request_id: str, safe: SafeHeaders) -> None:
        self._send = send
        self._safe = safe
        self._id_header = (b"x-request-id", request_id.encode())
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = [*message.get("headers", ()), self._id_header]
            self._safe.add(headers)
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.match(value):
            return str(value.decode())
    return new_id("req")


def _forgiven(path: str) -> str:
    """The address that is meant: without a slash at the end, and `/posts` for `/v1/posts`."""
    if len(path) > 1 and path.endswith("/"):
        path = path.rstrip("/") or "/"
    if path == "/posts" or path.startswith("/posts/"):
        return f"/v1{path}"
    return path


def _address_error(scope: Scope) -> LetmepostError | None:
    """The error of an address that means nothing here, whatever the routes are."""
    raw_path: bytes = scope.get("raw_path", b"")
    # Decoded, a slash would name another address than the one that was asked for. U+0000 is in no
    # id, and PostgreSQL fails where it is searched for.
    if b"%2f" in raw_path.lower() or b"%00" in raw_path:
        return _no_such_address(scope)
    if b"%00" in scope.get("query_string", b""):
        return LetmepostError(
            code=ErrorCode.VALIDATION_FAILED,
            message="The query holds the character U+0000.",
        )
    return None


def _no_such_address(scope: Scope) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.NOT_FOUND,
        message=f"There is nothing at {scope['path'][:200]}.",
        remediation="The addresses of this server are listed at /openapi.json.",
    )


def create_app(state: State, more_routes: Sequence[BaseRoute]) -> ASGIApp:
    """The application over a state; `more_routes` are those of the documentation."""
    docs_url = state.settings.docs

    async def answer_error(request: Request, error: Exception) -> Response:
        request_id = request.scope["state"]["request_id"]
        if isinstance(error, LetmepostError):
            return error_response(error, docs_url, request_id)
        if isinstance(error, HTTPException):
            return _http_error(request, error, routes, docs_url, request_id)
        raise error

    document: Mapping[str, object] | None = None

    async def openapi(_request: Request) -> Response:
        nonlocal document
        if document is None:
            document = describe(OPERATIONS, state.settings.public_url)
        return JSONResponse(document)

    routes = [
        *(Route(each.path, each.endpoint, methods=[each.method]) for each in OPERATIONS),
        Route("/", root, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
        Route("/v1/accounts/oauth/{platform}/callback", return_from_consent, methods=["GET"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        *more_routes,
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            LetmepostError: answer_error,
            HTTPException: answer_error,
            # Without this, Starlette answers a fault in plain text before the edge hears of it.
            Exception: answer_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.letmepost = state
    return Edge(app, state, OPERATIONS)


def _http_error(
    request: Request,
    error: HTTPException,
    routes: Sequence[BaseRoute],
    docs_url: str,
    request_id: str,
) -> Response:
    if error.status_code == METHOD_NOT_ALLOWED:
        return _wrong_method(request, _allowed(request, routes), docs_url, request_id)
    return error_response(_no_such_address(request.scope), docs_url, request_id)


def _wrong_method(
    request: Request, allowed: Iterable[str], docs_url: str, request_id: str
) -> Response:
    error = LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=f"{request.method} is not possible at {request.url.path[:200]}.",
        remediation="The methods of each address are listed at /openapi.json.",
        extra={"headers": {"Allow": ", ".join(sorted(allowed))}},
    )
    return error_response(error, docs_url, request_id, status=METHOD_NOT_ALLOWED)


def _allowed(request: Request, routes: Sequence[BaseRoute]) -> set[str]:
    """The methods of an address: each has a route of its own, and Starlette names the first."""
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods
