"""The job of each endpoint that sends its deliveries: made with it, woken by events, then gone."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, delete, select, update

from letmepost.jobs.queue import NewJob, enqueue, notify
from letmepost.jobs.tables import jobs

DELIVER_KIND: Final = "deliver"
# When the job of an endpoint is due that has nothing to send.
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def add_job(connection: Connection, endpoint_id: str, now: datetime) -> None:
    """Make the job of a new endpoint, with nothing to send yet."""
    enqueue(connection, [NewJob(DELIVER_KIND, endpoint_id, f"webhook:{endpoint_id}", NEVER)], now)


def wake(connection: Connection, endpoint_ids: Collection[str], now: datetime) -> frozenset[str]:
    """Make the jobs of these endpoints due at once, near the end of a transaction.

    Gives those of the endpoints that are there, and stay until the transaction ends: whoever
    deletes one deletes its job first.

    Who holds a job looks for deliveries once more, under the row's lock, as it is put back. So
    this waits for that lock, and what is pending is seen by one of the two.
    """
    if not endpoint_ids:
        return frozenset()
    # In one order for all, so that two transactions cannot wait for each other.
    found = connection.execute(
        select(jobs.c.id, jobs.c.key, jobs.c.owner, jobs.c.due_at)
        .where(jobs.c.kind == DELIVER_KIND, jobs.c.key.in_(endpoint_ids))
        .order_by(jobs.c.id)
        .with_for_update()
    ).all()
    asleep = [row.id for row in found if row.owner is None and row.due_at > now]
    if asleep:
        connection.execute(update(jobs).where(jobs.c.id.in_(asleep)).values(due_at=now))
        notify(connection, now, now)
    return frozenset(row.key for row in found)


def remove_job(connection: Connection, endpoint_id: str) -> None:
    """Delete the job of an endpoint that goes; whoever holds it finds its lease lost."""
    connection.execute(delete(jobs).where(jobs.c.kind == DELIVER_KIND, jobs.c.key == endpoint_id))
