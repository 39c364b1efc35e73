"""What is answered when the server fails, or when what it stands on is away."""

import errno
from typing import Final

import structlog
from obstore.exceptions import BaseError as StoreError
from starlette.types import Scope

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.database import AWAY_RETRY_SECONDS, DatabaseAwayError

log = structlog.get_logger()

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DATABASE: Final = ("database", "The database does not answer, or takes nothing more now.")
_READING: Final = frozenset({"GET", "HEAD"})
_NOTHING_CHANGED: Final = "Send the request again in a few seconds; nothing was changed."
# Whoever hears nothing of a COMMIT cannot say that it was not done.
_KEYED: Final = (
    "Whether this was done is not known. Send it again with the same Idempotency-Key in a few "
    "seconds: a post that was made is found by its key, and not made twice."
)
_UNKEYED: Final = (
    "Whether this was done is not known. Look before you send it again, and give what you send "
    "an Idempotency-Key: with one, a post is not made twice."
)


def error_of(fault: Exception, scope: Scope) -> LetmepostError:
    """The error of a request that ended in an exception which nobody caught."""
    away = _what_is_away(fault)
    if away is None:
        return unexpected()
    keyed = any(name == b"idempotency-key" for name, _ in scope["headers"])
    return is_away(*away, reading=scope["method"] in _READING, keyed=keyed)


def log_fault(fault: Exception, path: str) -> None:
    """Tell the operator; what is away would only repeat one traceback for every request."""
    if _what_is_away(fault) is None:
        log.error("request.failed", path=path, exc_info=fault)
    else:
        log.error("request.not_served", path=path, reason=str(fault))


def _what_is_away(fault: Exception) -> tuple[str, str] | None:
    """Its name, and the sentence about it."""
    if isinstance(fault, DatabaseAwayError):
        return DATABASE
    if isinstance(fault, StoreError):
        return "storage", "The storage of files does not answer, or takes nothing more now."
    if isinstance(fault, OSError) and fault.errno in _FULL:
        return "disk", "The disk of this server takes nothing more."
    return None


def is_away(what: str, message: str, *, reading: bool, keyed: bool) -> LetmepostError:
    """The answer while something that the server stands on is away: it claims nothing unknown."""
    unknown = _KEYED if keyed else _UNKEYED
    return LetmepostError(
        code=ErrorCode.INTERNAL_ERROR,
        message=message,
        remediation=_NOTHING_CHANGED if reading else unknown,
        retry_after_seconds=AWAY_RETRY_SECONDS,
        retry_after_source=what,
        away=True,
    )


def unexpected() -> LetmepostError:
    """The answer to a fault of our own: it says nothing of the inside."""
    return LetmepostError(
        code=ErrorCode.INTERNAL_ERROR,
        message="The server failed while it answered. The request id leads to the log.",
    )
