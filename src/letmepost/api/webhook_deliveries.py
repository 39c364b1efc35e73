"""The log of what was delivered to an endpoint, and deliveries that are asked for once more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from letmepost.api import webhook_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.api.reading import (
    DELIVERY_FILTERS,
    PAGE,
    cursor,
    limit,
    one_of,
    page,
    row_place,
)
from letmepost.kit.clock import wire_time
from letmepost.posts.body import Wire
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.deliveries import STATUSES, list_deliveries, redeliver, replay

deliveries = Operations("Webhooks")


class ReplayEvents(Wire):
    """A time range to deliver once more; without `before` it ends now, without `types` it is all.

    Both bounds are left out themselves.
    """

    after: AwareDatetime = Field(description="Only what happened after this time.")
    before: AwareDatetime | None = Field(
        None, description="Only what happened before this time; now unless it is given."
    )
    types: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=200)] = Field(
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
    statuses = one_of(query, "status", STATUSES)
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
