"""Find publications that nobody has in hand any more, and old ones to forget.

State and job change in one transaction, so none should ever be found; a restored backup or a
hand in the database may still leave some.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select

from letmepost.jobs.queue import NewJob, database_now, enqueue
from letmepost.jobs.tables import jobs
from letmepost.posts.delete import DELETE_KIND
from letmepost.posts.ledger import JOB_KIND, TERMINAL, lane_of
from letmepost.posts.media_use import forget_uses
from letmepost.posts.tables import attempts, posts, publications

OVERDUE = timedelta(minutes=2)
BATCH = 200
IN_HAND = ("claimed", "sending", "waiting", "unknown")


@dataclass(frozen=True)
class Swept:
    """What a sweep did."""

    requeued: int
    forgotten: int


def sweep(connection: Connection, now: datetime, keep_terminal: timedelta | None) -> Swept:
    """Give each stranded publication a job again, and delete terminal ones past their time."""
    at = database_now(connection, now)
    requeued = _requeue(connection, at) + _requeue_deletions(connection, at)
    return Swept(requeued, _forget(connection, at, keep_terminal))


def _requeue(connection: Connection, now: datetime) -> int:
    rows = publications.c
    overdue = now - OVERDUE
    late = or_(
        and_(rows.state == "queued", rows.scheduled_at <= overdue),
        and_(rows.state == "queued", rows.scheduled_at.is_(None), rows.updated_at <= overdue),
        and_(rows.state.in_(IN_HAND), rows.updated_at <= overdue),
    )
    return _give_jobs(connection, JOB_KIND, late, now)


def _requeue_deletions(connection: Connection, now: datetime) -> int:
    late = publications.c.delete_asked_at <= now - OVERDUE
    return _give_jobs(connection, DELETE_KIND, late, now)


def _give_jobs(
    connection: Connection, kind: str, stranded: ColumnElement[bool], now: datetime
) -> int:
    """Give a job of a kind to every publication that is stranded and has none."""
    rows = publications.c
    without_job = ~exists(select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.key == rows.id))
    found = connection.execute(
        select(rows.id, rows.platform, rows.account_id)
        .where(stranded, without_job)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    added = [NewJob(kind, row.id, lane_of(row.platform, row.account_id), now) for row in found]
    enqueue(connection, added, now)
    return len(added)


def _forget(connection: Connection, now: datetime, keep: timedelta | None) -> int:
    if keep is None:
        return 0
    rows = publications.c
    old = (
        connection.execute(
            select(rows.id)
            .where(
                rows.state.in_(TERMINAL),
                rows.delete_asked_at.is_(None),
                rows.updated_at <= now - keep,
            )
            .limit(BATCH)
        )
        .scalars()
        .all()
    )
    if old:
        connection.execute(delete(jobs).where(jobs.c.key.in_(old)))
        forget_uses(connection, old)
        connection.execute(delete(attempts).where(attempts.c.publication_id.in_(old)))
        connection.execute(delete(publications).where(rows.id.in_(old)))
        empty = ~exists(select(rows.id).where(rows.post_id == posts.c.id))
        connection.execute(delete(posts).where(posts.c.created_at <= now - keep, empty))
    return len(old)
