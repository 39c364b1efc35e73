"""Errors on the wire: the one place that knows status codes and the shape of the envelope."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.responses import Response

from letmepost.content.errors import ERROR_PAGES, ErrorCode, LetmepostError
from letmepost.kit.json_bytes import to_json
from letmepost.platforms import platforms
from letmepost.preflight.queue_rules import RECURRING
from letmepost.preflight.refuse import words
from letmepost.preflight.request_rules import BODY_JSON, BODY_SIZE_MAX, BODY_UNKNOWN_FIELD
from letmepost.preflight.resource_rules import IDEMPOTENCY_IN_PROGRESS, MEDIA_SIZE_MAX

STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.VALIDATION_FAILED: 400,
    ErrorCode.PREFLIGHT_FAILED: 400,
    ErrorCode.PLATFORM_AUTH_FAILED: 401,
    ErrorCode.PLATFORM_REJECTED: 502,
    ErrorCode.PLATFORM_UNAVAILABLE: 503,
    ErrorCode.PLATFORM_NOT_ENABLED: 403,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.UNAUTHORIZED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.QUOTA_EXCEEDED: 429,
}
TOO_LARGE = frozenset({MEDIA_SIZE_MAX.id, BODY_SIZE_MAX.id})
# What people call the field that queue slots take the place of.
RECURRING_FIELDS = frozenset({"recurrence", "recurring", "repeat", "rrule", "cron"})
METHOD_NOT_ALLOWED = 405
UNAVAILABLE = 503
RANGE_NOT_SATISFIABLE = 416
IN_PROGRESS_RETRY_SECONDS = 1
# A body may be wrong in a million places, and its names may be long; the answer stays short.
ISSUES_MAX = 100
_NAME_CHARACTERS = 80


def status_of(error: LetmepostError) -> int:
    """The HTTP status of an error."""
    if error.rule in TOO_LARGE:
        return 413
    if error.conflict:
        return 409
    if error.overloaded or error.away:
        return UNAVAILABLE
    return STATUS[error.code]


def envelope(error: LetmepostError, docs_url: str, request_id: str) -> dict[str, Any]:
    """The body of an error's answer."""
    page = ERROR_PAGES[error.code]
    fields: dict[str, Any] = {
        "code": error.code.value,
        "message": error.message,
        "rule": error.rule,
        "platform": error.platform,
        "platformVersion": error.platform_version,
        "platformResponse": error.platform_response,
        "remediation": error.remediation or page.remediation,
        "docUrl": f"{docs_url}/errors/{error.code.value}",
        "ruleUrl": f"{docs_url}/preflight/{_page(error)}" if error.rule else None,
        "requestId": request_id,
        "retryable": bool(error.retryable),
        "retryAfterSeconds": error.retry_after_seconds,
        "retryAfterSource": error.retry_after_source,
        "violations": list(error.violations) or None,
        "postId": error.extra.get("postId"),
    }
    return {"error": {name: value for name, value in fields.items() if value is not None}}


def _page(error: LetmepostError) -> str:
    """The page that explains an error's rule: its own, unless the error names another."""
    page: str | None = error.extra.get("rulePage")
    return page or str(error.rule).replace(".", "-").lower()


def error_response(
    error: LetmepostError, docs_url: str, request_id: str, *, status: int | None = None
) -> Response:
    """The answer of an error, with the headers that it calls for."""
    headers = dict(error.extra.get("headers", {}))
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
    if error.code is ErrorCode.UNAUTHENTICATED:
        # Some resources say where a program begins to get a token.
        headers.setdefault("WWW-Authenticate", "Bearer")
    return Response(
        to_json(envelope(error, docs_url, request_id)),
        status_code=status or status_of(error),
        media_type="application/json",
        headers=headers,
    )


def in_progress() -> LetmepostError:
    """The answer while the first request with an Idempotency-Key still runs."""
    return LetmepostError(
        code=ErrorCode.IDEMPOTENCY_CONFLICT,
        message=IDEMPOTENCY_IN_PROGRESS.message,
        rule=IDEMPOTENCY_IN_PROGRESS.id,
        remediation=IDEMPOTENCY_IN_PROGRESS.remediation,
        retryable=True,
        retry_after_seconds=IN_PROGRESS_RETRY_SECONDS,
        retry_after_source="first request",
    )


