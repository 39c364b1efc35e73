"""What LinkedIn's refusals mean, and what is done about each.

Source: https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling and
.../rate-limits, and error bodies that were seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.linkedin.post import post_in
from letmepost.platforms.linkedin.rules import (
    MEMBER_REQUESTS,
    ORGANIZATION_ROLE,
    POST_DUPLICATE,
    VERSION_SUPPORTED,
)
from letmepost.platforms.linkedin.rules_text import ORGANIZATION_SCOPE, text_too_long
from letmepost.preflight.refuse import refuse
from letmepost.preflight.rule import Rule

PLATFORM = "linkedin"
MEMBER_SCOPE = "w_member_social"
UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, SUNSET = 401, 403, 404, 426
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
FILE_NOT_READY = "MEDIA_ASSET_WAITING_UPLOAD"
UPLOAD_EXPIRED = "EXPIRED_UPLOAD_URL"
FILE_WAIT_SECONDS = 120.0
# The operator has to raise the version, so the tries are spread over hours and not over minutes.
SUNSET_WAIT_SECONDS = 3600.0

_TOO_LONG = frozenset({"FIELD_ARRAY_SIZE_TOO_HIGH", "FIELD_LENGTH_TOO_LONG"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asked for what was refused. `scopes` are those of the token, None where unknown."""

    now: datetime
    version: str
    author: str = ""
    scopes: Sequence[str] | None = None

    @classmethod
    def of(cls, task: AccountTask, author: str = "") -> Self:
        """What a task asks."""
        return cls(
            now=task.now,
            version=task.settings.version,
            author=author,
            scopes=task.account_details.get("scopes"),
        )


def _document(answer: Answer) -> Mapping[str, Any]:
    return answer.document if isinstance(answer.document, dict) else {}


