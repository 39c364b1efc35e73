"""What has happened, for who reads in place of being told; and which types of events there are."""

from starlette.requests import Request
from starlette.responses import Response

from letmepost.api import event_answers
from letmepost.api.call import Call, Reply, unless_known
from letmepost.api.operation import Operations
from letmepost.api.parameters import EVENT_FILTERS, IF_NONE_MATCH, PAGE
from letmepost.api.reading import (
    cursor,
    cursor_after,
    invalid,
    limit,
    moment,
    one_of,
    page,
    row_place,
)
from letmepost.api.state import State
from letmepost.kit.json_bytes import to_json
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.event_types import EVENT_TYPES
from letmepost.webhooks.events import event_body
from letmepost.webhooks.outbox import EventFilters, Order, list_events, read_event

events = Operations("Events")


@events.read(
    "/v1/events",
    "listEvents",
    "List what has happened",
    scope=Scope.WEBHOOKS_READ,
    answer=event_answers.EventPage,
    query=(*EVENT_FILTERS, *PAGE),
)
async def list_all_events(call: Call) -> Reply:
    """Every event that the key may see, the newest first unless `order=asc` is given.

    To catch up, read with `order=asc` until `nextCursor` is null, keep `resumeCursor`, and begin
    there the next time. No event appears before a place that was read already: one whose
    transaction is still under way is held back, and so is everything after it.
    """
    query = call.request.query_params
    most, after = limit(query), cursor(query)
    order: Order = "asc" if query.get("order") == "asc" else "desc"
    if query.get("order", "desc") not in ("asc", "desc"):
        raise invalid("order", "must be asc or desc.")
    filters = EventFilters(
        profile_id=query.get("profileId"),
        types=one_of(query, "type", list(EVENT_TYPES)),
        post_id=query.get("postId"),
        created_after=moment(query, "after"),
        created_before=moment(query, "before"),
    )
    now = call.state.clock.now()
    rows = await call.state.database.read(
        lambda connection: list_events(
            connection,
            call.caller,
            filters,
            order=order,
            limit=most + 1,
            after=after,
            now=now,
        )
    )
    shown = page(rows, most, row_place, event_body)
    place = row_place(rows[:most][-1]) if rows else after
    resume = cursor_after(place) if order == "asc" and place is not None else None
    return Reply(200, {**shown, "resumeCursor": resume})


@events.read(
    "/v1/events/{id}",
    "getEvent",
    "Read one event",
    scope=Scope.WEBHOOKS_READ,
    answer=event_answers.Event,
)
async def get_event(call: Call) -> Reply:
    """One event, as it is delivered to webhook endpoints."""
    event_id = call.request.path_params["id"]
    row = await call.state.database.read(
        lambda connection: read_event(connection, call.caller, event_id)
    )
    return Reply(200, event_body(row))


@events.public(
    "/v1/event-types",
    "listEventTypes",
    "List every type of event with its schema",
    answers={200: event_answers.EventTypeList, 304: None},
    headers=(IF_NONE_MATCH,),
)
async def list_event_types(request: Request) -> Response:
    """When each type is written, and the JSON Schema of its `data`. Needs no key."""
    state: State = request.app.state.letmepost
    docs_url = state.settings.docs
    declared = [
        {
            "type": each.name,
            "description": each.description,
            "schema": each.schema,
            "docUrl": f"{docs_url}/events/{each.page}",
        }
        for each in EVENT_TYPES.values()
    ]
    headers = {"Cache-Control": "public, max-age=300"}
    return unless_known(request, to_json({"data": declared}), headers)
