"""The ledger: how publications change state, each change one conditional update.

Every function here is a unit of work inside the caller's transaction, and does for many
publications what it would do for one: workers commit together. A worker's word counts only while
its fence is the job's, so each change that a worker makes begins by looking at the fences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, update

from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import (
    Claim,
    LeaseLostError,
    NewJob,
    enqueue,
    extend,
    finish,
    held,
    put_back,
)
from letmepost.kit.database import EPOCH
from letmepost.kit.ids import new_id
from letmepost.kit.row_writes import inserting, updating
from letmepost.posts.loaded import Loaded
from letmepost.posts.post_events import ending_events
from letmepost.posts.tables import attempts, publications
from letmepost.webhooks.events import Event, write_events

JOB_KIND = "publish"
VERIFY_KIND = "verify"
VERIFY_AFTER = timedelta(seconds=60)
TERMINAL = frozenset({"published", "rejected", "failed", "canceled", "deleted"})

# What an ending may change; all of them are written, so that all endings are one statement.
_ENDED_COLUMNS = (
    "state",
    "platform_uri",
    "platform_cid",
    "thread_uris",
    "first_comment_uri",
    "first_comment_cid",
    "published_at",
    "checkpoint",
    "warnings",
    "failed_tries",
    "error",
    "error_code",
    "event_count",
    "updated_at",
)
_BEGUN_COLUMNS = ("state", "plan", "warnings", "attempt_count", "updated_at")
_ATTEMPT_COLUMNS = (
    "finished_at",
    "outcome",
    "error_code",
    "error_message",
    "platform_response",
    "transcript",
)


_BEGIN = updating(publications, *_BEGUN_COLUMNS)
_END = updating(publications, *_ENDED_COLUMNS)
_END_ATTEMPT = updating(attempts, *_ATTEMPT_COLUMNS)
NEW_ATTEMPTS = inserting(attempts)
_ATTEMPTS_SEND = (
    update(attempts)
    .where(attempts.c.id.in_(bindparam("ids", expanding=True)))
    .values(sending_at=bindparam("now"))
)
_SEND = (
    update(publications)
    .where(publications.c.id.in_(bindparam("ids", expanding=True)))
    .values(state="sending", updated_at=bindparam("now"))
)


@dataclass(slots=True)
class Attempt:
    """An attempt that runs.

    `begun` says that the ledger knows of it, and `sent` that a call which may create something
    was let go.
    """

    id: str
    number: int
    begun: bool = False
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an attempt changes: the publication's new values, and what the attempt's row keeps.

    `look_again_after` keeps the job for later; None ends it. `verify` asks for a look at the
    published post a minute later.
    """

    outcome: str
    values: Mapping[str, Any]
    error: Mapping[str, Any] | None = None
    look_again_after: timedelta | None = None
    verify: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether there is a next step and nothing to wait for: whoever has the job keeps it."""
        return self.values["state"] == "waiting" and self.look_again_after == timedelta()


@dataclass(frozen=True, slots=True)
class Running:
    """An attempt in a worker's hands; `values` are what the publication gets as it begins."""

    claim: Claim
    loaded: Loaded
    attempt: Attempt
    purpose: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has ended; None for one that never began."""

    claim: Claim
    loaded: Loaded
    attempt: Attempt | None
    ending: Ending
    transcript: Sequence[Mapping[str, Any]]
    at: datetime


def time_to_look(published_at: datetime) -> datetime:
    """When a published post is looked at: a minute later, on a full second.

    Those of one second are due together, so that a worker takes them together.
    """
    at = published_at + VERIFY_AFTER
    return at + (EPOCH - at) % timedelta(seconds=1)


def lane_of(platform: str, account_id: str) -> str:
    """The lane of a publication's jobs: those of one account, in the group of its platform."""
    return f"{platform}:{account_id}"


def new_attempt(publication_id: str, number: int, purpose: str, now: datetime) -> dict[str, Any]:
    """The row of an attempt that begins."""
    return {
        "id": new_id("att"),
        "publication_id": publication_id,
        "number": number,
        "purpose": purpose,
        "started_at": now,
        "sending_at": None,
        "finished_at": None,
        "outcome": None,
        "error_code": None,
        "error_message": None,
        "platform_response": None,
        "transcript": [],
    }


def begin_attempts(
    connection: Connection, running: Sequence[Running]
) -> list[BaseException | None]:
    """Write down that attempts begin; what a dead worker left open is closed first."""
    ours = held(connection, [each.claim for each in running])
    _begin(connection, [each for each in running if each.claim.id in ours], sending_at=None)
    return _lost(running, ours)


def _begin(
    connection: Connection, running: Sequence[Running], *, sending_at: datetime | None
) -> None:
    new_rows, changed = [], []
    for each in running:
        loaded, attempt = each.loaded, each.attempt
        if loaded.unfinished is not None:
            _close(connection, loaded.unfinished, loaded.now)
        row = new_attempt(loaded.id, attempt.number, each.purpose, loaded.now)
        new_rows.append({**row, "id": attempt.id, "sending_at": sending_at})
        after = {**loaded.row, **each.values, "attempt_count": attempt.number}
        if sending_at is not None:
            after["state"] = "sending"
        changed.append({**after, "updated_at": sending_at or loaded.now})
    NEW_ATTEMPTS.write(connection, new_rows)
    _BEGIN.write(connection, changed)