def _input_error(answer: Answer) -> Mapping[str, Any]:
    details = _document(answer).get("errorDetails")
    errors = details.get("inputErrors") if isinstance(details, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def error_code(answer: Answer) -> str:
    """The code of the first wrong field, else that of the answer, else its number, else nothing."""
    document = _document(answer)
    for found in (_input_error(answer).get("code"), document.get("code")):
        if isinstance(found, str) and found:
            return found
    return str(document.get("serviceErrorCode", ""))


def error_words(answer: Answer) -> str:
    """What LinkedIn says in words, or its status."""
    found = _input_error(answer).get("description") or _document(answer).get("message")
    return found if isinstance(found, str) and found else f"HTTP {answer.status}"


def is_expired(answer: Answer) -> bool:
    """Whether the token's sixty days are over, so that renewing it may help."""
    number = _document(answer).get("serviceErrorCode")
    named = error_code(answer) == "EXPIRED_ACCESS_TOKEN" or number == 65602  # noqa: PLR2004 - LinkedIn's
    return answer.status == UNAUTHENTICATED and named


def is_duplicate(answer: Answer) -> bool:
    """Whether the same author has posted the same before."""
    return error_code(answer) == "DUPLICATE_POST"


def original_of(answer: Answer) -> str | None:
    """The post that an answer calls the original of a duplicate."""
    document = _document(answer)
    return post_in(f"{document.get('message', '')} {error_words(answer)}")


def auth_failed(message: str, response: Any = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """The account cannot be used until a person connects it again."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        message=f"LinkedIn no longer accepts this account's consent: {message}",
        platform=PLATFORM,
        platform_response=response,
        remediation="Connect the account again.",
    )


def unavailable(message: str, response: Any = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """LinkedIn, or the way to it, does not work now."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=f"LinkedIn did not take the request: {message}",
        platform=PLATFORM,
        platform_response=response,
    )


def rejected(
    message: str,
    response: Any = None,  # noqa: ANN401 - JSON
    *,
    rule: Rule | None = None,
) -> LetmepostError:
    """LinkedIn refused this post for good."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_REJECTED,
        message=f"LinkedIn refused the post: {message}",
        platform=PLATFORM,
        rule=rule.id if rule else None,
        platform_response=response,
        remediation=rule.remediation if rule else None,
    )


def not_answered(error: NoAnswerError) -> LetmepostError:
    """The error of a request without an answer."""
    return unavailable(error.reason)


def unreadable(answer: Answer) -> LetmepostError:
    """The error of a 2xx that is not what it should be: a proxy's page, or a body cut short."""
    return unavailable("the answer is not readable", answer.shown())


def refusal(answer: Answer, asking: Asking) -> Rejected | TryLater:
    """What an answer other than a success means, when it says that nothing was made."""
    outcome: Rejected | TryLater
    match answer.status:
        case 401:
            outcome = Rejected(error=auth_failed(error_words(answer), answer.shown()))
        case 403:
            outcome = Rejected(error=_forbidden(answer, asking))
        case 426:
            outcome = _sunset(answer, asking)
        case 429:
            outcome = _throttled(answer, asking.now)
        case status if status >= SERVER_ERROR:
            outcome = TryLater(error=unavailable(error_words(answer), answer.shown()))
        case _ if answer.ok:
            outcome = TryLater(error=unreadable(answer))
        case _:
            outcome = _bad_request(answer)
    return outcome


def _forbidden(answer: Answer, asking: Asking) -> LetmepostError:
    message, shown = error_words(answer), answer.shown()
    organization = asking.author.startswith("urn:li:organization:")
    if "processing fields" in message:
        # The author, or the owner of a file, is not one whom this token may act for.
        error = rejected(message, shown, rule=ORGANIZATION_ROLE if organization else None)
        error.remediation = error.remediation or "Connect the account again, or name its own URN."
        return error
    if "Not enough permissions" not in message:
        return rejected(message, shown)
    needed = ORGANIZATION_SCOPE if organization else MEMBER_SCOPE
    if asking.scopes is None or needed not in asking.scopes:
        return auth_failed(f"{message} (the scope {needed} is missing)", shown)
    # The member consented to this scope, so another consent changes nothing: the app lacks more.
    error = rejected(message, shown)
    error.remediation = "Add the product that this call needs to your app at LinkedIn."
    return error


def _sunset(answer: Answer, asking: Asking) -> TryLater:
    error = refuse(VERSION_SUPPORTED, actual=asking.version, platform_response=answer.shown())
    error.retry_after_seconds, error.retry_after_source = SUNSET_WAIT_SECONDS, "this server"
    return TryLater(error=error, retry_after_seconds=SUNSET_WAIT_SECONDS)


def _throttled(answer: Answer, now: datetime) -> TryLater:
    """No header says when to come back; a day's count begins anew at midnight UTC."""
    message = error_words(answer)
    error = unavailable(message, answer.shown())
    if "DAY" not in message:
        return TryLater(error=error)
    if "MEMBER" in message:
        error.rule = MEMBER_REQUESTS.id
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = (midnight - now).total_seconds()
    error.retry_after_seconds, error.retry_after_source = seconds, "midnight UTC"
    return TryLater(error=error, retry_after_seconds=seconds)


def _bad_request(answer: Answer) -> Rejected | TryLater:
    code, message, shown = error_code(answer), error_words(answer), answer.shown()
    if code in (FILE_NOT_READY, UPLOAD_EXPIRED):
        error = unavailable(message, shown)
        error.retry_after_seconds, error.retry_after_source = FILE_WAIT_SECONDS, "this server"
        return TryLater(error=error, retry_after_seconds=FILE_WAIT_SECONDS)
    if is_duplicate(answer):
        original = original_of(answer) or "a post"
        error = refuse(POST_DUPLICATE, actual=original, platform_response=shown)
        return Rejected(error=error)
    too_long = code in _TOO_LONG and "commentary" in message.lower()
    return Rejected(error=rejected(message, shown, rule=text_too_long if too_long else None))
