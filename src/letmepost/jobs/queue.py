"""Durable jobs: enqueue, claim in batches, renew, give back, finish. Knows nothing of posts.

A job is one row. `due_at` says when anybody may take it: a claim moves it to the end of the
lease, so a job whose worker died becomes due by itself. Every claim raises the fence number, and
every later word of a worker is refused unless its fence is still the row's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, insert, select, text, update

from letmepost.jobs.tables import jobs
from letmepost.kit.database import EPOCH
from letmepost.kit.ids import new_id

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands. `taken_over` says that an earlier worker's lease ran out."""

    id: str
    kind: str
    key: str
    fence: int
    tries: int
    leased_until: datetime
    taken_over: bool = False


class LeaseLostError(Exception):
    """Another worker has the job: whatever this one found out must not be written."""


def database_now(connection: Connection, now: datetime) -> datetime:
    """The time that leases go by: the database's own on PostgreSQL, the machine's on SQLite."""
    if connection.dialect.name != "postgresql":
        return now
    micros = connection.execute(
        text("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint")
    ).scalar_one()
    return EPOCH + timedelta(microseconds=micros)


def enqueue(connection: Connection, kind: str, key: str, due_at: datetime, now: datetime) -> None:
    """Add a job in the caller's transaction; it exists exactly when that commits."""
    connection.execute(
        insert(jobs).values(
            id=new_id("job"),
            kind=kind,
            key=key,
            due_at=due_at,
            owner=None,
            fence=0,
            tries=0,
            created_at=now,
        )
    )


def enqueue_claimed(
    connection: Connection, kind: str, keys: Iterable[str], owner: str, now: datetime
) -> list[Claim]:
    """Add jobs that this process already holds."""
    at = database_now(connection, now)
    claims = [
        Claim(new_id("job"), kind, key, fence=1, tries=1, leased_until=at + LEASE) for key in keys
    ]
    connection.execute(
        insert(jobs),
        [
            {
                "id": claim.id,
                "kind": kind,
                "key": claim.key,
                "due_at": claim.leased_until,
                "owner": owner,
                "fence": claim.fence,
                "tries": claim.tries,
                "created_at": now,
            }
            for claim in claims
        ],
    )
    return claims


def claim_due(
    connection: Connection, kinds: Sequence[str], owner: str, limit: int, now: datetime
) -> list[Claim]:
    """Take up to `limit` jobs that are due, the longest due first; at most one worker gets each."""
    at = database_now(connection, now)
    due = (
        select(jobs.c.id, jobs.c.owner)
        .where(jobs.c.due_at <= at, jobs.c.kind.in_(kinds))
        .order_by(jobs.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(due).all()
    if not found:
        return []
    left_behind = {row.id for row in found if row.owner is not None}
    until = at + LEASE
    taken = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_([row.id for row in found]))
        .values(owner=owner, due_at=until, fence=jobs.c.fence + 1, tries=jobs.c.tries + 1)
        .returning(jobs.c.id, jobs.c.kind, jobs.c.key, jobs.c.fence, jobs.c.tries)
    )
    return [
        Claim(
            row.id, row.kind, row.key, row.fence, row.tries, until, taken_over=row.id in left_behind
        )
        for row in taken
    ]


def renew(
    connection: Connection, claims: Sequence[Claim], owner: str, now: datetime
) -> list[Claim]:
    """Extend the leases that are still this owner's; what is missing from the answer is lost."""
    until = database_now(connection, now) + LEASE
    by_id = {claim.id: claim for claim in claims}
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(by_id), jobs.c.owner == owner)
        .values(due_at=until)
        .returning(jobs.c.id, jobs.c.fence)
    )
    return [
        replace(by_id[row.id], leased_until=until)
        for row in rows
        if by_id[row.id].fence == row.fence
    ]


def extend(connection: Connection, claim: Claim, now: datetime) -> None:
    """Begin the lease anew; raise `LeaseLostError` when another worker has the job."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.id == claim.id, jobs.c.fence == claim.fence)
        .values(due_at=database_now(connection, now) + LEASE)
    )
    if changed.rowcount != 1:
        raise LeaseLostError(claim.id)


def finish(connection: Connection, claim: Claim) -> None:
    """Delete the job; raise `LeaseLostError` when another worker has it."""
    gone = connection.execute(
        delete(jobs).where(jobs.c.id == claim.id, jobs.c.fence == claim.fence)
    )
    if gone.rowcount != 1:
        raise LeaseLostError(claim.id)


def put_back(
    connection: Connection, claim: Claim, due_at: datetime, *, count_try: bool = True
) -> None:
    """Give the job back for a later time; raise `LeaseLostError` when another worker has it."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.id == claim.id, jobs.c.fence == claim.fence)
        .values(
            owner=None,
            due_at=due_at,
            tries=case((jobs.c.tries > 0, jobs.c.tries - (0 if count_try else 1)), else_=0),
        )
    )
    if changed.rowcount != 1:
        raise LeaseLostError(claim.id)


def hold(connection: Connection, claim: Claim) -> None:
    """Make sure, inside the caller's transaction, that the job is still this worker's."""
    row = connection.execute(
        select(jobs.c.fence).where(jobs.c.id == claim.id).with_for_update()
    ).one_or_none()
    if row is None or row.fence != claim.fence:
        raise LeaseLostError(claim.id)


def release_dead(connection: Connection, owners_alive: Sequence[str], now: datetime) -> int:
    """Make the jobs of owners that are surely dead due at once; the number of them."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.owner.is_not(None), jobs.c.owner.not_in(owners_alive))
        .values(due_at=now)
    )
    return changed.rowcount


def next_due_at(connection: Connection, kinds: Sequence[str]) -> datetime | None:
    """When the next job of these kinds may be taken."""
    due_at: datetime | None = connection.execute(
        select(func.min(jobs.c.due_at)).where(jobs.c.kind.in_(kinds))
    ).scalar()
    return due_at
