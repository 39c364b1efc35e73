"""Events: written in the transaction that changes the state which they tell of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from letmepost.kit.ids import new_id
from letmepost.webhooks.tables import events


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


def write_events(connection: Connection, happened: list[Event], now: datetime) -> None:
    """Put events into the outbox of the caller's transaction."""
    if not happened:
        return
    connection.execute(
        insert(events),
        [
            {
                "id": new_id("evt"),
                "organization_id": event.organization_id,
                "profile_id": event.profile_id,
                "type": event.type,
                "subject_id": event.subject_id,
                "sequence": event.sequence,
                "data": event.data,
                "request_id": event.request_id,
                "created_at": now,
            }
            for event in happened
        ],
    )