def _lost(asked: "Sequence[Running | Ended]", ours: set[str]) -> list[BaseException | None]:
    return [None if each.claim.id in ours else LeaseLostError(each.claim.id) for each in asked]


def _close(connection: Connection, unfinished: Mapping[str, Any], now: datetime) -> None:
    connection.execute(
        update(attempts)
        .where(attempts.c.id == unfinished["id"])
        .values(
            finished_at=now,
            outcome="unknown" if unfinished["sending_at"] else "interrupted",
            error_message="The process ended before the attempt did.",
        )
    )


def park(
    connection: Connection,
    claim: Claim,
    loaded: Loaded,
    wait: timedelta,
    warning: Mapping[str, Any] | None = None,
) -> None:
    """Put a publication off whose account is paused or slowed; it counts as no try.

    One that waits for its platform goes on waiting: a part of it may be out, so it is not queued
    and cannot be canceled. A warning takes the place of an earlier one of its code.
    """
    if not held(connection, [claim]):
        raise LeaseLostError(claim.id)
    put_back(connection, [(claim, wait)], loaded.now, count_try=False)
    if loaded.unfinished is not None:
        connection.execute(
            update(attempts)
            .where(attempts.c.id == loaded.unfinished["id"])
            .values(finished_at=loaded.now, outcome="paused")
        )
    state = "waiting" if loaded.state == "waiting" else "queued"
    connection.execute(
        update(publications)
        .where(publications.c.id == loaded.id)
        .values(state=state, updated_at=loaded.now, **_warned(loaded, warning))
    )


def _warned(loaded: Loaded, warning: Mapping[str, Any] | None) -> dict[str, Any]:
    if warning is None:
        return {}
    others = [each for each in loaded.row["warnings"] if each["code"] != warning["code"]]
    return {"warnings": [*others, warning]}


def mark_sending(
    connection: Connection, sendings: Sequence[Running], lease: Lease, now: datetime
) -> list[BaseException | None]:
    """Say that calls which may create something come next, and begin their leases anew.

    An attempt that has not begun begins with it. From here on only a look-up upstream may tell
    what became of them.
    """
    ours = extend(connection, [each.claim for each in sendings], lease, now)
    sent = [each for each in sendings if each.claim.id in ours]
    _begin(connection, [each for each in sent if not each.attempt.begun], sending_at=now)
    if begun := [each for each in sent if each.attempt.begun]:
        connection.execute(_ATTEMPTS_SEND, {"ids": [each.attempt.id for each in begun], "now": now})
        connection.execute(_SEND, {"ids": [each.loaded.id for each in begun], "now": now})
    return _lost(sendings, ours)


def end_attempts(
    connection: Connection, ended: Sequence[Ended], now: datetime
) -> list[BaseException | None]:
    """Write down how attempts ended, with the next jobs and the events, in one transaction."""
    ours = held(connection, [each.claim for each in ended])
    written = [each for each in ended if each.claim.id in ours]
    finish(connection, [each.claim for each in written if each.ending.look_again_after is None])
    put_back(
        connection,
        [
            (each.claim, each.ending.look_again_after)
            for each in written
            if each.ending.look_again_after is not None and not each.ending.goes_on
        ],
        now,
    )
    enqueue(
        connection,
        [
            NewJob(
                VERIFY_KIND,
                each.loaded.id,
                lane_of(each.loaded.account.platform, each.loaded.account.id),
                time_to_look(each.at),
            )
            for each in written
            if each.ending.verify
        ],
        now,
    )
    changed, happened, closed = [], [], []
    for each in written:
        after, events = _after(each)
        changed.append(after)
        happened += events
        if each.attempt is not None:
            error = each.ending.error or {}
            closed.append(
                {
                    "id": each.attempt.id,
                    "finished_at": each.at,
                    "outcome": each.ending.outcome,
                    "error_code": error.get("code"),
                    "error_message": error.get("message"),
                    "platform_response": error.get("platformResponse"),
                    "transcript": list(each.transcript),
                }
            )
    _END_ATTEMPT.write(connection, closed)
    _END.write(connection, changed)
    write_events(connection, happened, now)
    return _lost(ended, ours)


def _after(ended: Ended) -> tuple[dict[str, Any], list[Event]]:
    """The publication as it will be stored, and the event that tells of its end."""
    ending, row = ended.ending, ended.loaded.row
    after = {
        **row,
        **ending.values,
        "error": dict(ending.error) if ending.error else None,
        "error_code": ending.error["code"] if ending.error else None,
        "updated_at": ended.at,
    }
    if after["state"] not in TERMINAL:
        return after, []
    happened = ending_events(after, ended.loaded.request_id, ended.at)
    after["event_count"] += len(happened)
    return after, list(happened)
