"""Delete published posts on their platforms: asked for, tried until one says so, written down.

A publication stays `published` until its platform has said that the post is gone. Deleting what
is gone already does no harm, so a lost answer is asked for again, unlike one to a publish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import Connection, delete, update

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import (
    Claim,
    LeaseLostError,
    NewJob,
    database_now,
    enqueue,
    enqueue_claimed,
    finish,
    held,
    put_back,
)
from letmepost.jobs.retry import backoff_seconds
from letmepost.jobs.run import Held
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import Clock
from letmepost.kit.concerning import concerning
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Deleted, Deletion, Rejected, TryLater, Unknown
from letmepost.platform_kit.platform import Deleter, Platform
from letmepost.platforms import platforms
from letmepost.posts.attempt_metrics import count_attempt
from letmepost.posts.change import Seen, cancel, see
from letmepost.posts.ending import RetryPolicy, as_outcome, error_record
from letmepost.posts.ledger import (
    VERIFY_KIND,
    Attempt,
    Running,
    begin_attempts,
    lane_of,
    time_to_look,
)
from letmepost.posts.loaded import Loaded, load
from letmepost.posts.post_events import deletion_event
from letmepost.posts.publish import Settled
from letmepost.posts.show import status_of
from letmepost.posts.tables import attempts, publications
from letmepost.posts.task import Tasks
from letmepost.preflight.delivery_rules import (
    DELETE_ACCOUNT_MISSING,
    DELETE_STATUS,
    DELETE_UNSUPPORTED,
    FIRST_COMMENT_LEFT,
)
from letmepost.preflight.refuse import refuse, words
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import write_events

log = structlog.get_logger()

DELETE_KIND = "delete"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request to delete has led to.

    `claim` is the job that it began, None where there is nothing to begin. `canceled` is the
    answer for a post that had not gone out yet.
    """

    claim: Claim | None = None
    canceled: Mapping[str, Any] | None = None


def ask_to_delete(  # noqa: PLR0913 - which, for whom, in whose hands, when
    connection: Connection,
    caller: Caller,
    publication_id: str,
    *,
    owner: str,
    lease: Lease,
    request_id: str,
    now: datetime,
) -> Asked:
    """Begin to delete a published post, as a job that `owner` holds; cancel a queued one.

    Asked again while it is under way, or once it is done, nothing more happens.
    """
    seen = see(connection, caller, publication_id)
    row = seen.row
    if row["state"] in ("queued", "draft"):
        return Asked(canceled=cancel(connection, caller, publication_id, request_id, now))
    if row["state"] == "deleted" or row["delete_asked_at"] is not None:
        return Asked()
    _refuse_unless_possible(seen)
    # It need not be looked at any more. A worker, too, locks a job before its publication.
    connection.execute(delete(jobs).where(jobs.c.kind == VERIFY_KIND, jobs.c.key == publication_id))
    changed = connection.execute(
        update(publications)
        .where(
            publications.c.id == publication_id,
            publications.c.state == "published",
            publications.c.delete_asked_at.is_(None),
        )
        .values(delete_asked_at=now, delete_error=None, updated_at=now)
    )
    if changed.rowcount != 1:
        # Another request was first, and has begun the job.
        return Asked()
    job = NewJob(DELETE_KIND, publication_id, lane_of(row["platform"], row["account_id"]), now)
    [claim] = enqueue_claimed(connection, [job], owner, lease, now)
    return Asked(claim)


def _refuse_unless_possible(seen: Seen) -> None:
    platform = platforms()[seen.row["platform"]]
    if seen.row["state"] != "published":
        raise refuse(DELETE_STATUS, conflict=True, actual=status_of(seen.row["state"]))
    if platform.deletes_by is None:
        raise refuse(DELETE_UNSUPPORTED, conflict=True, actual=platform.title)
    if not seen.connected:
        raise refuse(DELETE_ACCOUNT_MISSING, conflict=True)


