"""What the Graph API's refusals mean, as rows of a table that each platform extends.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling and
.../docs/graph-api/overview/rate-limiting, and error bodies that were seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.graph.errors import GraphError, without_tokens
from letmepost.platform_kit.graph.usage import Usage
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.redaction import ANSWERED_SECRET_NAMES, redact

log = structlog.get_logger()

HOUR: Final = 3600.0
SERVER_ERROR: Final = 500
TOO_MANY_REQUESTS: Final = 429
CONNECT_AGAIN: Final = "Connect the account again."
Ends = Literal["auth", "rejected", "later", "unsure"]
_CODES: Final = {
    "auth": ErrorCode.PLATFORM_AUTH_FAILED,
    "rejected": ErrorCode.PLATFORM_REJECTED,
    "later": ErrorCode.PLATFORM_UNAVAILABLE,
    "unsure": ErrorCode.PLATFORM_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What one refusal means. Without a `code` the subcode alone decides.

    `ends`: `auth` needs a person, `rejected` is for good, `later` is for now, and `unsure` is
    `later` unless the call may have created something. `rule` is the rule that should have found
    it before. `anew` says that a container must be made anew.
    """

    code: int | range | None = None
    subcode: int | None = None
    ends: Ends
    message: str
    remediation: str | None = None
    rule: str | None = None
    retry_after_seconds: float | None = None
    anew: bool = False


class FailureTable:
    """Rows by code and subcode; a row takes the place of an earlier one of the same key."""

    def __init__(self, *rows: Failure) -> None:
        self._rows = {(row.code, row.subcode): row for row in rows}

    def __iter__(self) -> Iterator[Failure]:
        """The rows that count."""
        return iter(self._rows.values())

    def find(self, error: GraphError) -> Failure | None:
        """The row that says the most of an error.

        That of its code and subcode, else that of its subcode, its code, or a range of codes.
        """
        keys: list[tuple[int | None, int | None]] = [(error.code, None)]
        if error.subcode is not None:
            keys = [(error.code, error.subcode), (None, error.subcode), *keys]
        for key in keys:
            if key != (None, None) and (row := self._rows.get(key)) is not None:
                return row
        return next(
            (
                row
                for row in self
                if isinstance(row.code, range) and row.subcode is None and error.code in row.code
            ),
            None,
        )


def unlisted(error: GraphError | None, answer: Answer) -> Failure:
    """What a refusal means that no row names: by the platform's own word, else by the status."""
    passes = (error is not None and error.transient) or answer.status >= SERVER_ERROR
    if answer.status == TOO_MANY_REQUESTS:
        return Failure(ends="later", message="Too many calls were made.", retry_after_seconds=HOUR)
    if passes:
        return Failure(ends="unsure", message="The platform failed for now.")
    if answer.ok and error is None:
        return Failure(ends="unsure", message="The answer is not readable.")
    return Failure(ends="rejected", message="The platform refused the request.")


def as_error(
    failure: Failure, error: GraphError | None, answer: Answer, platform: str
) -> LetmepostError:
    """The error of a refusal: our words first, then the platform's own.

    A refusal that a rule should have found is logged as `preflight.missed`.
    """
    code = error.code if error else None
    if failure.rule is not None:
        log.warning(
            "preflight.missed",
            rule=failure.rule,
            platform=platform,
            code=code,
            subcode=error.subcode if error else None,
        )
    made = LetmepostError(
        code=_CODES[failure.ends],
        message=failure.message if error is None else f'{failure.message} ("{error.words}")',
        platform=platform,
        rule=failure.rule,
        platform_response=redact(answer.shown(), without_tokens, ANSWERED_SECRET_NAMES),
        remediation=failure.remediation or (CONNECT_AGAIN if failure.ends == "auth" else None),
    )
    if failure.ends in ("later", "unsure"):
        regain_minutes = Usage.of(answer.headers).regain_minutes
        if regain_minutes > 0:
            made.retry_after_seconds = regain_minutes * 60
            made.retry_after_source = "x-business-use-case-usage"
        elif failure.retry_after_seconds is not None:
            made.retry_after_seconds = failure.retry_after_seconds
            made.retry_after_source = "this server"
    return made


def _auth(
    code: int | range, subcode: int | None, message: str, remedy: str = CONNECT_AGAIN
) -> Failure:
    return Failure(code=code, subcode=subcode, ends="auth", message=message, remediation=remedy)


def _wait(code: int, message: str, seconds: float = HOUR, subcode: int | None = None) -> Failure:
    return Failure(
        code=code, subcode=subcode, ends="later", message=message, retry_after_seconds=seconds
    )


def _content(subcode: int | None) -> Failure:
    return Failure(
        code=368,
        subcode=subcode,
        ends="rejected",
        message="The content was taken for abusive or against the platform's standards.",
        remediation="Change the post, and look at the account's support inbox at the platform.",
    )


_SCOPES = "Connect the account again and grant every permission that is asked for."

SHARED_FAILURES: Final = (
    _auth(190, None, "The token is not valid any more."),
    _auth(190, 458, "The user has removed the app."),
    _auth(
        190,
        459,
        "The account is held at a security check.",
        "Log in at the platform in a browser, pass the check, then connect the account again.",
    ),
    _auth(190, 460, "The user has changed the password, which ends all tokens."),
    _auth(190, 461, "The session has ended."),
    _auth(190, 463, "The token has expired."),
    _auth(
        190,
        464,
        "The user's account is not confirmed.",
        "Confirm the account at the platform, then connect it again.",
    ),
    _auth(190, 467, "The user has logged out, which ended the token."),
    _auth(
        190,
        492,
        "The user has no role any more on the Page or account.",
        "Have a role given back, then connect the account again.",
    ),
    _auth(102, None, "The session of the token has ended."),
    _auth(10, None, "The app may not do this with this account.", _SCOPES),
    _auth(
        range(200, 300),
        None,
        "A permission, or the user's role, is missing.",
        "See that the user may create content there, then connect the account again and grant "
        "every permission.",
    ),
    _wait(4, "The app has made too many calls."),
    _wait(17, "The user has made too many calls."),
    _wait(32, "Too many calls were made for this Page."),
    _wait(613, "Too many calls of this kind were made."),
    _wait(80001, "Too many calls were made for this Page."),
    _wait(80002, "Too many calls were made for this account."),
    _wait(341, "The account has posted too much for now.", 3 * HOUR),
    _wait(368, "The account went too fast and is blocked for now.", 3 * HOUR, 1390008),
    _wait(368, "The account is limited for some days.", 24 * HOUR, 1404112),
    _content(None),
    *(_content(subcode) for subcode in (1346003, 1404102, 1404006)),
    *(
        _auth(
            368,
            subcode,
            "The platform wants the user to confirm who they are before anything is published.",
            "Follow the authorization that the platform asks for, then retry the post.",
        )
        for subcode in (1404078, 4854002)
    ),
    Failure(
        code=1,
        ends="unsure",
        message="The platform failed for a reason that it does not tell.",
        retry_after_seconds=60.0,
    ),
    Failure(
        code=2,
        ends="unsure",
        message="The platform's service is not available for now.",
        retry_after_seconds=60.0,
    ),
    _auth(21, None, "The Page has moved to another id."),
    Failure(
        code=803,
        ends="rejected",
        message="What the request names does not exist.",
        remediation="Check the ids in the post.",
    ),
    Failure(
        code=3,
        ends="rejected",
        message="The app lacks the capability for this call.",
        remediation="Ask the operator to add the use case to the app at the platform.",
    ),
)
