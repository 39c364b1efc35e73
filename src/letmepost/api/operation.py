"""One operation of the API: who may call it, what it takes, how it answers and repeats itself.

Every operation runs the same way: key, scope, rate limit, body, idempotency, the call itself.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, TypeVar, assert_never

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, from_json, to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from letmepost.api.errors import error_response, in_progress, schema_error, status_of
from letmepost.api.idempotency import (
    Entry,
    Identity,
    InProgress,
    Kept,
    LeftPost,
    fingerprint,
    refuse_length,
)
from letmepost.api.reading import Parameter
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import BODY_JSON, BODY_SIZE_MAX
from letmepost.preflight.resource_rules import IDEMPOTENCY_KEY_CHARACTERS
from letmepost.tenancy.keys import Caller, Scope

log = structlog.get_logger()

Body = TypeVar("Body", bound=BaseModel)

JSON_TYPE = "application/json"
PATH_CHARACTERS = 255
# The only way to write the character in JSON; the words may also stand for themselves.
_ESCAPED_NUL = rb"\u0000"
_SERVER_ERROR = 500
_TOO_MANY = 429
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes it safe to send the request again: the second time is a replay.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": IDEMPOTENCY_KEY_CHARACTERS.value,
    },
}
# What of an answer's headers a replay repeats.
_KEPT_HEADERS = ("location", "content-type")


@dataclass(slots=True)
class Call:
    """One request on its way through an operation."""

    state: State
    request: Request
    request_id: str
    caller: Caller
    headers: dict[str, str] = field(default_factory=dict)
    entry: Entry | None = None

    async def read(self) -> bytes:
        """The body, up to the limit of JSON bodies."""
        limit = self.state.settings.body_max_bytes
        declared = self.request.headers.get("content-length", "")
        chunks: list[bytes] = []
        size = 0
        if declared.isdigit() and int(declared) > limit:
            raise refuse(BODY_SIZE_MAX, limit=limit)
        async for chunk in self.request.stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise refuse(BODY_SIZE_MAX, limit=limit)
        return b"".join(chunks)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is written."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: LetmepostError | None = None


Endpoint = Callable[[Call], Awaitable[Reply]]
BodyEndpoint = Callable[[Call, Any], Awaitable[Reply]]


def parse_body(model: type[Body], raw: bytes) -> Body:
    """The body as its model; raise with every issue."""
    if not raw:
        raise refuse(BODY_JSON, actual="it is empty")
    try:
        parsed = model.model_validate_json(raw)
        if _ESCAPED_NUL in raw:
            _refuse_nul(model, raw)
    except ValidationError as error:
        raise schema_error(error) from None
    return parsed


def _refuse_nul(model: type[BaseModel], raw: bytes) -> None:
    """Raise for each text that holds U+0000, which PostgreSQL keeps in no column."""
    issues = [
        InitErrorDetails(
            type=PydanticCustomError("nul", "must not hold the character U+0000"),
            loc=place,
            input=None,
        )
        for place in _places_of_nul(from_json(raw), ())
    ]
    if issues:
        raise ValidationError.from_exception_data(model.__name__, issues)


def _places_of_nul(value: Any, place: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        if "\0" in value:
            yield place
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _places_of_nul(name, place)
            yield from _places_of_nul(each, (*place, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _places_of_nul(each, (*place, number))


def respond(call: Call, reply: Reply) -> Response:
    """Write a reply."""
    docs_url = call.state.settings.docs
    if reply.error is not None:
        response = error_response(reply.error, docs_url, call.request_id, status=reply.status)
    else:
        response = Response(to_json(reply.document), status_code=reply.status, media_type=JSON_TYPE)
    response.headers.update(reply.headers)
    response.headers.update(call.headers)
    return response


async def once(
    call: Call,
    body_fingerprint: str,
    run: Callable[[], Awaitable[Reply]],
    left_post: Callable[[str], Awaitable[Reply]] | None = None,
) -> Response:
    """Run a call under its Idempotency-Key, where it has one: the second time is a replay."""
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return respond(call, await _as_reply(run))
    refuse_length(key)
    call.headers["Idempotency-Key"] = key
    path = call.request.scope["path"]
    if call.caller.sandbox:
        # A rehearsal must not answer for the real request that follows it.
        path = f"sandbox:{path}"
    if len(path) > PATH_CHARACTERS:
        path = hashlib.sha256(path.encode()).hexdigest()
    identity = Identity(
        call.caller.organization_id, call.request.method, path, key, body_fingerprint
    )
    idempotency = call.state.idempotency
    begun = await idempotency.begin(identity)
    match begun:
        case InProgress():
            raise in_progress()
        case Kept():
            call.headers["Idempotency-Replayed"] = "true"
            return Response(
                begun.body, status_code=begun.status, headers={**begun.headers, **call.headers}
            )
        case LeftPost():
            if left_post is None:
                raise LookupError(begun.post_id)
            call.headers["Idempotency-Replayed"] = "true"
            return respond(call, await left_post(begun.post_id))
        case Entry():
            return await _first_time(call, begun, run)
        case _:
            assert_never(begun)


async def _first_time(call: Call, entry: Entry, run: Callable[[], Awaitable[Reply]]) -> Response:
    call.entry = entry
    async with call.state.idempotency.running(entry):
        response = respond(call, await _as_reply(run))
        temporary = response.status_code >= _SERVER_ERROR or response.status_code == _TOO_MANY
        # A failure that left nothing behind may be tried again; one with a post may not.
        if not temporary or entry.post_id is not None:
            kept = {
                name: value for name, value in response.headers.items() if name in _KEPT_HEADERS
            }
            await call.state.idempotency.keep(
                entry, Kept(response.status_code, kept, bytes(response.body))
            )
    return response


async def _as_reply(run: Callable[[], Awaitable[Reply]]) -> Reply:
    """An error is an answer too, and is kept like one."""
    try:
        return await run()
    except LetmepostError as error:
        return Reply(status_of(error), error=error)


async def _run(
    request: Request, scope: Scope | None, handle: Callable[[Call], Awaitable[Response]]
) -> Response:
    state: State = request.app.state.letmepost
    request_id: str = request.scope["state"]["request_id"]
    headers: dict[str, str] = {}
    try:
        caller = await state.keys.authenticate(request.headers.get("authorization"))
        headers.update(await state.rate_limit.count(caller.key_id))
        if scope is not None:
            caller.need(scope)
        return await handle(Call(state, request, request_id, caller, headers))
    except LetmepostError as error:
        response = error_response(error, state.settings.docs, request_id)
        response.headers.update(headers)
        return response


class DirectRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response.

    FastAPI declares it in the OpenAPI document; its resolving of dependencies, which costs more
    than a refused post, has nothing to do here.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """The endpoint itself."""
        return self.endpoint


class Operations:
    """Declares operations on a router."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(tags=[tag], route_class=DirectRoute)

    def read(  # noqa: PLR0913 - an operation has these parts
        self,
        path: str,
        name: str,
        summary: str,
        *,
        scope: Scope | None,
        answer: type[BaseModel] | UnionType,
        query: Sequence[Parameter] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a GET."""

        def declare(endpoint: Endpoint) -> Endpoint:
            async def handle(call: Call) -> Response:
                return respond(call, await endpoint(call))

            self._add(
                "GET",
                path,
                name,
                summary,
                scope,
                handle,
                status=200,
                answer=answer,
                extra={"parameters": [each.declared() for each in query]},
            )
            return endpoint

        return declare

    def write(  # noqa: PLR0913 - an operation has these parts
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        *,
        scope: Scope | None,
        body: type[BaseModel] | None = None,
        body_optional: bool = False,
        status: int = 200,
        answer: type[BaseModel] | UnionType,
    ) -> Callable[[BodyEndpoint], BodyEndpoint]:
        """Declare a POST, PATCH or DELETE; it takes an Idempotency-Key."""

        def declare(endpoint: BodyEndpoint) -> BodyEndpoint:
            async def handle(call: Call) -> Response:
                raw = await call.read()
                parsed = None
                if body is not None and (raw or not body_optional):
                    parsed = parse_body(body, raw)
                return await once(call, fingerprint(raw), lambda: endpoint(call, parsed))

            extra = {"requestBody": json_body(body, required=not body_optional)} if body else {}
            self._add(
                method,
                path,
                name,
                summary,
                scope,
                handle,
                status=status,
                answer=answer,
                extra=extra,
            )
            return endpoint

        return declare

    def custom(  # noqa: PLR0913 - an operation has these parts
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        *,
        scope: Scope | None,
        status: int,
        answer: type[BaseModel] | UnionType,
        request_body: Mapping[str, Any],
        query: Sequence[Parameter] = (),
    ) -> Callable[[Callable[[Call], Awaitable[Response]]], Callable[[Call], Awaitable[Response]]]:
        """Declare an operation that reads its body and repeats itself in its own way."""

        def declare(
            handle: Callable[[Call], Awaitable[Response]],
        ) -> Callable[[Call], Awaitable[Response]]:
            self._add(
                method,
                path,
                name,
                summary,
                scope,
                handle,
                status=status,
                answer=answer,
                extra={
                    "requestBody": request_body,
                    "parameters": [each.declared() for each in query],
                },
            )
            return handle

        return declare

    def _add(  # noqa: PLR0913 - an operation has these parts
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        scope: Scope | None,
        handle: Callable[[Call], Awaitable[Response]],
        *,
        status: int,
        answer: type[BaseModel] | UnionType,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        async def endpoint(request: Request) -> Response:
            try:
                return await _run(request, scope, handle)
            except ClientDisconnect:
                # Nobody reads this answer.
                return Response(status_code=400)

        path_parameters = [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
            for each in re.findall(r"{(\w+)}", path)
        ]
        parameters = path_parameters + list((extra or {}).get("parameters", ()))
        if method != "GET":
            parameters.append(IDEMPOTENCY_KEY)
        self.router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=name,
            summary=summary,
            description=handle.__doc__ or summary,
            status_code=status,
            # Given to FastAPI, each model would cost a start the building of a validator.
            response_model=None,
            openapi_extra={
                **(extra or {}),
                "responses": {str(status): {"content": {JSON_TYPE: {"schema": schema_of(answer)}}}},
                **({"parameters": parameters} if parameters else {}),
                "security": [{"apiKey": [scope.value] if scope else []}],
            },
        )


def schema_of(model: type[BaseModel]) -> dict[str, str]:
    """The name of a model's schema in the OpenAPI document; `api/openapi.py` adds the schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The declaration of a JSON body."""
    return {"required": required, "content": {JSON_TYPE: {"schema": schema_of(model)}}}


def unexpected() -> LetmepostError:
    """The answer to a fault of our own: it says nothing of the inside."""
    return LetmepostError(
        code=ErrorCode.INTERNAL_ERROR,
        message="The server failed while it answered. The request id leads to the log.",
    )