@dataclass(frozen=True, slots=True)
class Tried:
    """What the platform said of the post with its thread, and then of its first comment."""

    post: Deletion
    comment: Deletion = Deleted(was_there=False)  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEnding:
    """What one attempt to delete leaves behind; `again_after` keeps the job for another."""

    outcome: str
    values: Mapping[str, Any]
    error: Mapping[str, Any] | None = None
    again_after: timedelta | None = None


@dataclass(frozen=True)
class DeleteConclusion:
    """The end of one attempt: deleted, tried again, or given up and said so."""

    retry: RetryPolicy
    claim: Claim
    loaded: Loaded
    platform: Platform
    now: datetime

    def ending(self, tried: Tried) -> DeleteEnding:
        """What is written down."""
        match tried.post:
            case Deleted():
                return self._gone(tried.comment)
            case Rejected():
                return self._refused(tried.post.error, "rejected")
            case TryLater() | Unknown():
                return self._again(tried.post)
            case _:
                assert_never(tried.post)

    def _gone(self, comment: Deletion) -> DeleteEnding:
        """The post is gone; its comment is asked for as long as that may help."""
        match comment:
            case Deleted():
                warnings: list[dict[str, Any]] = []
            case Rejected():
                warnings = [_comment_left(comment.error)]
            case TryLater() | Unknown():
                if self.claim.tries < self.retry.max_tries:
                    return self._again(comment)
                warnings = [_comment_left(comment.error)]
            case _:
                assert_never(comment)
        return DeleteEnding(
            outcome="deleted",
            values={
                "state": "deleted",
                "deleted_at": self.now,
                "delete_asked_at": None,
                "delete_error": None,
                "warnings": [*self.loaded.row["warnings"], *warnings],
            },
        )

    def _refused(self, error: LetmepostError, outcome: str) -> DeleteEnding:
        record = error_record(error, self.platform, will_retry=False)
        values = {"delete_asked_at": None, "delete_error": record}
        return DeleteEnding(outcome=outcome, values=values, error=record)

    def _again(self, ended: TryLater | Unknown) -> DeleteEnding:
        outcome = "unknown" if isinstance(ended, Unknown) else "try_later"
        if self.claim.tries >= self.retry.max_tries:
            return self._refused(ended.error, outcome)
        seconds = ended.retry_after_seconds if isinstance(ended, TryLater) else None
        source = ended.error.retry_after_source or "platform"
        if seconds is None:
            tries, first = self.claim.tries, self.retry.first_wait_seconds
            seconds, source = backoff_seconds(tries, self.retry.random, first), "backoff"
        record = error_record(
            ended.error, self.platform, will_retry=True, wait_seconds=seconds, wait_source=source
        )
        return DeleteEnding(
            outcome=outcome,
            values={"delete_error": record},
            error=record,
            again_after=timedelta(seconds=seconds),
        )


def _comment_left(error: LetmepostError) -> dict[str, Any]:
    message = words(FIRST_COMMENT_LEFT, actual=error.message)
    return {"code": FIRST_COMMENT_LEFT.id, "message": message}


