"""Tables of the Graph API's failures: what each code means, and what is done about it.

A platform's table holds its own rows before the shared ones; the first that fits is taken. The
meanings are those of Meta's documents and of answers that callers have published; `HTTP` statuses
say little there, since nearly everything comes as 400.
Source: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.graph.errors import GraphError, without_tokens
from letmepost.platform_kit.graph.usage import BUSINESS_USAGE, Usage
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.redaction import ANSWERED_SECRET_NAMES, redact

log = structlog.get_logger()

Ends = Literal["auth", "rejected", "later"]

_HOUR_SECONDS: Final = 3600.0
_MINUTE_SECONDS: Final = 60.0
_RECONNECT: Final = "Connect the account again, then retry the post."
_CODES: Final = {
    "auth": ErrorCode.PLATFORM_AUTH_FAILED,
    "rejected": ErrorCode.PLATFORM_REJECTED,
    "later": ErrorCode.PLATFORM_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One row: which errors it is for, and what they mean.

    Without `codes` any code fits, without `subcodes` any subcode. `text` must be in the message.
    `message` says in our words what the API's words hide. `rule` is what the error is called in the
    catalogue, and `missed` says that the preflight should have found it. `unsure` says that the
    call may have done its work all the same.
    """

    ends: Ends
    codes: tuple[int, ...] = ()
    subcodes: tuple[int, ...] = ()
    text: str | None = None
    message: str | None = None
    remediation: str | None = None
    rule: str | None = None
    missed: bool = False
    retry_after_seconds: float | None = None
    unsure: bool = False

    def fits(self, error: GraphError) -> bool:
        """Whether the row is for this error."""
        return (
            (not self.codes or error.code in self.codes)
            and (not self.subcodes or error.subcode in self.subcodes)
            and (self.text is None or self.text.lower() in error.message.lower())
        )


SHARED_FAILURES: Final[Sequence[Failure]] = (
    Failure(
        codes=(190,),
        subcodes=(463, 467),
        ends="auth",
        message="The account's token has expired or was ended.",
        remediation=_RECONNECT,
    ),
    Failure(
        codes=(190,),
        subcodes=(460,),
        ends="auth",
        message="The account's password was changed, which ended its token.",
        remediation=_RECONNECT,
    ),
    Failure(
        codes=(190,),
        subcodes=(458,),
        ends="auth",
        message="The account's owner has removed this app.",
        remediation=_RECONNECT,
    ),
    Failure(
        codes=(190,),
        subcodes=(459, 464),
        ends="auth",
        message="Meta wants the account's owner to confirm something before apps may act.",
        remediation="Let the owner log in on the platform itself and confirm; then connect again.",
    ),
    Failure(
        codes=(190, 102),
        ends="auth",
        message="The account's token is not accepted.",
        remediation=_RECONNECT,
    ),
    Failure(
        codes=(10, *range(200, 300)),
        ends="auth",
        message="This app lacks a permission for the account.",
        remediation="Connect the account again and grant everything that is asked for; the app "
        "itself may still need Meta's review.",
    ),
    Failure(
        codes=(4, 17, 32, 613, 80001, 80002, 80006),
        ends="later",
        message="Too many calls: the API has slowed this app or account down.",
        retry_after_seconds=_HOUR_SECONDS,
    ),
    Failure(
        codes=(341,),
        ends="later",
        message="The account has posted too much for now.",
        retry_after_seconds=3 * _HOUR_SECONDS,
    ),
    Failure(codes=(1, 2), ends="later", retry_after_seconds=_MINUTE_SECONDS, unsure=True),
    Failure(
        codes=(368,),
        subcodes=(1390008,),
        ends="later",
        message="The account went too fast and is blocked for some hours.",
        retry_after_seconds=3 * _HOUR_SECONDS,
    ),
    Failure(
        codes=(368,),
        subcodes=(1404112,),
        ends="later",
        message="The account is limited for some days.",
        retry_after_seconds=24 * _HOUR_SECONDS,
    ),
    Failure(
        codes=(368,),
        subcodes=(1404078, 4854002),
        ends="auth",
        message="The platform wants the owner to confirm who they are before anything is posted.",
        remediation="Follow the authorization that the platform asks for, then retry the post.",
    ),
    Failure(
        codes=(368,),
        ends="rejected",
        message="The platform has blocked this account or this content for a time.",
        remediation="Look in the platform's own app for what it objects to.",
    ),
    Failure(codes=(21,), ends="auth", message="The Page has moved to another id."),
    Failure(codes=(803,), ends="rejected", message="What the request names does not exist."),
    Failure(
        codes=(3,),
        ends="rejected",
        message="The app lacks the capability for this call.",
        remediation="Ask the operator to add the use case to the app at the platform.",
    ),
)


