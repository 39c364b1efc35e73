"""Failures as the APIs of Meta's Graph family answer them, as rows for the shared suite."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.errors import ErrorCode
from tests.platforms.cases import Failure

# What the caller is told, and the publication's state after the one attempt.
AUTH = (ErrorCode.PLATFORM_AUTH_FAILED, "rejected")
REJECTED = (ErrorCode.PLATFORM_REJECTED, "rejected")
LATER = (ErrorCode.PLATFORM_UNAVAILABLE, "queued")
UNKNOWN = (ErrorCode.PLATFORM_UNAVAILABLE, "unknown")
UNSURE = (ErrorCode.PLATFORM_REJECTED, "unknown")
HOUR, MINUTE = 3600.0, 60.0


def graph_error(
    code: int, message: str, subcode: int | None = None, **more: str
) -> Mapping[str, Any]:
    """The envelope of an error; `more` are fields that some have."""
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": False,
        **more,
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    return {"error": {**error, "fbtrace_id": "EJplcsCHuLu"}}


def graph_failure(  # noqa: PLR0913 - the fields of a row
    name: str,
    code: int,
    subcode: int | None = None,
    *,
    ends: tuple[ErrorCode, str],
    route: str,
    message: str = "Invalid parameter",
    status: int = 400,
    kind: str = "text",
    rule: str | None = None,
    retry: float | None = None,
) -> Failure:
    """A row: a call whose address has `route` in it is answered with this error."""
    body = graph_error(code, message, subcode)
    return Failure(
        name=name,
        fault={"fault": "status", "route": route, "status": status, "body": body},
        code=ends[0],
        state=ends[1],
        rule=rule,
        kind=kind,
        retry_after_seconds=retry,
    )
