"""The log of an endpoint's deliveries, and deliveries that are asked for once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.row_dicts import row_dicts
from letmepost.preflight.refuse import refuse
from letmepost.preflight.webhook_rules import (
    REPLAYED_EVENTS,
    WEBHOOK_PAUSED,
    WEBHOOK_REPLAY_MAX,
    WEBHOOK_REPLAY_RANGE,
)
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.endpoints import Row, get_endpoint, no_endpoint, wanted_types
from letmepost.webhooks.events import queue_deliveries
from letmepost.webhooks.tables import events, webhook_deliveries

_SHOWN = select(webhook_deliveries, events.c.type).join(
    events, events.c.id == webhook_deliveries.c.event_id
)


def list_deliveries(  # noqa: PLR0913 - of what, which, from where
    connection: Connection,
    caller: Caller,
    endpoint_id: str,
    *,
    statuses: Sequence[str],
    event_id: str | None,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Row]:
    """Deliveries to an endpoint, newest first, each with the type of its event."""
    get_endpoint(connection, caller, endpoint_id)
    rows = webhook_deliveries.c
    query = _SHOWN.where(rows.endpoint_id == endpoint_id)
    if statuses:
        query = query.where(rows.status.in_(statuses))
    if event_id is not None:
        query = query.where(rows.event_id == event_id)
    if after is not None:
        at, delivery_id = after
        earlier = and_(rows.created_at == at, rows.id < delivery_id)
        query = query.where(or_(rows.created_at < at, earlier))
    newest_first = query.order_by(rows.created_at.desc(), rows.id.desc()).limit(limit)
    return row_dicts(connection.execute(newest_first))


def _refuse_paused(endpoint: Row) -> None:
    if endpoint["paused_at"] is not None:
        raise refuse(WEBHOOK_PAUSED, conflict=True)


def redeliver(
    connection: Connection, caller: Caller, endpoint_id: str, delivery_id: str, now: datetime
) -> Row:
    """Deliver the event of a delivery once more; the new delivery."""
    _refuse_paused(get_endpoint(connection, caller, endpoint_id))
    rows = webhook_deliveries.c
    before = connection.execute(
        select(rows.event_id).where(rows.id == delivery_id, rows.endpoint_id == endpoint_id)
    ).one_or_none()
    if before is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="This endpoint has no delivery with this id."
        )
    made = queue_deliveries(connection, [(endpoint_id, before.event_id)], "redelivery", now)
    if not made:
        raise no_endpoint()
    [shown] = row_dicts(connection.execute(_SHOWN.where(rows.id == made[0]["id"])))
    return shown


def replay(  # noqa: PLR0913 - to whom, what, and when
    connection: Connection,
    caller: Caller,
    endpoint_id: str,
    *,
    after: datetime,
    before: datetime,
    types: Sequence[str],
    now: datetime,
) -> int:
    """Deliver what happened between two times once more, in order; the number of deliveries.

    Without `types`, those that the endpoint asks for. Events that it would never have been sent,
    such as those of another profile, are left out.
    """
    endpoint = get_endpoint(connection, caller, endpoint_id)
    _refuse_paused(endpoint)
    if before <= after:
        raise refuse(WEBHOOK_REPLAY_RANGE)
    rows = events.c
    query = select(rows.id).where(
        rows.organization_id == endpoint["organization_id"],
        rows.created_at > after,
        rows.created_at < before,
    )
    if endpoint["profile_id"] is not None:
        query = query.where(rows.profile_id == endpoint["profile_id"])
    named: Sequence[Any] = wanted_types(types) or endpoint["events"]
    if named:
        query = query.where(rows.type.in_(named))
    most: int = REPLAYED_EVENTS.value
    oldest_first = query.order_by(rows.created_at, rows.id).limit(most + 1)
    found = list(connection.execute(oldest_first).scalars())
    if len(found) > most:
        raise refuse(WEBHOOK_REPLAY_MAX)
    return len(queue_deliveries(connection, [(endpoint_id, each) for each in found], "replay", now))