@dataclass
class Deleting:
    """The handler of delete jobs."""

    database: Database
    tasks: Tasks
    clock: Clock
    settled: Settled
    retry: RetryPolicy

    async def handle(self, job: Held) -> None:
        """Make one attempt to delete one post."""
        claim, now = job.claim, self.clock.now()
        [loaded] = await self.database.read(lambda connection: load(connection, [claim.key], now))
        if loaded is None or loaded.row["delete_asked_at"] is None:
            await self.database.write(lambda connection: finish(connection, [claim]))
            return
        began = self.clock.monotonic()
        attempt = Attempt(new_id("att"), loaded.row["attempt_count"] + 1)
        concerning(request_id=loaded.request_id, post_id=loaded.id, attempt_id=attempt.id)
        running = Running(claim, loaded, attempt, "delete")
        [lost] = await self.database.write(lambda connection: begin_attempts(connection, [running]))
        if lost is not None:
            raise lost
        platform = platforms()[loaded.account.platform]
        upstream = self.tasks.upstream(platform)
        tried = await self._try(loaded, platform, upstream)
        at = loaded.now + timedelta(seconds=self.clock.monotonic() - began)
        ending = DeleteConclusion(self.retry, claim, loaded, platform, at).ending(tried)
        transcript = upstream.transcript
        await self.database.write(
            lambda connection: _write(connection, claim, loaded, attempt, ending, transcript, at)
        )
        log.info("post.delete_tried", outcome=ending.outcome)
        count_attempt(platform.name, "delete", ending.outcome)
        self.settled.note(loaded.id)

    async def _try(self, loaded: Loaded, platform: Platform, upstream: Upstream) -> Tried:
        if loaded.row["sandbox"]:
            return Tried(Deleted())
        deleter, row = platform.deletes_by, loaded.row
        if deleter is None:
            # An older release began this job, on a platform that this one cannot delete on.
            return Tried(Rejected(error=refuse(DELETE_UNSUPPORTED, actual=platform.title)))
        for uri in (row["platform_uri"], *(row["thread_uris"] or ())):
            # What is gone already is gone: the next attempt may ask for all of them again.
            post = await self._ask(deleter, loaded, upstream, uri)
            if not isinstance(post, Deleted):
                return Tried(post)
        if row["first_comment_uri"] is None:
            return Tried(Deleted())
        comment = await self._ask(deleter, loaded, upstream, row["first_comment_uri"])
        return Tried(Deleted(), comment)

    async def _ask(
        self, deleter: Deleter, loaded: Loaded, upstream: Upstream, uri: str
    ) -> Deletion:
        try:
            task = await self.tasks.open_account(loaded.account, upstream, loaded.now)
            return await deleter.delete(task, uri)
        except LetmepostError as error:
            return as_outcome(error)
        except Exception:
            log.exception("delete.broke", platform=upstream.platform)
            return TryLater(
                error=LetmepostError(
                    code=ErrorCode.INTERNAL_ERROR,
                    message="This server failed while it deleted; the log has the cause.",
                    platform=upstream.platform,
                )
            )


def _write(  # noqa: PLR0913 - whose word, of which attempt, and when
    connection: Connection,
    claim: Claim,
    loaded: Loaded,
    attempt: Attempt,
    ending: DeleteEnding,
    transcript: Sequence[Mapping[str, Any]],
    at: datetime,
) -> None:
    """Write down how an attempt ended, with the next job and the event, if the lease holds."""
    if not held(connection, [claim]):
        raise LeaseLostError(claim.id)
    error = ending.error or {}
    connection.execute(
        update(attempts)
        .where(attempts.c.id == attempt.id)
        .values(
            finished_at=at,
            outcome=ending.outcome,
            error_code=error.get("code"),
            error_message=error.get("message"),
            platform_response=error.get("platformResponse"),
            transcript=list(transcript),
        )
    )
    values = {**ending.values, "updated_at": at}
    if ending.again_after is not None:
        put_back(connection, [(claim, ending.again_after)], database_now(connection, at))
    else:
        finish(connection, [claim])
        values["event_count"] = loaded.row["event_count"] + 1
        _look_again(connection, loaded, ending, at)
    connection.execute(update(publications).where(publications.c.id == loaded.id).values(values))
    if ending.again_after is None:
        write_events(connection, [deletion_event({**loaded.row, **values}, at)], at)


def _look_again(connection: Connection, loaded: Loaded, ending: DeleteEnding, at: datetime) -> None:
    """A post that stays, and had not been looked at when its deletion was asked for, is now."""
    account, row = loaded.account, loaded.row
    reads_back = platforms()[account.platform].reads_back and not row["sandbox"]
    if reads_back and "state" not in ending.values and row["verified_at"] is None:
        lane = lane_of(account.platform, account.id)
        enqueue(connection, [NewJob(VERIFY_KIND, loaded.id, lane, time_to_look(at))], at)
