"""The headers of answers, as the OpenAPI document declares them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from letmepost.api.parameters import IDEMPOTENCY_KEY

_SECONDS: Final = {"type": "integer", "minimum": 0}
HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "X-Request-Id": {
        "description": "Names the request in logs, and in `error.requestId`. The request's own "
        "`X-Request-Id`, where it has one.",
        "required": True,
        "schema": {"type": "string", "maxLength": 128},
        "example": "req_0002SkJ7vTh9iMq3dZxC1P",
    },
    "RateLimit-Limit": {
        "description": "How many requests the key may make in a window. Absent where the server "
        "counts none, as are the other two.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 120,
    },
    "RateLimit-Remaining": {
        "description": "How many of them are left.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 119,
    },
    "RateLimit-Reset": {
        "description": "How many seconds until the window ends.",
        "schema": _SECONDS,
        "example": 42,
    },
    "Retry-After": {
        "description": "How many seconds to wait before the request is sent again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 42,
    },
    "Idempotency-Key": {
        "description": "The key of the request.",
        "schema": dict(IDEMPOTENCY_KEY.schema),
        "example": "order-4711-announcement",
    },
    "Idempotency-Replayed": {
        "description": "`true` on the answer of an earlier request with the same key.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
    "WWW-Authenticate": {
        "description": "How to authenticate. Absent where a platform refused its credentials.",
        "schema": {"type": "string", "const": "Bearer"},
        "example": "Bearer",
    },
    "ETag": {
        "description": "Names this content; send it as `If-None-Match`.",
        "required": True,
        "schema": {"type": "string"},
        "example": '"0c1b4a2f9d8e7c6b5a49382716050403"',
    },
    "Cache-Control": {
        "description": "How long the answer may be kept.",
        "required": True,
        "schema": {"type": "string"},
        "example": "public, max-age=300",
    },
    "Accept-Ranges": {
        "description": "Ranges of bytes may be asked for.",
        "required": True,
        "schema": {"type": "string", "const": "bytes"},
        "example": "bytes",
    },
    "Content-Range": {
        "description": "Which bytes these are, or how many there are where none fit.",
        "required": True,
        "schema": {"type": "string"},
        "example": "bytes 0-1023/146515",
    },
}
ALWAYS: Final = ("X-Request-Id",)
OF_A_KEY: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
OF_A_REPLAY: Final = ("Idempotency-Key", "Idempotency-Replayed")
OF_WHAT_IS_KNOWN: Final = ("ETag", "Cache-Control")


def references(names: Iterable[str]) -> dict[str, Any]:
    """Headers by name, each declared among the components."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
