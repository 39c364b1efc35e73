"""The answers about events and their types."""

from datetime import datetime
from typing import Any

from pydantic import Field

from letmepost.api.answers import Answer


class Event(Answer):
    """One thing that happened, as it is delivered to webhook endpoints.

    `sequence` is its place among the events of one post, from 1; null for what is not counted.
    """

    id: str
    type: str
    created_at: datetime
    organization_id: str
    sequence: int | None
    data: dict[str, Any]


class EventPage(Answer):
    """A page of events.

    `resumeCursor` leads on from the last event that was read, also once others have happened;
    null in descending order, and before the first event.
    """

    data: list[Event]
    next_cursor: str | None
    resume_cursor: str | None


class DeclaredEventType(Answer):
    """One type of event: when it is written, and the JSON Schema of its `data`."""

    type: str
    description: str
    json_schema: dict[str, Any] = Field(alias="schema")
    doc_url: str


class EventTypeList(Answer):
    """Every type of event."""

    data: list[DeclaredEventType]
