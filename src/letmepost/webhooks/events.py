"""Events: written in the transaction that changes the state which they tell of.

Their times put them into one order that is never written into later: whoever has read up to a
time has read everything before it, so a consumer that was down catches up without a gap.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, literal_column, select

from letmepost.kit.clock import wire_time
from letmepost.kit.database import MICROSECOND
from letmepost.kit.ids import new_id
from letmepost.kit.row_writes import inserting
from letmepost.webhooks.queueing import lock_listening, make_due, wake
from letmepost.webhooks.tables import events, webhook_deliveries

# Read while the row is written, under the lock that `settled_before` looks for.
_DATABASE_CLOCK: ColumnElement[int] = literal_column(
    "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"
)
_LATEST = select(func.max(events.c.created_at)).where(
    events.c.organization_id == bindparam("organization_id")
)
_AT_ITS_CLOCK = inserting(events, created_at=_DATABASE_CLOCK)
_EVENTS = inserting(events)
_DELIVERIES = inserting(webhook_deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `sequence` is its place among the events of one subject."""

    type: str
    organization_id: str
    profile_id: str | None
    subject_id: str
    sequence: int
    data: dict[str, Any]
    request_id: str | None = None


def event_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it is delivered and listed, from its row."""
    return {
        "id": row["id"],
        "type": row["type"],
        "createdAt": wire_time(row["created_at"]),
        "organizationId": row["organization_id"],
        # Zero where events of a kind of subject are not counted.
        "sequence": row["sequence"] or None,
        "data": row["data"],
    }


def write_events(connection: Connection, happened: Sequence[Event], now: datetime) -> None:
    """Put events into the outbox of the caller's transaction, and queue their deliveries.

    The last thing in its transaction, as the jobs of the endpoints are locked by it.
    """
    if not happened:
        return
    rows = [
        {
            "id": new_id("evt"),
            "organization_id": event.organization_id,
            "profile_id": event.profile_id,
            "type": event.type,
            "subject_id": event.subject_id,
            "sequence": event.sequence,
            "data": event.data,
            "request_id": event.request_id,
        }
        for event in happened
    ]
    if connection.dialect.name == "postgresql":
        _AT_ITS_CLOCK.write(connection, rows)
    else:
        at = _after_all(connection, {event.organization_id for event in happened}, now)
        _EVENTS.write(connection, [{**row, "created_at": at} for row in rows])
    _queue(connection, rows, now)


def _after_all(
    connection: Connection, organization_ids: Collection[str], now: datetime
) -> datetime:
    """Now, or just after the latest event where a transaction that came later was quicker."""
    times = [now]
    for each in organization_ids:
        latest: datetime | None = connection.execute(_LATEST, {"organization_id": each}).scalar()
        if latest is not None:
            times.append(latest + MICROSECOND)
    return max(times)


def _queue(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    endpoints = lock_listening(connection, {row["organization_id"] for row in rows})
    wanted = [(each, row["id"]) for row in rows for each in endpoints if _wants(each, row)]
    make_due(connection, [each for each, _ in wanted], now)
    _add(connection, [(each.key, event_id) for each, event_id in wanted], "event", now)


def _wants(endpoint: Row[*tuple[Any, ...]], row: Mapping[str, Any]) -> bool:
    return (
        endpoint.organization_id == row["organization_id"]
        and endpoint.profile_id in (None, row["profile_id"])
        and (not endpoint.events or row["type"] in endpoint.events)
    )


def queue_deliveries(
    connection: Connection, wanted: Sequence[tuple[str, str]], reason: str, now: datetime
) -> list[dict[str, Any]]:
    """Add deliveries, each to an endpoint and of an event, that are due at once; their rows.

    Endpoints that were deleted meanwhile get none. The jobs are locked before the endpoints, as
    everybody does who touches both.
    """
    there = wake(connection, {endpoint_id for endpoint_id, _ in wanted}, now)
    return _add(connection, [each for each in wanted if each[0] in there], reason, now)


def _add(
    connection: Connection, wanted: Sequence[tuple[str, str]], reason: str, now: datetime
) -> list[dict[str, Any]]:
    rows = [
        {
            "id": new_id("whd"),
            "endpoint_id": endpoint_id,
            "event_id": event_id,
            "reason": reason,
            "status": "pending",
            "attempts": 0,
            "next_attempt_at": now,
            "created_at": now,
        }
        for endpoint_id, event_id in wanted
    ]
    _DELIVERIES.write(connection, rows)
    return rows
