"""Durable jobs: enqueue, claim in batches, renew, give back, finish. Knows nothing of posts.

A job is one row. `due_at` says when anybody may take it: a claim moves it to the end of the
lease, so a job whose worker died becomes due by itself. Every claim raises the fence number, and
every later word of a worker is refused unless its fence is still the row's.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from letmepost.jobs.lease import Lease
from letmepost.jobs.tables import jobs
from letmepost.kit.database import EPOCH
from letmepost.kit.ids import new_id
from letmepost.kit.row_writes import inserting

CHANNEL = "letmepost_jobs"
# Workers look again by themselves within a second, so a later job needs no call.
NOTIFIED_AHEAD = timedelta(seconds=1)
# An expression, so that no planner takes the index of kinds: it would read every job of another
# day to find those of now, which the index of times has in front.
KIND = jobs.c.kind + ""
_NOTIFY = text(f"NOTIFY {CHANNEL}")
CLOCK_READ_EVERY_SECONDS = 1.0
_CLOCK = text("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint")
# Statements are made once wherever many posts pass: to make one takes as long as to run it.
_FIRST_DUE = select(func.min(jobs.c.due_at)).where(KIND.in_(bindparam("kinds", expanding=True)))
_THESE = jobs.c.id.in_(bindparam("ids", expanding=True))
_HELD = (
    select(jobs.c.id, jobs.c.fence)
    .where(_THESE)
    # In one order for all, so that two workers cannot wait for each other.
    .order_by(jobs.c.id)
    .with_for_update()
)
_HELD_AND_FREE = _HELD.with_for_update(skip_locked=True)
_NEW = inserting(jobs)
_EXTEND = update(jobs).where(_THESE).values(due_at=bindparam("until"))
_FINISH = delete(jobs).where(_THESE)
_PUT_BACK = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), jobs.c.fence == bindparam("job_fence"))
    .values(
        owner=None,
        due_at=bindparam("new_due_at"),
        tries=jobs.c.tries - bindparam("tries_less"),
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands.

    `due_at` is when it could first be taken. `taken_over` says that an earlier worker's lease ran
    out.
    """

    id: str
    kind: str
    key: str
    lane: str
    fence: int
    tries: int
    due_at: datetime
    leased_until: datetime
    taken_over: bool = False


class LeaseLostError(Exception):
    """Another worker has the job: whatever this one found out must not be written."""


@dataclass(frozen=True, slots=True)
class _ClockReading:
    """What the database's clock said, and when by the one of this process that only runs on."""

    database: datetime
    monotonic_seconds: float


def database_now(connection: Connection, now: datetime) -> datetime:
    """The time that leases go by: the database's own on PostgreSQL, the machine's on SQLite.

    Read at most once a second, and counted on in between: a post would ask twenty times. Counted
    from when the answer came, it is late by the way of the answer at most, and never early.
    """
    if connection.dialect.name != "postgresql":
        return now
    read: _ClockReading | None = connection.info.get("clock")
    since = time.monotonic()
    if read is None or since - read.monotonic_seconds > CLOCK_READ_EVERY_SECONDS:
        micros = connection.execute(_CLOCK).scalar_one()
        since = time.monotonic()
        read = _ClockReading(EPOCH + timedelta(microseconds=micros), since)
        connection.info["clock"] = read
    return read.database + timedelta(seconds=since - read.monotonic_seconds)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to add.

    `lane` names jobs that must not crowd out others, such as those of one account; what stands
    before a colon in it names the lane's group.
    """

    kind: str
    key: str
    lane: str
    due_at: datetime


def _row(job: NewJob, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("job"),
        "kind": job.kind,
        "key": job.key,
        "lane": job.lane,
        "due_at": job.due_at,
        "owner": None,
        "fence": 0,
        "tries": 0,
        "created_at": now,
    }


def enqueue(connection: Connection, added: Sequence[NewJob], now: datetime) -> None:
    """Add jobs in the caller's transaction; they exist exactly when that commits."""
    if added:
        _NEW.write(connection, [_row(job, now) for job in added])
        notify(connection, min(job.due_at for job in added), now)


def notify(connection: Connection, due_at: datetime, now: datetime) -> None:
    """Wake the workers when this commits, if something is due by then."""
    if connection.dialect.name == "postgresql" and due_at <= now + NOTIFIED_AHEAD:
        connection.execute(_NOTIFY)


def enqueue_claimed(
    connection: Connection, added: Sequence[NewJob], owner: str, lease: Lease, now: datetime
) -> list[Claim]:
    """Add jobs that this process already holds."""
    until = database_now(connection, now) + lease.length
    rows = [
        {**_row(job, now), "due_at": until, "owner": owner, "fence": 1, "tries": 1} for job in added
    ]
    _NEW.write(connection, rows)
    return [
        Claim(row["id"], row["kind"], row["key"], row["lane"], 1, 1, now, leased_until=until)
        for row in rows
    ]


def held(connection: Connection, claims: Sequence[Claim], *, skip_locked: bool = False) -> set[str]:
    """Those of the claims that are still this worker's, for the rest of the transaction.

    With `skip_locked`, less those that another transaction has in hand now.
    """
    rows = connection.execute(
        _HELD_AND_FREE if skip_locked else _HELD, {"ids": [claim.id for claim in claims]}
    )
    fences = {row.id: row.fence for row in rows}
    return {claim.id for claim in claims if fences.get(claim.id) == claim.fence}


def extend(
    connection: Connection,
    claims: Sequence[Claim],
    lease: Lease,
    now: datetime,
    *,
    skip_locked: bool = False,
) -> set[str]:
    """Begin leases anew; the ids of those that are still this worker's, as `held` finds them."""
    ours = held(connection, claims, skip_locked=skip_locked)
    if ours:
        until = database_now(connection, now) + lease.length
        connection.execute(_EXTEND, {"ids": list(ours), "until": until})
    return ours


def finish(connection: Connection, claims: Sequence[Claim]) -> None:
    """Delete jobs that the transaction holds."""
    if claims:
        connection.execute(_FINISH, {"ids": [claim.id for claim in claims]})


def put_back(
    connection: Connection,
    waits: Sequence[tuple[Claim, timedelta]],
    now: datetime,
    *,
    count_try: bool = True,
) -> None:
    """Give jobs that the transaction holds back for later."""
    if not waits:
        return
    at = database_now(connection, now)
    less = 0 if count_try else 1
    connection.execute(
        _PUT_BACK,
        [
            {
                "job_id": claim.id,
                "job_fence": claim.fence,
                "new_due_at": at + max(wait, timedelta(0)),
                "tries_less": less,
            }
            for claim, wait in waits
        ],
    )
    notify(connection, at + min(wait for _, wait in waits), at)


def release_dead(connection: Connection, owners_alive: Sequence[str], now: datetime) -> int:
    """Make the jobs of owners that are surely dead due at once; the number of them."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.owner.is_not(None), jobs.c.owner.not_in(owners_alive))
        .values(due_at=now)
    )
    return changed.rowcount


def seconds_until_due(connection: Connection, kinds: Sequence[str], now: datetime) -> float | None:
    """How long until a job of these kinds may be taken, negative when one is overdue."""
    due_at: datetime | None = connection.execute(_FIRST_DUE, {"kinds": kinds}).scalar()
    if due_at is None:
        return None
    return (due_at - database_now(connection, now)).total_seconds()
