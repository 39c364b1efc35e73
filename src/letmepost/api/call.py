"""One request on its way through an operation: its body in, its reply out."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, from_json
from starlette.requests import Request
from starlette.responses import Response

from letmepost.api.errors import error_response, schema_error
from letmepost.api.idempotency import Entry
from letmepost.api.state import State
from letmepost.content.errors import LetmepostError
from letmepost.kit.json_bytes import to_json
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import BODY_JSON, BODY_SIZE_MAX
from letmepost.tenancy.audit import Actor, actor_of
from letmepost.tenancy.keys import Caller

Body = TypeVar("Body", bound=BaseModel)

JSON_TYPE = "application/json"
# The only way to write the character in JSON; the words may also stand for themselves.
_ESCAPED_NUL = rb"\u0000"


@dataclass(slots=True)
class Call:
    """One request on its way through an operation."""

    state: State
    request: Request
    request_id: str
    caller: Caller
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    entry: Entry | None = None
    # What the log of requests is told beside the answer's status.
    error_code: str | None = None
    post_id: str | None = None

    @property
    def actor(self) -> Actor:
        """Who calls, for the audit log."""
        return actor_of(self.caller, self.request_id, self.address)

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


def parse_body(model: type[Body], raw: bytes) -> Body:
    """The body as its model; raise with every issue."""
    if not raw:
        raise refuse(BODY_JSON, actual="it is empty")
    try:
        # What the document calls a number or a flag must be one: 1 is not true.
        parsed = model.model_validate_json(raw, strict=True)
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
    headers = {**reply.headers, **call.headers}
    if reply.error is not None:
        call.error_code = reply.error.code
        response = error_response(reply.error, docs_url, call.request_id, status=reply.status)
        response.headers.update(headers)
        return response
    # Given at once: each that is set afterwards is looked for among all the others.
    return Response(
        to_json(reply.document), status_code=reply.status, headers=headers, media_type=JSON_TYPE
    )


def unless_known(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """A JSON body with its ETag; 304 without it for a request that names the ETag."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = request.headers.get("if-none-match", "")
    headers = {**headers, "ETag": etag}
    if known.strip() == "*" or etag in [
        each.strip().removeprefix("W/") for each in known.split(",")
    ]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=JSON_TYPE, headers=headers)
