"""One operation of the API: who may call it, what it takes, and how it is declared.

Every operation runs the same way: key, scope, rate limit, body, idempotency, the call itself.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import UnionType
from typing import Any, get_args

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from letmepost.api.call import JSON_TYPE, Call, Reply, parse_body, respond
from letmepost.api.errors import error_response
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.reading import Parameter
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.preflight.resource_rules import IDEMPOTENCY_KEY_CHARACTERS
from letmepost.tenancy.keys import Scope

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

Endpoint = Callable[[Call], Awaitable[Reply]]
BodyEndpoint = Callable[[Call, Any], Awaitable[Reply]]


async def _run(
    request: Request, scope: Scope | None, handle: Callable[[Call], Awaitable[Response]]
) -> Response:
    state: State = request.app.state.letmepost
    request_id: str = request.scope["state"]["request_id"]
    headers: dict[str, str] = {}
    try:
        # A surface of this process that has found the caller says so; no request can.
        caller = request.scope["state"].get("caller")
        if caller is None:
            caller = await state.keys.authenticate(request.headers.get("authorization"))
        headers.update(await state.rate_limit.count(caller.key_id))
        if scope is not None:
            caller.need(scope)
        return await handle(Call(state, request, request_id, caller, headers))
    except LetmepostError as error:
        response = error_response(error, state.settings.docs, request_id)
        response.headers.update(headers)
        return response


async def _run_public(
    request: Request, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    state: State = request.app.state.letmepost
    try:
        return await handle(request)
    except LetmepostError as error:
        request_id: str = request.scope["state"]["request_id"]
        return error_response(error, state.settings.docs, request_id)


class Operations:
    """Declares operations on a router."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(tags=[tag])
        # The model of each operation's answer, by operation id.
        self.answers: dict[str, type[BaseModel] | UnionType] = {}

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
        query: Sequence[Parameter] = (),
    ) -> Callable[[BodyEndpoint], BodyEndpoint]:
        """Declare a POST, PATCH or DELETE; it takes an Idempotency-Key."""

        def declare(endpoint: BodyEndpoint) -> BodyEndpoint:
            async def handle(call: Call) -> Response:
                raw = await call.read()
                parsed = None
                if body is not None and (raw or not body_optional):
                    parsed = parse_body(body, raw)
                # What the query asks for is as much of the request as its body.
                asked = b"?".join(filter(None, (raw, call.request.scope["query_string"])))
                return await once(call, fingerprint(asked), lambda: endpoint(call, parsed))

            taken = {"requestBody": json_body(body, required=not body_optional)} if body else {}
            extra = {**taken, "parameters": [each.declared() for each in query]}
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
        request_body: Mapping[str, Any] | None,
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
                    **({"requestBody": request_body} if request_body else {}),
                    "parameters": [each.declared() for each in query],
                },
            )
            return handle

        return declare

    def public(
        self, path: str, name: str, summary: str, *, answer: type[BaseModel]
    ) -> Callable[
        [Callable[[Request], Awaitable[Response]]], Callable[[Request], Awaitable[Response]]
    ]:
        """Declare a GET that needs no key, as what it answers is known to everybody."""

        def declare(
            handle: Callable[[Request], Awaitable[Response]],
        ) -> Callable[[Request], Awaitable[Response]]:
            self._declare(
                "GET",
                path,
                name,
                summary,
                lambda request: _run_public(request, handle),
                handle.__doc__,
                status=200,
                answer=answer,
                extra={"security": []},
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
        self._declare(
            method,
            path,
            name,
            summary,
            lambda request: _run(request, scope, handle),
            handle.__doc__,
            status=status,
            answer=answer,
            extra={**(extra or {}), "security": [{"apiKey": [scope.value] if scope else []}]},
        )

    def _declare(  # noqa: PLR0913 - an operation has these parts
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        run: Callable[[Request], Awaitable[Response]],
        description: str | None,
        *,
        status: int,
        answer: type[BaseModel] | UnionType,
        extra: Mapping[str, Any],
    ) -> None:
        async def endpoint(request: Request) -> Response:
            try:
                return await run(request)
            except ClientDisconnect:
                # Nobody reads this answer.
                return Response(status_code=400)

        path_parameters = [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
            for each in re.findall(r"{(\w+)}", path)
        ]
        parameters = path_parameters + list(extra.get("parameters", ()))
        if method != "GET":
            parameters.append(IDEMPOTENCY_KEY)
        self.answers[name] = answer
        self.router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=name,
            summary=summary,
            description=description or summary,
            status_code=status,
            # Given to FastAPI, each model would cost a start the building of a validator.
            response_model=None,
            openapi_extra={
                **extra,
                "responses": {str(status): {"content": {JSON_TYPE: {"schema": schema_of(answer)}}}},
                **({"parameters": parameters} if parameters else {}),
            },
        )


def schema_of(model: type[BaseModel] | UnionType) -> dict[str, Any]:
    """The name of a model's schema in the OpenAPI document; `api/openapi.py` adds the schema."""
    if isinstance(model, UnionType):
        return {"oneOf": [schema_of(each) for each in get_args(model)]}
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
