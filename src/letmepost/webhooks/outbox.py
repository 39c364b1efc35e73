"""Read events back, in an order in which nothing appears later than what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, or_, select, text

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import database_now
from letmepost.kit.row_dicts import row_dict, row_dicts
from letmepost.tenancy.keys import Caller, hidden_profile
from letmepost.webhooks.tables import events

Order = Literal["asc", "desc"]
# A transaction whose beginning this role may not see is taken to have begun so long ago.
HIDDEN_TRANSACTION = timedelta(seconds=60)
# Whoever writes an event holds this lock from before it reads the clock until it has committed.
_WRITERS = text(
    "SELECT (EXTRACT(EPOCH FROM activity.xact_start) * 1000000)::bigint AS began"
    " FROM pg_locks AS held LEFT JOIN pg_stat_activity AS activity USING (pid)"
    " WHERE held.relation = 'events'::regclass AND held.mode = 'RowExclusiveLock'"
    " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).columns(began=events.c.created_at.type)


@dataclass(frozen=True, kw_only=True)
class EventFilters:
    """What a list of events is narrowed to; every field is optional."""

    profile_id: str | None = None
    types: Sequence[str] = ()
    post_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def settled_before(connection: Connection, now: datetime) -> datetime | None:
    """The time before which no event can still appear; None where that holds of every time.

    On PostgreSQL a transaction may commit after another whose events are later. Those that are
    under way are looked for after the clock was read: one that begins meanwhile has later times.
    """
    if connection.dialect.name != "postgresql":
        return None
    at = database_now(connection, now)
    began = connection.execute(_WRITERS).scalars().all()
    return min([at, *(each or at - HIDDEN_TRANSACTION for each in began)])


def _visible(caller: Caller) -> Select[Any]:
    query = select(events).where(events.c.organization_id == caller.organization_id)
    if caller.profile_id is not None:
        query = query.where(events.c.profile_id == caller.profile_id)
    return query


def _narrowed(query: Select[Any], filters: EventFilters) -> Select[Any]:
    if filters.profile_id is not None:
        query = query.where(events.c.profile_id == filters.profile_id)
    if filters.types:
        query = query.where(events.c.type.in_(filters.types))
    if filters.post_id is not None:
        query = query.where(events.c.subject_id == filters.post_id)
    if filters.created_after is not None:
        query = query.where(events.c.created_at > filters.created_after)
    if filters.created_before is not None:
        query = query.where(events.c.created_at < filters.created_before)
    return query


def list_events(  # noqa: PLR0913 - which, in what order, from where
    connection: Connection,
    caller: Caller,
    filters: EventFilters,
    *,
    order: Order,
    limit: int,
    after: tuple[datetime, str] | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Events that the caller may see, from after a place in the order of time and id."""
    if filters.profile_id is not None and not caller.sees(filters.profile_id):
        raise hidden_profile()
    rows = events.c
    # Asked first: what is read next has seen every transaction that ended before.
    settled = settled_before(connection, now)
    query = _narrowed(_visible(caller), filters)
    if settled is not None:
        query = query.where(rows.created_at < settled)
    if after is not None:
        at, event_id = after
        beyond = (
            (rows.created_at > at, rows.id > event_id)
            if order == "asc"
            else (rows.created_at < at, rows.id < event_id)
        )
        query = query.where(or_(beyond[0], and_(rows.created_at == at, beyond[1])))
    keys = (rows.created_at, rows.id)
    query = query.order_by(*(each.asc() if order == "asc" else each.desc() for each in keys))
    return row_dicts(connection.execute(query.limit(limit)))


def read_event(connection: Connection, caller: Caller, event_id: str) -> dict[str, Any]:
    """One event; raise `not_found`."""
    row = row_dict(connection.execute(_visible(caller).where(events.c.id == event_id)))
    if row is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No event with this id is visible to this key."
        )
    return row
