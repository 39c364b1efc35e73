"""The answers of errors by status, declared once for every operation of the OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, get_args

from pydantic import BaseModel

from letmepost.api.answer_headers import ALWAYS, OF_A_KEY, OF_A_REPLAY, references
from letmepost.api.answers import ErrorEnvelope
from letmepost.api.at_once import WATCHED, overloaded
from letmepost.api.call import JSON_TYPE
from letmepost.api.errors import RANGE_NOT_SATISFIABLE, UNAVAILABLE, envelope, in_progress
from letmepost.api.example_values import DOCS_URL, IDS, PLATFORM
from letmepost.api.faults import DATABASE, is_away, unexpected
from letmepost.api.operation import Operation
from letmepost.api.parameters import IDEMPOTENCY_KEY
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.preflight.media_rules import MEDIA_RANGE
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import BODY_SIZE_MAX, TARGETS_REQUIRED
from letmepost.preflight.resource_rules import (
    API_KEY_SCOPE,
    IDEMPOTENCY_BODY_MISMATCH,
    MEDIA_URL_UNAVAILABLE,
    POST_STATUS,
    PROFILE_UNKNOWN,
)
from letmepost.tenancy.keys import Scope, unauthenticated

_KEYED: Final = (*ALWAYS, *OF_A_KEY)
_REPLAYED: Final = (*_KEYED, *OF_A_REPLAY)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """One status: the name of its answer, when it is given, its headers, and examples by name."""

    name: str
    description: str
    headers: tuple[str, ...]
    examples: Mapping[str, LetmepostError]

    def declared(self) -> dict[str, Any]:
        """As the document declares it."""
        return {
            "description": self.description,
            "headers": references(self.headers),
            "content": {
                JSON_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{ErrorEnvelope.__name__}"},
                    "examples": {
                        name: {"value": envelope(error, DOCS_URL, IDS["req"])}
                        for name, error in self.examples.items()
                    },
                }
            },
        }


def _platform(code: ErrorCode, message: str, answered: str) -> LetmepostError:
    return LetmepostError(
        code=code, message=message, platform=PLATFORM, platform_response={"message": answered}
    )


ERROR_ANSWERS: Final[Mapping[int, ErrorAnswer]] = {
    400: ErrorAnswer(
        "BadRequest",
        "The request does not have the shape or the state that the call needs, or a limit of a "
        "platform is broken. Nothing was sent to any platform.",
        _REPLAYED,
        {
            "validation_failed": refuse(TARGETS_REQUIRED),
            "preflight_failed": LetmepostError(
                code=ErrorCode.PREFLIGHT_FAILED,
                message="The text is longer than the platform takes.",
                platform=PLATFORM,
            ),
        },
    ),
    401: ErrorAnswer(
        "Unauthenticated",
        "The request carries no good API key; or the platform no longer accepts the credentials "
        "of the account, which `code` tells apart.",
        (*_REPLAYED, "WWW-Authenticate"),
        {
            "unauthenticated": unauthenticated("The API key is unknown or revoked."),
            "platform_auth_failed": _platform(
                ErrorCode.PLATFORM_AUTH_FAILED,
                "The platform refused the stored credentials.",
                "Token expired",
            ),
        },
    ),
    403: ErrorAnswer(
        "Forbidden",
        "The key is good and may not do this, or the server has no credentials of its own for the "
        "platform.",
        _REPLAYED,
        {
            "unauthorized": refuse(API_KEY_SCOPE, actual=Scope.POSTS_WRITE.value),
            "platform_not_enabled": LetmepostError(
                code=ErrorCode.PLATFORM_NOT_ENABLED,
                message="This server has no credentials for the platform.",
                platform=PLATFORM,
            ),
        },
    ),
    404: ErrorAnswer(
        "NotFound",
        "Nothing with this id or address is visible to the key.",
        _REPLAYED,
        {"not_found": refuse(PROFILE_UNKNOWN)},
    ),
    409: ErrorAnswer(
        "Conflict",
        "What the request is about is in another state than the call needs; or its "
        "Idempotency-Key belongs to another request, or to one that still runs.",
        (*_REPLAYED, "Retry-After"),
        {
            "validation_failed": refuse(POST_STATUS, conflict=True, actual="published"),
            "body_mismatch": refuse(IDEMPOTENCY_BODY_MISMATCH),
            "in_progress": in_progress(),
        },
    ),
    413: ErrorAnswer(
        "TooLarge",
        "The body or the file is larger than this server takes.",
        _REPLAYED,
        {"validation_failed": refuse(BODY_SIZE_MAX, limit=1_000_000)},
    ),
    RANGE_NOT_SATISFIABLE: ErrorAnswer(
        "RangeNotSatisfiable",
        "The range begins beyond the end of the file.",
        (*ALWAYS, "Content-Range"),
        {"validation_failed": refuse(MEDIA_RANGE, actual="bytes=200000-", limit=146_515)},
    ),
    422: ErrorAnswer(
        "NotPublished",
        "The platform ended it with an error that is kept with the post. Not a 5xx, as sending "
        "the request again would do it again: read the post, and retry it.",
        _REPLAYED,
        {
            "platform_rejected": _platform(
                ErrorCode.PLATFORM_REJECTED, "The platform refused the post.", "Duplicate content"
            )
        },
    ),
    429: ErrorAnswer(
        "TooManyRequests",
        "More requests came than the key may make in this time, or than the platform takes; or "
        "the organization has used up its posts of this month.",
        (*_REPLAYED, "Retry-After"),
        {
            "rate_limited": LetmepostError(
                code=ErrorCode.RATE_LIMITED,
                message="This key made more than 120 requests in its window.",
                remediation="Wait 42 seconds.",
                retry_after_seconds=42,
                retry_after_source="rate limit",
            ),
            "quota_exceeded": LetmepostError(
                code=ErrorCode.QUOTA_EXCEEDED,
                message="The organization may make 1000 posts in a month. 0 are left, and this "
                "would be 1.",
                retry_after_seconds=93_600,
                retry_after_source="monthly quota",
            ),
        },
    ),
    500: ErrorAnswer(
        "InternalError",
        "The server failed in a way that it does not understand.",
        _REPLAYED,
        {"internal_error": unexpected()},
    ),
    502: ErrorAnswer(
        "PlatformRejected",
        "The platform refused the call for good.",
        _REPLAYED,
        {
            "platform_rejected": _platform(
                ErrorCode.PLATFORM_REJECTED, "The platform refused the call.", "Not allowed"
            )
        },
    ),
    UNAVAILABLE: ErrorAnswer(
        "Unavailable",
        "The server has too much to do; or the platform, the address of a media file, or what the "
        "server stands on did not answer or asked to wait.",
        (*_REPLAYED, "Retry-After"),
        {
            "rate_limited": overloaded(256),
            "internal_error": is_away(*DATABASE, reading=False, keyed=True),
            "platform_unavailable": refuse(MEDIA_URL_UNAVAILABLE, actual="did not answer in time"),
        },
    ),
}


def error_statuses(operation: Operation) -> list[int]:
    """The statuses of every error that an operation may answer with."""
    # Whatever the address, its query may be no text, and the server may fail.
    found = {400, 500, *operation.errors}
    if operation.path not in WATCHED:
        found.add(UNAVAILABLE)
    if not operation.is_public:
        found |= {401, 429}
    if operation.scope is not None:
        found.add(403)
    if "{" in operation.path or "profileId" in _names(operation):
        found.add(404)
    if IDEMPOTENCY_KEY in operation.headers:
        found.add(409)
    if operation.method != "GET":
        found.add(413)
    return sorted(found)


def _names(operation: Operation) -> Iterator[str]:
    """The parameters of the query, and the fields of the body."""
    for each in operation.query:
        yield each.name
    content = operation.body.content if operation.body else None
    for model in get_args(content) if isinstance(content, UnionType) else (content,):
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (field.alias or name for name, field in model.model_fields.items())
