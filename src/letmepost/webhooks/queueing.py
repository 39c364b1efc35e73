"""The job of each endpoint that sends its deliveries: made with it, woken by events, then gone."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from letmepost.jobs.queue import NewJob, enqueue, notify
from letmepost.jobs.tables import jobs
from letmepost.webhooks.tables import webhook_endpoints

DELIVER_KIND: Final = "deliver"
# When the job of an endpoint is due that has nothing to send.
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_JOBS = (
    select(jobs.c.id.label("job_id"), jobs.c.key, jobs.c.owner, jobs.c.due_at)
    .where(jobs.c.kind == DELIVER_KIND)
    # In one order for all, so that two transactions cannot wait for each other.
    .order_by(jobs.c.id)
    .with_for_update(of=jobs)
)
_OF_THESE = _JOBS.where(jobs.c.key.in_(bindparam("endpoint_ids", expanding=True)))
_WITH_ENDPOINTS = (
    _JOBS.add_columns(
        webhook_endpoints.c.organization_id,
        webhook_endpoints.c.profile_id,
        webhook_endpoints.c.events,
    )
    .join(webhook_endpoints, webhook_endpoints.c.id == jobs.c.key)
    .where(
        webhook_endpoints.c.organization_id.in_(bindparam("organization_ids", expanding=True)),
        webhook_endpoints.c.paused_at.is_(None),
    )
)
_DUE_NOW = (
    update(jobs)
    .where(jobs.c.id.in_(bindparam("ids", expanding=True)))
    .values(due_at=bindparam("now"))
)


def add_job(connection: Connection, endpoint_id: str, now: datetime) -> None:
    """Make the job of a new endpoint, with nothing to send yet."""
    enqueue(connection, [NewJob(DELIVER_KIND, endpoint_id, f"webhook:{endpoint_id}", NEVER)], now)


def lock_listening(
    connection: Connection, organization_ids: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The endpoints of organizations that are not paused, each with its job, which is locked."""
    return connection.execute(_WITH_ENDPOINTS, {"organization_ids": list(organization_ids)}).all()


def wake(connection: Connection, endpoint_ids: Collection[str], now: datetime) -> frozenset[str]:
    """Make the jobs of these endpoints due at once, near the end of a transaction.

    Gives those of the endpoints that are there, and stay until the transaction ends: whoever
    deletes one deletes its job first.
    """
    if not endpoint_ids:
        return frozenset()
    locked = connection.execute(_OF_THESE, {"endpoint_ids": list(endpoint_ids)}).all()
    make_due(connection, locked, now)
    return frozenset(row.key for row in locked)


def make_due(
    connection: Connection, locked: Sequence[Row[*tuple[Any, ...]]], now: datetime
) -> None:
    """Make jobs due at once that the transaction has locked.

    Who holds a job looks for deliveries once more, under the row's lock, as it is put back. So
    what is pending is seen by one of the two.
    """
    asleep = {row.job_id for row in locked if row.owner is None and row.due_at > now}
    if asleep:
        connection.execute(_DUE_NOW, {"ids": list(asleep), "now": now})
        notify(connection, now, now)


def remove_job(connection: Connection, endpoint_id: str) -> None:
    """Delete the job of an endpoint that goes; whoever holds it finds its lease lost."""
    connection.execute(delete(jobs).where(jobs.c.kind == DELIVER_KIND, jobs.c.key == endpoint_id))