def _path(place: tuple[int | str, ...]) -> tuple[str, str]:
    """A place in the body as a dotted rule and as a field: `targets.0.text`, `targets[0].text`."""
    # Tags of unions are pydantic's, not the caller's; that of options is the platform's name.
    parts = [
        part[:_NAME_CHARACTERS] if isinstance(part, str) else part
        for before, part in pairwise(("", *place))
        if not (isinstance(part, str) and part.startswith("tag:"))
        and not (before == "options" and part in platforms())
    ]
    dotted = ".".join(str(part) for part in parts)
    field = ""
    for part in parts:
        if isinstance(part, int):
            field += f"[{part}]"
        else:
            field += f".{part}" if field else part
    return dotted or "body", field or "body"


def _message(issue: ErrorDetails, field: str) -> str:
    if issue["type"] == "extra_forbidden":
        unknown = f"{field} is not a field of this request."
        return words(RECURRING, actual=field) if _is_recurring(issue) else unknown
    if issue["type"] in ("missing", "union_tag_not_found"):
        return f"{field} is required."
    if issue["type"] == "union_tag_invalid":
        return f"{field} must be one of: {', '.join(platforms())}."
    if issue["type"].startswith("datetime_"):
        return f"{field} must be an ISO 8601 time such as 2027-01-31T09:00:00Z."
    if issue["type"] == "timezone_aware":
        return f"{field} needs a `Z` or an offset at its end: which moment it means depends on it."
    told = issue["msg"].removeprefix("Value error, ")
    return f"{field}: {told[:1].lower()}{told[1:]}."


def _is_recurring(issue: ErrorDetails) -> bool:
    """Whether it is about a field that would repeat a post."""
    return issue["type"] == "extra_forbidden" and issue["loc"][-1] in RECURRING_FIELDS


def schema_error(error: ValidationError) -> LetmepostError:
    """The error of a body or query that does not fit its model; up to 100 issues are listed."""
    issues = error.errors(include_url=False, include_input=False, include_context=False)
    # What was wanted as a whole is said before what is wrong in detail.
    issues.sort(key=lambda issue: not _is_recurring(issue))
    first = issues[0]
    if first["type"] == "json_invalid":
        reason = first["msg"].removeprefix("Invalid JSON: ")
        return LetmepostError(
            code=ErrorCode.VALIDATION_FAILED,
            message=BODY_JSON.message.format(actual=reason),
            rule=BODY_JSON.id,
            remediation=BODY_JSON.remediation,
        )
    shown = []
    for issue in issues[:ISSUES_MAX]:
        # A rule of ours raised inside a model comes as an error type with a dot in its name.
        place = issue["loc"]
        if issue["type"] in ("union_tag_invalid", "union_tag_not_found"):
            place = (*place, "platform")
        rule, field = _path(place)
        if "." in issue["type"]:
            rule = issue["type"]
        if _is_recurring(issue):
            rule = RECURRING.id
        shown.append({"rule": rule, "field": field, "message": _message(issue, field)})
    # A field that is not known has no page of its own.
    is_unknown = first["type"] == "extra_forbidden" and not _is_recurring(first)
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=shown[0]["message"],
        rule=shown[0]["rule"],
        extra={"rulePage": BODY_UNKNOWN_FIELD.page} if is_unknown else {},
        remediation=RECURRING.remediation
        if _is_recurring(first)
        else "Correct the fields that `violations` names.",
        platform_response={"issues": shown},
        violations=shown,
    )


def describe(
    error: LetmepostError | ValidationError, docs_url: str, request_id: str
) -> dict[str, Any]:
    """The envelope of an error, or of arguments that do not fit the tool that they were given to.

    Arguments are no fields of a request, and have no pages of their own.
    """
    if isinstance(error, ValidationError):
        error = replace(schema_error(error), rule=None)
    return envelope(error, docs_url, request_id)
