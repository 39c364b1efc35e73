"""One operation of the API: who may call it, what it takes, and how it is declared.

Every operation runs the same way: key, scope, rate limit, body, idempotency, the call itself.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from types import MappingProxyType, UnionType
from typing import Any

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from letmepost.api.call import Call, Reply, parse_body, respond
from letmepost.api.errors import error_response, status_of
from letmepost.api.faults import error_of
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.parameters import IDEMPOTENCY_KEY, Parameter
from letmepost.api.state import State
from letmepost.content.errors import LetmepostError
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.request_log import Noted

Endpoint = Callable[[Call], Awaitable[Reply]]
BodyEndpoint = Callable[[Call, Any], Awaitable[Reply]]
Model = type[BaseModel] | UnionType
_OF_A_POST = "/v1/posts/{id}"
NOTHING_MORE: Mapping[int, Model] = MappingProxyType({})


def address_of(request: Request) -> str:
    """Where a request comes from; a surface of this process says so for those that it makes."""
    state: State = request.app.state.letmepost
    told: str | None = request.scope["state"].get("address")
    return told or state.client_address.of(request)


async def _run(
    request: Request,
    route: str,
    scope: Scope | None,
    handle: Callable[[Call], Awaitable[Response]],
) -> Response:
    state: State = request.app.state.letmepost
    began = state.clock.monotonic()
    request_id: str = request.scope["state"]["request_id"]
    address = address_of(request)
    call: Call | None = None
    try:
        # A surface of this process that has found the caller says so; no request can.
        caller = request.scope["state"].get("caller")
        if caller is None:
            await state.address_limit.count(address)
            caller = await state.keys.authenticate(request.headers.get("authorization"), address)
        call = Call(state, request, request_id, caller, address)
        call.headers.update(await state.rate_limit.count(caller.key_id))
        if scope is not None:
            caller.need(scope)
        response = await handle(call)
    except LetmepostError as error:
        response = error_response(error, state.settings.docs, request_id)
        if call is None:
            # Nobody's log: who asks is not known.
            return response
        response.headers.update(call.headers)
        call.error_code = error.code
    except Exception as fault:
        if call is not None:
            failed = error_of(fault, request.scope)
            call.error_code = failed.code
            _note(call, route, status_of(failed), began)
        raise
    _note(call, route, response.status_code, began)
    return response


def _note(call: Call, route: str, status: int, began: float) -> None:
    """Note an answer in the log of requests, unless a page of ours only reads by it."""
    scope, state = call.request.scope, call.state
    if "unlogged" in scope["state"]:
        return
    post_id = call.post_id
    if post_id is None and route.startswith(_OF_A_POST):
        post_id = scope["path_params"]["id"]
    state.request_log.note(
        Noted(
            call.caller.organization_id,
            state.clock.now(),
            call.request_id,
            scope["method"],
            route,
            status,
            call.error_code,
            (state.clock.monotonic() - began) * 1000,
            call.caller.key_id,
            call.caller.profile_id,
            post_id,
        )
    )


async def _run_public(
    request: Request, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    state: State = request.app.state.letmepost
    try:
        return await handle(request)
    except LetmepostError as error:
        request_id: str = request.scope["state"]["request_id"]
        return error_response(error, state.settings.docs, request_id)


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is no model in JSON: the media types that it may have, and its schema."""

    media_types: Sequence[str]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request."""

    content: Model | Content
    required: bool = True


# A model in JSON, another content, or None for an answer without a body.
Answered = Model | Content | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as it is routed, and all that the OpenAPI document says of it.

    `answers` are those that went well, by status. `errors` are statuses of errors that it may
    answer beside those that follow from the rest.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    description: str
    endpoint: Callable[[Request], Awaitable[Response]]
    scope: Scope | None
    is_public: bool
    answers: Mapping[int, Answered]
    errors: Sequence[int]
    body: Body | None
    query: Sequence[Parameter]
    headers: Sequence[Parameter]


class Operations:
    """Declares the operations of one tag."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.declared: list[Operation] = []

    def read(  # noqa: PLR0913 - an operation has these parts
        self,
        path: str,
        name: str,
        summary: str,
        *,
        scope: Scope | None,
        answer: Model,
        query: Sequence[Parameter] = (),
        errors: Sequence[int] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a GET."""

        def declare(endpoint: Endpoint) -> Endpoint:
            async def handle(call: Call) -> Response:
                return respond(call, await endpoint(call))

            self._declare(
                "GET",
                path,
                name,
                summary,
                endpoint.__doc__,
                lambda request: _run(request, path, scope, handle),
                scope=scope,
                answers={200: answer},
                query=query,
                errors=errors,
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
        answer: Model,
        also: Mapping[int, Model] = NOTHING_MORE,
        query: Sequence[Parameter] = (),
        headers: Sequence[Parameter] = (),
        errors: Sequence[int] = (),
    ) -> Callable[[BodyEndpoint], BodyEndpoint]:
        """Declare a POST, PATCH or DELETE; it takes an Idempotency-Key.

        `also` are the models of its further answers, by status.
        """

        def declare(endpoint: BodyEndpoint) -> BodyEndpoint:
            async def handle(call: Call) -> Response:
                raw = await call.read()
                parsed = None
                if body is not None and (raw or not body_optional):
                    parsed = parse_body(body, raw)
                # What the query asks for is as much of the request as its body.
                asked = b"?".join(filter(None, (raw, call.request.scope["query_string"])))
                return await once(call, fingerprint(asked), lambda: endpoint(call, parsed))

            self._declare(
                method,
                path,
                name,
                summary,
                endpoint.__doc__,
                lambda request: _run(request, path, scope, handle),
                scope=scope,
                answers={status: answer, **also},
                body=Body(body, required=not body_optional) if body else None,
                query=query,
                headers=(IDEMPOTENCY_KEY, *headers),
                errors=errors,
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
        answers: Mapping[int, Answered],
        body: Body | None = None,
        query: Sequence[Parameter] = (),
        headers: Sequence[Parameter] = (),
        errors: Sequence[int] = (),
    ) -> Callable[[Callable[[Call], Awaitable[Response]]], Callable[[Call], Awaitable[Response]]]:
        """Declare an operation that reads its body and repeats itself in its own way."""

        def declare(
            handle: Callable[[Call], Awaitable[Response]],
        ) -> Callable[[Call], Awaitable[Response]]:
            self._declare(
                method,
                path,
                name,
                summary,
                handle.__doc__,
                lambda request: _run(request, path, scope, handle),
                scope=scope,
                answers=answers,
                body=body,
                query=query,
                headers=headers,
                errors=errors,
            )
            return handle

        return declare

    def public(  # noqa: PLR0913 - an operation has these parts
        self,
        path: str,
        name: str,
        summary: str,
        *,
        method: str = "GET",
        answers: Mapping[int, Answered],
        body: Body | None = None,
        query: Sequence[Parameter] = (),
        headers: Sequence[Parameter] = (),
        errors: Sequence[int] = (),
    ) -> Callable[
        [Callable[[Request], Awaitable[Response]]], Callable[[Request], Awaitable[Response]]
    ]:
        """Declare an operation that needs no key."""

        def declare(
            handle: Callable[[Request], Awaitable[Response]],
        ) -> Callable[[Request], Awaitable[Response]]:
            self._declare(
                method,
                path,
                name,
                summary,
                handle.__doc__,
                lambda request: _run_public(request, handle),
                scope=None,
                public=True,
                answers=answers,
                body=body,
                query=query,
                headers=headers,
                errors=errors,
            )
            return handle

        return declare

    def _declare(  # noqa: PLR0913 - an operation has these parts
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        description: str | None,
        run: Callable[[Request], Awaitable[Response]],
        *,
        scope: Scope | None,
        answers: Mapping[int, Answered],
        public: bool = False,
        body: Body | None = None,
        query: Sequence[Parameter] = (),
        headers: Sequence[Parameter] = (),
        errors: Sequence[int] = (),
    ) -> None:
        async def endpoint(request: Request) -> Response:
            try:
                return await run(request)
            except ClientDisconnect:
                # Nobody reads this answer.
                return Response(status_code=400)

        self.declared.append(
            Operation(
                method=method,
                path=path,
                name=name,
                tag=self.tag,
                summary=summary,
                description=cleandoc(description or summary),
                endpoint=endpoint,
                scope=scope,
                is_public=public,
                answers=answers,
                errors=errors,
                body=body,
                query=query,
                headers=headers,
            )
        )