@dataclass(frozen=True, slots=True)
class FailureTable:
    """A platform's failures. `title` is its name for people."""

    platform: str
    title: str
    rows: Sequence[Failure]

    def find(self, error: GraphError | None) -> Failure | None:
        """The row of an error."""
        if error is None:
            return None
        return next((row for row in (*self.rows, *SHARED_FAILURES) if row.fits(error)), None)

    def refusal(self, answer: Answer, error: GraphError | None) -> Rejected | TryLater:
        """What a refusal means for an attempt, when nothing was made by the call."""
        row = self.find(error)
        if row is None:
            row = _unlisted(answer, error)
        elif row.missed:
            log.warning(
                "preflight.missed",
                rule=row.rule,
                platform=self.platform,
                code=error.code if error else None,
                subcode=error.subcode if error else None,
            )
        made = self.error(row, answer, error)
        if row.ends == "later":
            return TryLater(error=made, retry_after_seconds=made.retry_after_seconds)
        return Rejected(error=made)

    def error(self, row: Failure, answer: Answer, error: GraphError | None) -> LetmepostError:
        """The error of a row, with what the platform said."""
        said = error.words if error else f"HTTP {answer.status}"
        words = f"{row.message} {self.title} says: {said}" if row.message else said
        made = LetmepostError(
            code=_CODES[row.ends],
            message=words if row.message else f"{self.title} refused the request: {said}",
            rule=row.rule,
            platform=self.platform,
            platform_response=redact(answer.shown(), without_tokens, ANSWERED_SECRET_NAMES),
            remediation=row.remediation or (_RECONNECT if row.ends == "auth" else None),
        )
        if row.ends != "later":
            return made
        # The platform's own word on when to come back counts before ours.
        if (minutes := Usage.of(answer.headers).regain_minutes) > 0:
            made.retry_after_seconds = minutes * 60
            made.retry_after_source = BUSINESS_USAGE.lower()
        elif row.retry_after_seconds is not None:
            made.retry_after_seconds = row.retry_after_seconds
            made.retry_after_source = "this server"
        return made

    def unavailable(self, said: str, answer: Answer | None = None) -> LetmepostError:
        """The platform, or the way to it, does not work now."""
        return LetmepostError(
            code=ErrorCode.PLATFORM_UNAVAILABLE,
            message=f"{self.title} did not take the request: {said}",
            platform=self.platform,
            platform_response=answer.shown() if answer else None,
        )


_TOO_MANY_REQUESTS: Final = 429
_UNAUTHORIZED: Final = 401
_SERVER_ERROR: Final = 500


def _unlisted(answer: Answer, error: GraphError | None) -> Failure:
    """What an error means that no row is for: its status and its own opinion are all there is."""
    if answer.status == _UNAUTHORIZED:
        return Failure(ends="auth")
    if answer.status == _TOO_MANY_REQUESTS or (error is not None and error.transient):
        return Failure(ends="later", retry_after_seconds=_MINUTE_SECONDS)
    if answer.status >= _SERVER_ERROR or answer.ok:
        return Failure(ends="later")
    return Failure(ends="rejected")
