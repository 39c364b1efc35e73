"""What Pinterest's refusals mean, and what is done about each.

Status and code decide together: a 429 may be for good, and a 401 may have nothing to do with the
token. Sources: the OpenAPI description, https://github.com/pinterest/api-description, and answers
that callers have published.
"""

import re
from dataclasses import replace
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platforms.pinterest.rules import BOARD_EXISTS, TRIAL_HOST
from letmepost.preflight.refuse import refuse
from letmepost.preflight.rule import Rule

PLATFORM = "pinterest"
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500

APP_NOT_ACTIVE = 3
NOT_OWNER = 7
LINK_BLOCKED = 9
BOARD_NOT_FOUND = 40
PIN_NOT_FOUND = 50
BOARD_NAME_TAKEN = 58

NEVER_LONGER_SECONDS = 24 * 3600.0
# Where no header says how long.
_WAITS_SECONDS = {CONFLICT: 2.0, TOO_MANY_REQUESTS: 60.0}

_SETTINGS = "LETMEPOST_PINTEREST_CLIENT_ID and LETMEPOST_PINTEREST_CLIENT_SECRET"
_TRIAL = "trial access"
_FEW_RIGHTS = "sufficient permissions"
_NO_BUSINESS = "PINNER_DATA_ACCESS_DENIED"
_BLOCKED = "blocked this link"
_NOT_FETCHED = ("unable to reach the url", "could not fetch the image")


def code_of(answer: Answer) -> int | None:
    """Pinterest's own number in the answer."""
    document = answer.document
    code = document.get("code") if isinstance(document, dict) else None
    return code if isinstance(code, int) else None


def words_of(answer: Answer) -> str:
    """What Pinterest says in words, or its status."""
    document = answer.document
    said = document.get("message") if isinstance(document, dict) else None
    return said if isinstance(said, str) and said else f"HTTP {answer.status}"


def is_stale_token(answer: Answer) -> bool:
    """Whether renewing the token may help."""
    return answer.status == UNAUTHORIZED and code_of(answer) not in (APP_NOT_ACTIVE, NOT_OWNER)


def was_not_fetched(answer: Answer) -> bool:
    """Whether Pinterest could not open an address that the pin names."""
    said = words_of(answer).lower()
    return not answer.ok and any(each in said for each in _NOT_FETCHED)


def wait_seconds(answer: Answer) -> tuple[float, str] | tuple[None, None]:
    """How long Pinterest asks us to wait, and which header said so; it sends no Retry-After.

    A header may hold a list, such as `100, 100;w=1;name="..."`, whose first number counts.
    """
    for header in ("Retry-After", "x-ratelimit-reset"):
        if (found := re.match(r"\s*(\d+)", answer.headers.get(header, ""))) is not None:
            return min(max(1.0, float(found[1])), NEVER_LONGER_SECONDS), header
    return None, None


def failure(
    code: ErrorCode,
    message: str,
    answer: Answer | None = None,
    *,
    remediation: str | None = None,
) -> LetmepostError:
    """An error of this platform, with what it answered."""
    return LetmepostError(
        code=code,
        message=message,
        platform=PLATFORM,
        platform_response=answer.shown() if answer else None,
        remediation=remediation,
    )


def by_rule(
    rule: Rule,
    actual: object,
    answer: Answer | None = None,
    *,
    code: ErrorCode | None = None,
) -> LetmepostError:
    """The error that a rule declares; `code` where the platform has found it and not we."""
    error = refuse(rule, platform_response=answer.shown() if answer else None, actual=actual)
    return replace(error, code=code, retryable=None) if code else error


def unavailable(said: str, answer: Answer | None = None) -> LetmepostError:
    """Pinterest, or the way to it, does not work now."""
    message = f"Pinterest did not take the request: {said}"
    return failure(ErrorCode.PLATFORM_UNAVAILABLE, message, answer)


def not_answered(error: NoAnswerError) -> LetmepostError:
    """The error of a request without an answer."""
    return unavailable(error.reason)


def wrong_app(answer: Answer) -> LetmepostError:
    """The app itself is refused, so no account of it works: its operator has to act."""
    return failure(
        ErrorCode.PLATFORM_UNAVAILABLE,
        f"Pinterest refused the credentials of this server's app: {words_of(answer)}",
        answer,
        remediation=f"Ask the operator to correct {_SETTINGS}; the accounts are in order.",
    )


def auth_failed(answer: Answer, remediation: str | None = None) -> LetmepostError:
    """The account cannot be used until a person acts."""
    return failure(
        ErrorCode.PLATFORM_AUTH_FAILED,
        f"Pinterest no longer accepts this account's connection: {words_of(answer)}",
        answer,
        remediation=remediation or "Connect the account again, then retry the post.",
    )


def refusal(answer: Answer) -> Rejected | TryLater:
    """What an answer other than 2xx means for the attempt, when it says that nothing was made."""
    code, said = code_of(answer), words_of(answer)
    if code == LINK_BLOCKED or _BLOCKED in said.lower():
        # A status of 429, and no wait will change it.
        return Rejected(
            error=_rejected(
                answer,
                "Use the address of the page itself on another domain: shortened addresses are "
                "often blocked.",
            )
        )
    if _TRIAL in said.lower():
        return Rejected(error=by_rule(TRIAL_HOST, said, answer))
    if answer.status in _WAITS_SECONDS or answer.status >= SERVER_ERROR:
        return _later(answer, _WAITS_SECONDS.get(answer.status))
    if answer.ok:
        # A 2xx that is not the JSON it should be: a proxy's page, or a body cut short.
        return TryLater(error=unavailable("the answer is not readable", answer))
    return Rejected(error=_refused(answer, code, said))


def _later(answer: Answer, seconds_if_unsaid: float | None) -> TryLater:
    seconds, source = wait_seconds(answer)
    error = unavailable(words_of(answer), answer)
    error.retry_after_seconds = seconds_if_unsaid if seconds is None else seconds
    error.retry_after_source = source
    return TryLater(error=error, retry_after_seconds=error.retry_after_seconds)


def _refused(answer: Answer, code: int | None, said: str) -> LetmepostError:
    if code == APP_NOT_ACTIVE:
        return auth_failed(
            answer,
            "Ask the operator of this server to activate its app at Pinterest; connecting the "
            "account again does not help.",
        )
    if answer.status == FORBIDDEN and _FEW_RIGHTS in said.lower():
        return auth_failed(answer, "Connect the account again, and grant everything it asks for.")
    if answer.status == UNAUTHORIZED and code != NOT_OWNER:
        return auth_failed(answer)
    if _NO_BUSINESS in said:
        return _rejected(
            answer,
            "Turn the Pinterest account into a business account: newer apps may not read the data "
            "of others.",
        )
    if code == BOARD_NOT_FOUND:
        return by_rule(BOARD_EXISTS, "of this id", answer, code=ErrorCode.PLATFORM_REJECTED)
    return _rejected(answer)


def _rejected(answer: Answer, remediation: str | None = None) -> LetmepostError:
    message = f"Pinterest refused the request: {words_of(answer)}"
    return failure(ErrorCode.PLATFORM_REJECTED, message, answer, remediation=remediation)


def readable(answer: Answer) -> dict[str, Any] | None:
    """The JSON object of a good answer, None where there is none."""
    return answer.document if answer.ok and isinstance(answer.document, dict) else None
