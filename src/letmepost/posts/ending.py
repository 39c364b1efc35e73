"""From an outcome to the ledger's next state: what is tried again, when, and what is given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, assert_never

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.lease import Lease
from letmepost.jobs.retry import FIRST_WAIT_SECONDS, backoff_seconds
from letmepost.platform_kit.outcome import (
    Absent,
    Outcome,
    Published,
    Reconciled,
    Rejected,
    TryLater,
    Unknown,
    Waiting,
)
from letmepost.platform_kit.platform import Platform
from letmepost.posts.ledger import Ending
from letmepost.posts.loaded import Loaded
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN

MAX_TRIES = 5
LOOK_UP_AFTER_SECONDS = 2.0


def error_record(
    error: LetmepostError,
    platform: Platform,
    *,
    will_retry: bool,
    wait_seconds: float | None = None,
    wait_source: str | None = None,
) -> dict[str, Any]:
    """An error as the ledger keeps it and the API shows it."""
    record = {
        "code": error.code.value,
        "message": error.message,
        "rule": error.rule,
        "platform": platform.name,
        "platformVersion": platform.version.current,
        "platformResponse": error.platform_response,
        "remediation": error.remediation,
        "retryable": bool(error.retryable),
        "willRetry": will_retry,
        "retryAfterSeconds": None if wait_seconds is None else round(wait_seconds, 1),
        "retryAfterSource": wait_source,
    }
    return {name: value for name, value in record.items() if value is not None}


@dataclass(frozen=True)
class RetryPolicy:
    """How often and when a publication is tried again. `random` gives a number from 0 to 1."""

    random: Callable[[], float]
    max_tries: int = MAX_TRIES
    first_wait_seconds: float = FIRST_WAIT_SECONDS

    def wait_seconds(self, loaded: Loaded) -> float:
        """The backoff before the next try."""
        failed = loaded.row["failed_tries"] + 1
        return backoff_seconds(failed, self.random, self.first_wait_seconds)


@dataclass(frozen=True)
class Conclusion:
    """The end of one attempt at one publication; `purpose` is `publish` or `reconcile`."""

    retry: RetryPolicy
    lease: Lease
    loaded: Loaded
    platform: Platform
    purpose: str
    now: datetime

    def ending(self, outcome: Outcome | Reconciled) -> Ending:
        """What the ledger writes."""
        match outcome:
            case Published():
                ending = self._published(outcome)
            case Waiting():
                ending = Ending(
                    outcome="waiting",
                    values={"state": "waiting", "checkpoint": dict(outcome.checkpoint)},
                    look_again_after=timedelta(seconds=outcome.look_after_seconds),
                )
            case Rejected() if self.purpose == "reconcile":
                # A look-up that is refused says nothing of the post, which may well be there.
                ending = self._unknown(outcome.error)
            case Rejected():
                record = error_record(outcome.error, self.platform, will_retry=False)
                ending = Ending(outcome="rejected", values={"state": "rejected"}, error=record)
            case TryLater() if self.purpose == "reconcile":
                # The look-up failed, so what became of the post is as unknown as before.
                ending = self._unknown(outcome.error)
            case TryLater():
                ending = self._try_later(outcome)
            case Unknown():
                ending = self._unknown(outcome.error)
            case Absent():
                ending = self._absent()
            case _:
                assert_never(outcome)
        return ending

    def _tries(self) -> int:
        return int(self.loaded.row["failed_tries"]) + 1

    def _published(self, outcome: Published) -> Ending:
        warned = [{"code": each.code, "message": each.message} for each in outcome.warnings]
        return Ending(
            outcome="published",
            values={
                "state": "published",
                "platform_uri": outcome.uri,
                "platform_cid": outcome.cid,
                "thread_uris": list(outcome.thread_uris),
                "first_comment_uri": outcome.first_comment_uri,
                "first_comment_cid": outcome.first_comment_cid,
                "published_at": self.now,
                "checkpoint": {},
                "warnings": [*self.loaded.row["warnings"], *warned],
            },
            verify=self.platform.reads_back and not self.loaded.row["sandbox"],
        )

    def _try_later(self, outcome: TryLater) -> Ending:
        last = self._tries() >= self.retry.max_tries
        seconds, source = outcome.retry_after_seconds, outcome.error.retry_after_source
        if seconds is None:
            seconds, source = self.retry.wait_seconds(self.loaded), "backoff"
        record = error_record(
            outcome.error,
            self.platform,
            will_retry=not last,
            wait_seconds=seconds,
            wait_source=source or "platform",
        )
        values = {
            "state": "failed" if last else "queued",
            "failed_tries": self._tries(),
            "checkpoint": dict(outcome.checkpoint),
        }
        wait = None if last else timedelta(seconds=seconds)
        return Ending(outcome="try_later", values=values, error=record, look_again_after=wait)

    def _unknown(self, error: LetmepostError) -> Ending:
        """Sent without an answer: look it up; after as many vain look-ups as tries, say so."""
        looked = self.purpose == "reconcile"
        if looked and self._tries() >= self.retry.max_tries:
            return self._given_up(error.platform_response)
        wait = self.retry.wait_seconds(self.loaded) if looked else LOOK_UP_AFTER_SECONDS
        record = error_record(
            error, self.platform, will_retry=True, wait_seconds=wait, wait_source="backoff"
        )
        tries = self._tries() if looked else self.loaded.row["failed_tries"]
        return Ending(
            outcome="unknown",
            values={"state": "unknown", "failed_tries": tries},
            error=record,
            look_again_after=timedelta(seconds=wait),
        )

    def _absent(self) -> Ending:
        """Surely not there, so it is sent again.

        On a platform without keys of our own only once the lost call can no longer arrive.
        """
        before = self.loaded.row["error"]
        sent = self.loaded.last_sending_at
        if sent is not None and not self.platform.has_record_keys:
            arrives_within = self.lease.call_seconds + self.platform.settles_within_seconds
            lost_for_good_at = sent + self.lease.length + timedelta(seconds=arrives_within)
            if self.now < lost_for_good_at:
                return Ending(
                    outcome="unknown",
                    values={"state": "unknown"},
                    error=before,
                    look_again_after=lost_for_good_at - self.now,
                )
        if self._tries() >= self.retry.max_tries:
            # Sent and lost, looked up and absent, again and again: the look-ups may be what lies.
            return self._given_up(None)
        values = {"state": "queued", "failed_tries": self._tries()}
        return Ending(outcome="absent", values=values, error=before, look_again_after=timedelta())

    def _given_up(self, response: Any) -> Ending:  # noqa: ANN401 - JSON
        given_up = refuse(OUTCOME_UNKNOWN, platform_response=response)
        given_up.retryable = False
        record = error_record(given_up, self.platform, will_retry=False)
        values = {"state": "failed", "failed_tries": self._tries()}
        return Ending(outcome="unknown", values=values, error=record)


def as_outcome(
    error: LetmepostError, checkpoint: Mapping[str, Any] = MappingProxyType({})
) -> TryLater | Rejected:
    """What an error means that came before anything could have been created.

    `checkpoint` is what earlier attempts kept, such as the posts of a thread that are out.
    """
    if error.retryable:
        return TryLater(
            error=error, retry_after_seconds=error.retry_after_seconds, checkpoint=checkpoint
        )
    return Rejected(error=error)


def as_broken(platform: Platform, checkpoint: Mapping[str, Any], *, sent: bool) -> Outcome:
    """What a fault of our own means: nothing was sent, or nobody knows."""
    error = LetmepostError(
        code=ErrorCode.INTERNAL_ERROR,
        message="This server failed while it published; the log has the cause.",
        platform=platform.name,
    )
    return Unknown(error=error) if sent else TryLater(error=error, checkpoint=checkpoint)
