"""The answers about events and their types."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import ConfigDict, Field, RootModel, create_model

from letmepost.api.answers import Answer
from letmepost.api.example_values import IDS
from letmepost.webhooks.event_types import EVENT_TYPES, EventType


class EventFields(Answer):
    """What every event has."""

    id: str = Field(description="The id of the event.", examples=[IDS["evt"]])
    created_at: datetime = Field(description="When it happened.")
    organization_id: str
    sequence: int | None = Field(
        description="Its place among the events of one post, from 1; null for what is not counted."
    )


def _event(declared: EventType) -> type[EventFields]:
    """An event of one type: `PostPublishedEvent` for `post.published`."""
    words = declared.name.replace(".", "_").split("_")
    return create_model(
        f"{''.join(word.capitalize() for word in words)}Event",
        __base__=EventFields,
        __module__=__name__,
        __doc__=declared.description,
        type=(Literal[declared.name], ...),  # type: ignore[arg-type]
        data=(declared.data, ...),
    )


if TYPE_CHECKING:
    EventTypeName = StrEnum

    class Event(RootModel[EventFields]):
        """One thing that happened."""

else:
    EventTypeName = StrEnum(
        "EventTypeName", {name.replace(".", "_").upper(): name for name in EVENT_TYPES}
    )
    EventTypeName.__doc__ = "A type of event; `GET /v1/event-types` says when each is written."

    _EVENTS = tuple(_event(each) for each in EVENT_TYPES.values())

    _Told = Annotated[Union[_EVENTS], Field(discriminator="type")]  # noqa: UP007 - made of a tuple

    class Event(RootModel[_Told]):
        """One thing that happened, as it is delivered to webhook endpoints."""

        model_config = ConfigDict(defer_build=True)


# A type that is not known is refused by a rule, which says what it must be.
AnEventType = Annotated[str, Field(max_length=80, json_schema_extra={"enum": [*EVENT_TYPES]})]
EventTypes = Annotated[list[AnEventType], Field(max_length=200)]


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

    type: EventTypeName
    description: str
    json_schema: dict[str, Any] = Field(alias="schema")
    doc_url: str


class EventTypeList(Answer):
    """Every type of event."""

    data: list[DeclaredEventType]
