"""What X's refusals mean, and what is done about each.

Sources: https://docs.x.com/x-api/fundamentals/response-codes-and-errors, and bodies that are
quoted in public issues, since X words several of them nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platforms.twitter.rules import MUST_BE_SUMMONED, POSTS_PER_APP, POSTS_PER_USER
from letmepost.platforms.twitter.rules_published import (
    APP_NOT_ENROLLED,
    CREDITS,
    DUPLICATE,
    QUOTE_REFUSED,
)
from letmepost.platforms.twitter.rules_text import too_many_cashtags
from letmepost.platforms.twitter.rules_video import video_too_long
from letmepost.preflight.rule import Rule

PLATFORM = "twitter"
REQUIRED_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write")

UNAUTHORIZED = 401
PAYMENT_REQUIRED = 402
FORBIDDEN = 403
NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
CLIENT_ERROR = 400
SERVER_ERROR = 500

CREDITS_WAIT_SECONDS = 3600.0
PLAN_CAP_WAIT_SECONDS = 6 * 3600.0
NEVER_LONGER_SECONDS = 24 * 3600.0

# X tells of up to three windows at once, and the fullest of them is not always the first.
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_ACCOUNT_CODES = frozenset({64, 326})
_NOT_ENROLLED_CODE = 453
# X tells these apart by their words alone; each is 403 with the type about:blank.
_WORDS: tuple[tuple[str, Rule], ...] = (
    ("duplicate content", DUPLICATE),
    ("reply to this conversation is not allowed", MUST_BE_SUMMONED),
    ("you can only reply to or quote posts", MUST_BE_SUMMONED),
    ("quoting this post is not allowed", QUOTE_REFUSED),
    ("cashtag", too_many_cashtags),
    ("video longer than", video_too_long),
)


def body_of(answer: Answer) -> Mapping[str, Any]:
    """The answer's JSON object, or an empty one."""
    return answer.document if isinstance(answer.document, dict) else {}


def slug(problem: Mapping[str, Any]) -> str:
    """The last part of a problem's type; X writes the same one under two hosts."""
    kind = problem.get("type")
    return kind.rpartition("/")[2] if isinstance(kind, str) else ""


