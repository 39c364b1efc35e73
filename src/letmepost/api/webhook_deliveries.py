"""The log of what was delivered to an endpoint, and deliveries that are asked for once more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from letmepost.api import webhook_answers
from letmepost.api.call import Call, Reply
from letmepost.api.event_answers import AnEventType, EventTypes
from letmepost.api.operation import Operations
from letmepost.api.parameters import DELIVERY_FILTERS, PAGE
from letmepost.api.reading import cursor, limit, one_of, page, row_place
from letmepost.kit.clock import wire_time
from letmepost.kit.ids import new_id
from letmepost.kit.json_bytes import to_json
from letmepost.posts.body import Wire
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.deliveries import list_deliveries, redeliver, replay
from letmepost.webhooks.endpoints import get_endpoint, wanted_types
from letmepost.webhooks.sealed_secret import open_secret
from letmepost.webhooks.send import send_once
from letmepost.webhooks.sign import Sent, signed_headers

deliveries = Operations("Webhooks")


class ReplayEvents(Wire):
    """A time range to deliver once more; without `before` it ends now, without `types` it is all.

    Both bounds are left out themselves.
    """

    after: AwareDatetime = Field(description="Only what happened after this time.")
    before: AwareDatetime | None = Field(
        None, description="Only what happened before this time; now unless it is given."
    )
    types: EventTypes = Field(
        default_factory=list,
        description="Only events of these types; none means those that the endpoint asks for.",
    )


def _time(at: datetime | None) -> str | None:
    return wire_time(at) if at else None


def delivery_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as the API shows it."""
    return {
        "id": row["id"],
        "endpointId": row["endpoint_id"],
        "eventId": row["event_id"],
        "eventType": row["type"],
        "reason": row["reason"],
        "status": row["status"],
        "attempts": row["attempts"],
        "nextAttemptAt": _time(row["next_attempt_at"]),
        "lastAttemptAt": _time(row["last_attempt_at"]),
        "responseStatus": row["response_status"],
        "responseExcerpt": row["response_excerpt"],
        "durationMs": row["duration_ms"],
        "failure": row["failure"],
        "createdAt": wire_time(row["created_at"]),
        "finishedAt": _time(row["finished_at"]),
    }


@deliveries.read(
    "/v1/webhook-endpoints/{id}/deliveries",
    "listWebhookDeliveries",
    "List the deliveries to a webhook endpoint, newest first",
    scope=Scope.WEBHOOKS_READ,
    answer=webhook_answers.WebhookDeliveryPage,
    query=(*DELIVERY_FILTERS, *PAGE),
)
async def list_all(call: Call) -> Reply:
    """Each with its event, its attempts, and the beginning of the consumer's last answer."""
    query = call.request.query_params
    endpoint_id = call.request.path_params["id"]
    most, after = limit(query), cursor(query)
    statuses = one_of(query, "status", list(webhook_answers.DeliveryStatus))
    rows = await call.state.database.read(
        lambda connection: list_deliveries(
            connection,
            call.caller,
            endpoint_id,
            statuses=statuses,
            event_id=query.get("eventId"),
            limit=most + 1,
            after=after,
        )
    )
    return Reply(200, page(rows, most, row_place, delivery_json))


@deliveries.write(
    "POST",
    "/v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver",
    "redeliverWebhook",
    "Deliver one event once more",
    scope=Scope.WEBHOOKS_WRITE,
    status=202,
    answer=webhook_answers.WebhookDelivery,
)
async def redeliver_one(call: Call, _body: None) -> Reply:
    """The event of this delivery is sent again, with the same event id; the new delivery."""
    path, now = call.request.path_params, call.state.clock.now()
    row = await call.state.database.write(
        lambda connection: redeliver(connection, call.caller, path["id"], path["delivery"], now)
    )
    call.state.runner.wake()
    return Reply(202, delivery_json(row))


@deliveries.write(
    "POST",
    "/v1/webhook-endpoints/{id}/replay",
    "replayWebhooks",
    "Deliver a time range once more",
    scope=Scope.WEBHOOKS_WRITE,
    body=ReplayEvents,
    status=202,
    answer=webhook_answers.Replayed,
)
async def replay_range(call: Call, body: ReplayEvents) -> Reply:
    """Every event of the range that the endpoint may see is sent again, the oldest first.

    Also what was delivered already: a consumer ignores event ids that it has seen.
    """
    endpoint_id, now = call.request.path_params["id"], call.state.clock.now()
    queued = await call.state.database.write(
        lambda connection: replay(
            connection,
            call.caller,
            endpoint_id,
            after=body.after,
            before=body.before or now,
            types=body.types,
            now=now,
        )
    )
    call.state.runner.wake()
    return Reply(202, {"queued": queued})


class TestEndpoint(Wire):
    """An event to make up for a test; without `data` its data is empty."""

    # Not a class of tests, whatever pytest takes it for.
    __test__ = False

    type: AnEventType = Field(
        "post.published", description="The type that the event says it is of."
    )
    data: dict[str, Any] = Field(default_factory=dict, description="What it holds.")


@deliveries.write(
    "POST",
    "/v1/webhook-endpoints/{id}/test",
    "testWebhookEndpoint",
    "Deliver a test event now",
    scope=Scope.WEBHOOKS_WRITE,
    body=TestEndpoint,
    answer=webhook_answers.WebhookTest,
)
async def test(call: Call, body: TestEndpoint) -> Reply:
    """Post a made-up event, signed as every other, and answer with what the consumer said.

    It is tried once, paused or not, and stands in no list.
    """
    state, now = call.state, call.state.clock.now()
    endpoint = await state.database.read(
        lambda connection: get_endpoint(connection, call.caller, call.request.path_params["id"])
    )
    [type_] = wanted_types([body.type])
    event = {
        "id": new_id("evt"),
        "type": type_,
        "createdAt": wire_time(now),
        "organizationId": endpoint["organization_id"],
        "sequence": None,
        "data": body.data,
    }
    sent = Sent(
        event_id=event["id"],
        event_type=type_,
        delivery_id=new_id("whd"),
        request_id=call.request_id,
        body=to_json(event),
    )
    secret = open_secret(state.keyring, endpoint["id"], endpoint["secret"])
    headers = signed_headers(sent, [secret], now)
    session = state.connecting.sessions.guarded
    tried = await send_once(session, endpoint["url"], headers, sent.body, state.clock)
    return Reply(
        200,
        {
            "delivered": tried.delivered,
            "status": tried.status,
            "durationMs": tried.duration_ms,
            "responseBody": tried.excerpt,
            "deliveryId": sent.delivery_id,
            "nonRetryable": tried.is_final,
            "errorName": tried.failure if tried.status is None else None,
            "sentEvent": event,
        },
    )
