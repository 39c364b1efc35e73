"""Events: what has happened, to read and to catch up with."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import EventFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import Event, EventPage, EventTypeList


class Events(Resource[DriverT]):
    """What has happened."""

    @Operation
    def list(self, **filters: Unpack[EventFilters]) -> Exchange[EventPage]:
        """One page of events, newest first unless `order` is `asc`.

        In that order, `resumeCursor` of the last page is where to read on later.
        """
        return self._call("GET", "/v1/events", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[EventFilters]) -> Walk[Event]:
        """Every event that has happened until now; `limit` is the size of a page."""
        return self._walk("/v1/events", given=filters)

    @Operation
    def get(self, event_id: str, **options: Unpack[CallOptions]) -> Exchange[Event]:
        """One event."""
        return self._call("GET", "/v1/events/{id}", event_id, given=options)

    @Operation
    def types(self, **options: Unpack[CallOptions]) -> Exchange[EventTypeList]:
        """Every type of event with its schema."""
        return self._call("GET", "/v1/event-types", given=options)