def error_entries(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """The entries of `errors`, which a 2xx may have too."""
    entries = body_of(answer).get("errors")
    for each in entries if isinstance(entries, list) else ():
        if isinstance(each, dict):
            yield each


def error_words(answer: Answer) -> str:
    """What X says in words, or the status."""
    body = body_of(answer)
    told = (
        *(each.get("message") or each.get("detail") for each in error_entries(answer)),
        body.get("error_description"),
    )
    words = [each for each in (body.get("detail"), *told) if isinstance(each, str) and each]
    return " ".join(dict.fromkeys(words)) or f"HTTP {answer.status}"


def is_duplicate(answer: Answer) -> bool:
    """Whether X has this text of the account already."""
    return answer.status == FORBIDDEN and "duplicate content" in error_words(answer).lower()


def is_lost_media(answer: Answer) -> bool:
    """Whether X knows the uploaded media no longer, or not as the account's own."""
    return answer.status == CLIENT_ERROR and "media ids are invalid" in error_words(answer).lower()


def rate_wait(answer: Answer, now: datetime) -> tuple[float, str] | tuple[None, None]:
    """How many seconds until the last of the exhausted windows ends, and which header said so."""
    waits = []
    for window in _WINDOWS:
        reset = answer.headers.get(f"{window}-reset", "")
        if answer.headers.get(f"{window}-remaining") == "0" and reset.isdigit():
            waits.append((float(reset) - now.timestamp(), f"{window}-reset"))
    if not waits:
        return None, None
    seconds, source = max(waits)
    return min(max(1.0, seconds), NEVER_LONGER_SECONDS), source


def unavailable(words: str, response: Any = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """X, or the way to it, does not work now."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=f"X did not take the request: {words}",
        platform=PLATFORM,
        platform_response=response,
    )


def not_answered(error: NoAnswerError) -> LetmepostError:
    """The error of a request without an answer."""
    return unavailable(error.reason)


def unreadable(answer: Answer) -> LetmepostError:
    """The error of a 2xx that is not the JSON it should be."""
    return unavailable("the answer is not readable", answer.shown())


def auth_failed(words: str, response: Any = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """The account cannot be used until a person does something."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        message=f"X no longer lets this server act for the account: {words}",
        platform=PLATFORM,
        platform_response=response,
        remediation="Connect the account again; if X has locked it, unlock it at X first.",
    )


def rejected(words: str, response: Any = None, rule: Rule | None = None) -> LetmepostError:  # noqa: ANN401 - JSON
    """X refused this post for good."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_REJECTED,
        message=f"X refused the post: {words}",
        platform=PLATFORM,
        rule=rule.id if rule else None,
        platform_response=response,
        remediation=rule.remediation if rule else None,
    )


def later(
    error: LetmepostError, seconds: float | None = None, source: str | None = None
) -> TryLater:
    """Nothing was published, and the same may pass later."""
    error.retry_after_seconds, error.retry_after_source = seconds, source
    return TryLater(error=error, retry_after_seconds=seconds)


def as_refusal(error: LetmepostError) -> Rejected | TryLater:
    """What an error means that came before anything was published, as from renewing a token."""
    if error.retryable:
        return TryLater(error=error, retry_after_seconds=error.retry_after_seconds)
    return Rejected(error=error)


def refusal(answer: Answer, now: datetime, scopes: Iterable[str] | None) -> Rejected | TryLater:
    """What an answer other than the one that was hoped for means, when nothing was created.

    `scopes` are those that the account has granted, None where they are not known.
    """
    words, shown = error_words(answer), answer.shown()
    if answer.status in (PAYMENT_REQUIRED, TOO_MANY_REQUESTS):
        return _used_up(answer, now)
    if answer.status == UNAUTHORIZED:
        return Rejected(error=auth_failed(words, shown))
    if answer.ok:
        return later(unreadable(answer))
    if answer.status >= SERVER_ERROR or answer.document is None:
        # A page in the place of JSON comes from what stands before X, and says nothing of the post.
        return later(unavailable(words, shown))
    if answer.status == FORBIDDEN:
        return Rejected(error=_forbidden(answer, scopes))
    return Rejected(error=rejected(words, shown, _rule(words)))


def _used_up(answer: Answer, now: datetime) -> TryLater:
    error = unavailable(error_words(answer), answer.shown())
    if answer.status == PAYMENT_REQUIRED:
        error.rule, error.remediation = CREDITS.id, CREDITS.remediation
        return later(error, CREDITS_WAIT_SECONDS, "backoff")
    if slug(body_of(answer)) == "usage-capped":
        return later(error, PLAN_CAP_WAIT_SECONDS, "backoff")
    return later(error, *rate_wait(answer, now))


def name_rate_rule(ended: TryLater) -> None:
    """Say which limit of posts is used up, where X said it."""
    source = ended.error.retry_after_source or ""
    if source.startswith("x-"):
        rule = POSTS_PER_APP if source.startswith("x-app") else POSTS_PER_USER
        ended.error.rule = rule.id


def _forbidden(answer: Answer, scopes: Iterable[str] | None) -> LetmepostError:
    words, shown = error_words(answer), answer.shown()
    kind = slug(body_of(answer))
    codes = {each.get("code") for each in error_entries(answer)}
    if rule := _rule(words):
        return rejected(words, shown, rule)
    if kind == "unsupported-authentication" or _names_account_trouble(words, kind, codes):
        return auth_failed(words, shown)
    if kind == "client-forbidden" or _NOT_ENROLLED_CODE in codes:
        return rejected(words, shown, APP_NOT_ENROLLED)
    lacking = [] if scopes is None else [each for each in REQUIRED_SCOPES if each not in scopes]
    if lacking:
        return auth_failed(f"{words} It has not granted {', '.join(lacking)}.", shown)
    if kind == "oauth1-permissions":
        return rejected(words, shown, APP_NOT_ENROLLED)
    return rejected(words, shown)


def _names_account_trouble(words: str, kind: str, codes: set[Any]) -> bool:
    told = words.lower()
    named = "account" in told and ("suspended" in told or "locked" in told)
    return kind == "user-suspended" or bool(codes & _ACCOUNT_CODES) or named


def _rule(words: str) -> Rule | None:
    told = words.lower()
    return next((rule for part, rule in _WORDS if part in told), None)
