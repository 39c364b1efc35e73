"""What Bluesky's refusals mean, and what is done about each.

Source: the answers of the reference server, https://github.com/bluesky-social/atproto.
"""

from datetime import datetime
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater

PLATFORM = "bluesky"
# An expired token is a 400 here, not a 401.
STALE_TOKEN = frozenset({"ExpiredToken", "InvalidToken"})
LOST_ACCOUNT = frozenset({"AccountTakedown", "AccountDeactivated", "AccountNotFound"})
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
NEVER_LONGER_SECONDS = 24 * 3600


def error_name(answer: Answer) -> str:
    """The name in the answer's `error` field, or an empty text."""
    document = answer.document
    name = document.get("error") if isinstance(document, dict) else None
    return name if isinstance(name, str) else ""


def error_words(answer: Answer) -> str:
    """What the server says in words, or else the error's name, or its status."""
    document = answer.document
    words = document.get("message") if isinstance(document, dict) else None
    said = words if isinstance(words, str) and words else error_name(answer)
    return said or f"HTTP {answer.status}"


def is_stale_token(answer: Answer) -> bool:
    """Whether renewing the session may help."""
    return answer.status in (400, 401) and error_name(answer) in STALE_TOKEN


def retry_after_seconds(answer: Answer, now: datetime) -> tuple[float, str] | tuple[None, None]:
    """How long the server asks us to wait, and which header said so."""
    asked = answer.headers.get("Retry-After", "")
    if asked.isdigit():
        return min(float(asked), NEVER_LONGER_SECONDS), "Retry-After"
    reset = answer.headers.get("RateLimit-Reset", "")
    # The reset is a moment in epoch seconds here, not a number of seconds from now.
    if reset.isdigit() and answer.headers.get("RateLimit-Remaining", "0") == "0":
        wait = max(1.0, float(reset) - now.timestamp())
        return min(wait, NEVER_LONGER_SECONDS), "RateLimit-Reset"
    return None, None


def auth_failed(answer: Answer | None, words: str) -> LetmepostError:
    """The account cannot be used until a person connects it again."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        message=f"Bluesky no longer accepts this account's app password: {words}",
        platform=PLATFORM,
        platform_response=answer.shown() if answer else None,
        remediation="Make a new app password in Bluesky and connect the account again.",
    )


def unavailable(words: str, response: Any = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """The server, or the way to it, does not work now."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=f"Bluesky did not take the request: {words}",
        platform=PLATFORM,
        platform_response=response,
    )


def rejected(words: str, response: Any = None, *, rule: str | None = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """The server refused this post for good."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_REJECTED,
        message=f"Bluesky refused the post: {words}",
        platform=PLATFORM,
        rule=rule,
        platform_response=response,
    )


def refusal(answer: Answer, now: datetime) -> Rejected | TryLater:
    """What an answer other than 2xx means for the attempt, when it says that nothing was made."""
    name, words = error_name(answer), error_words(answer)
    if answer.status == TOO_MANY_REQUESTS:
        seconds, source = retry_after_seconds(answer, now)
        error = unavailable(words, answer.shown())
        error.retry_after_seconds, error.retry_after_source = seconds, source
        return TryLater(error=error, retry_after_seconds=seconds)
    if answer.status >= SERVER_ERROR:
        seconds, source = retry_after_seconds(answer, now)
        error = unavailable(words, answer.shown())
        error.retry_after_seconds, error.retry_after_source = seconds, source
        return TryLater(error=error, retry_after_seconds=seconds)
    if answer.status == 401 or name in LOST_ACCOUNT or name in STALE_TOKEN:  # noqa: PLR2004 - HTTP's
        return Rejected(error=auth_failed(answer, words))
    if answer.ok:
        # A 2xx that is not the JSON it should be: a proxy's page, or a body cut short.
        return TryLater(error=unavailable("the answer is not readable", answer.shown()))
    return Rejected(error=rejected(words, answer.shown()))


def not_answered(error: NoAnswerError) -> LetmepostError:
    """The error of a request without an answer."""
    return unavailable(error.reason)
