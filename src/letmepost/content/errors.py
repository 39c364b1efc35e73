"""What went wrong, in fields: the error that every surface shows, and the codes it may carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The codes a caller can branch on; their meaning is on the page `/docs/errors/<code>`."""

    VALIDATION_FAILED = "validation_failed"
    PREFLIGHT_FAILED = "preflight_failed"
    PLATFORM_AUTH_FAILED = "platform_auth_failed"
    PLATFORM_REJECTED = "platform_rejected"
    PLATFORM_UNAVAILABLE = "platform_unavailable"
    PLATFORM_NOT_ENABLED = "platform_not_enabled"
    INTERNAL_ERROR = "internal_error"
    UNAUTHENTICATED = "unauthenticated"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"


@dataclass(frozen=True)
class ErrorPage:
    """What the docs say of one code, and what a client should do with it."""

    code: ErrorCode
    meaning: str
    retryable: bool
    remediation: str


ERROR_PAGES: Mapping[ErrorCode, ErrorPage] = {
    page.code: page
    for page in (
        ErrorPage(
            ErrorCode.VALIDATION_FAILED,
            "The request does not have the shape or the state that this call needs.",
            retryable=False,
            remediation="Correct the field that `rule` and `violations` name, then send it again.",
        ),
        ErrorPage(
            ErrorCode.PREFLIGHT_FAILED,
            "A documented limit of a platform is broken. Nothing was sent to any platform.",
            retryable=False,
            remediation="Mend every entry of `violations`; each names its limit and its page.",
        ),
        ErrorPage(
            ErrorCode.PLATFORM_AUTH_FAILED,
            "The platform no longer accepts the credentials stored for this account.",
            retryable=False,
            remediation="Connect the account again, then retry the post.",
        ),
        ErrorPage(
            ErrorCode.PLATFORM_REJECTED,
            "The platform received the post and refused it for good.",
            retryable=False,
            remediation="Read `platformResponse`, change the post, and send it again.",
        ),
        ErrorPage(
            ErrorCode.PLATFORM_UNAVAILABLE,
            "The platform, or the address of a media file, did not answer or asked us to wait.",
            retryable=True,
            remediation="Wait for `retryAfterSeconds` if `willRetry` is false; else do nothing.",
        ),
        ErrorPage(
            ErrorCode.PLATFORM_NOT_ENABLED,
            "This server has no client credentials for the platform, so nobody can connect to it.",
            retryable=False,
            remediation="Ask the operator to set the settings that the message names.",
        ),
        ErrorPage(
            ErrorCode.INTERNAL_ERROR,
            "This server failed in a way it does not understand. The request id finds the log.",
            retryable=True,
            remediation="Retry with the same Idempotency-Key; report the request id if it stays.",
        ),
        ErrorPage(
            ErrorCode.UNAUTHENTICATED,
            "The request carries no API key, or one that is unknown or revoked.",
            retryable=False,
            remediation="Send `Authorization: Bearer <key>` with a key that is not revoked.",
        ),
        ErrorPage(
            ErrorCode.UNAUTHORIZED,
            "The API key is good, and is not allowed to do this.",
            retryable=False,
            remediation="Use a key that holds the scope which the message names.",
        ),
        ErrorPage(
            ErrorCode.NOT_FOUND,
            "Nothing with this id or address is visible to the key.",
            retryable=False,
            remediation="Check the id, and that the key belongs to the same profile.",
        ),
        ErrorPage(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "The Idempotency-Key was used with another body, or its first request still runs.",
            retryable=False,
            remediation="Wait for the first request when it is in progress; else use a new key.",
        ),
        ErrorPage(
            ErrorCode.RATE_LIMITED,
            "More requests came than the key may make in this time, or than the server can take.",
            retryable=True,
            remediation="Wait for the number of seconds in `Retry-After`.",
        ),
        ErrorPage(
            ErrorCode.QUOTA_EXCEEDED,
            "The organization has made the posts that it may make in this month.",
            retryable=False,
            remediation="Wait for the next month, or ask the operator for more.",
        ),
    )
}


@dataclass(kw_only=True)
class LetmepostError(Exception):
    """An error with fields; `api/errors.py` alone turns it into a status and a body.

    `rule` is an id of the catalogue or the dotted path of a field. `platform_response` is what
    the platform answered, untouched but for secrets. `retry_after_seconds` is how long to wait,
    and `retry_after_source` says who gave that number.
    """

    code: ErrorCode
    message: str
    rule: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    platform_response: Any = None
    remediation: str | None = None
    retryable: bool | None = None
    retry_after_seconds: float | None = None
    retry_after_source: str | None = None
    violations: Sequence[Mapping[str, Any]] = ()
    conflict: bool = False
    overloaded: bool = False
    # What this server stands on is away, and is expected back.
    away: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let a log line or a traceback show the message."""
        super().__init__(self.message)
        if self.retryable is None:
            self.retryable = ERROR_PAGES[self.code].retryable
