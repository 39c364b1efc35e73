"""Webhook endpoints: where events are posted to, and the secrets that they are signed with."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from letmepost.api import answers, webhook_answers
from letmepost.api.call import Call, Reply
from letmepost.api.event_answers import EventTypes
from letmepost.api.operation import Operations
from letmepost.api.parameters import PAGE, PROFILE
from letmepost.api.reading import cursor, limit, page, row_place
from letmepost.kit.address_guard import AddressGuard
from letmepost.kit.clock import wire_time
from letmepost.posts.body import Wire
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.endpoints import (
    Secrets,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    get_endpoint,
    list_endpoints,
    rotate_secret,
)
from letmepost.webhooks.target_url import refuse_url

webhooks = Operations("Webhooks")

Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Description = Annotated[str, Field(max_length=500)]


class CreateEndpoint(Wire):
    """An endpoint to make. Without `events` it gets all; without `profileId`, of all profiles."""

    url: Url = Field(description="The http or https address that events are posted to.")
    events: EventTypes = Field(
        default_factory=list, description="The types of events that it gets; none means all."
    )
    description: Description | None = Field(None, description="What it is for, in your words.")
    profile_id: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="Only events of this profile."
    )


class ChangeEndpoint(Wire):
    """What to change; at least one field. `active: false` pauses the endpoint."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    # None is a field that is left out; it cannot be given, but for the description.
    url: Url = Field(default=None)  # type: ignore[assignment]
    events: EventTypes = Field(default_factory=list)
    active: bool = Field(default=None)  # type: ignore[assignment]
    description: Description | None = None

    @model_validator(mode="after")
    def _some_field(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give url, events, active or description")
        return self


def _time(at: datetime | None) -> str | None:
    return wire_time(at) if at else None


def endpoint_json(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """An endpoint as the API shows it, without its secret."""
    until = row["previous_secret_until"]
    return {
        "id": row["id"],
        "profileId": row["profile_id"],
        "url": row["url"],
        "events": row["events"],
        "description": row["description"],
        "active": row["paused_at"] is None,
        "pausedAt": _time(row["paused_at"]),
        "pausedReason": row["paused_reason"],
        "failingSince": _time(row["failing_since"]),
        "lastDeliveryAt": _time(row["last_delivery_at"]),
        "lastFailureReason": row["last_failure_reason"],
        "previousSecretEndsAt": _time(until) if until and until > now else None,
        "createdAt": wire_time(row["created_at"]),
        "updatedAt": wire_time(row["updated_at"]),
    }


def _secrets(call: Call) -> Secrets:
    return Secrets(keyring=call.state.keyring, random_bytes=secrets.token_bytes)


async def _refuse_url(call: Call, url: str) -> None:
    await refuse_url(AddressGuard(call.state.settings.allowed_private_networks), url)


@webhooks.write(
    "POST",
    "/v1/webhook-endpoints",
    "createWebhookEndpoint",
    "Make a webhook endpoint",
    scope=Scope.WEBHOOKS_WRITE,
    body=CreateEndpoint,
    status=201,
    answer=webhook_answers.WebhookEndpointWithSecret,
)
async def create(call: Call, body: CreateEndpoint) -> Reply:
    """Events that happen from now on are posted to it, signed with the secret in this answer.

    The secret is shown here and nowhere else: it is kept encrypted.
    """
    await _refuse_url(call, body.url)
    now = call.state.clock.now()
    row, secret = await call.state.database.write(
        lambda connection: create_endpoint(
            connection,
            call.caller,
            _secrets(call),
            url=body.url,
            types=body.events,
            description=body.description,
            profile_id=body.profile_id,
            by=call.actor,
            now=now,
        )
    )
    return Reply(201, {**endpoint_json(row, now), "signingSecret": secret})


@webhooks.read(
    "/v1/webhook-endpoints",
    "listWebhookEndpoints",
    "List webhook endpoints, newest first",
    scope=Scope.WEBHOOKS_READ,
    answer=webhook_answers.WebhookEndpointPage,
    query=(PROFILE, *PAGE),
)
async def list_all(call: Call) -> Reply:
    """The endpoints that the key may see, paused ones included."""
    query = call.request.query_params
    most, after, now = limit(query), cursor(query), call.state.clock.now()
    rows = await call.state.database.read(
        lambda connection: list_endpoints(
            connection,
            call.caller,
            profile_id=query.get("profileId"),
            limit=most + 1,
            after=after,
        )
    )
    return Reply(200, page(rows, most, row_place, lambda row: endpoint_json(row, now)))


@webhooks.read(
    "/v1/webhook-endpoints/{id}",
    "getWebhookEndpoint",
    "Read a webhook endpoint",
    scope=Scope.WEBHOOKS_READ,
    answer=webhook_answers.WebhookEndpoint,
)
async def get(call: Call) -> Reply:
    """One endpoint, and how its deliveries go."""
    endpoint_id = call.request.path_params["id"]
    row = await call.state.database.read(
        lambda connection: get_endpoint(connection, call.caller, endpoint_id)
    )
    return Reply(200, endpoint_json(row, call.state.clock.now()))


@webhooks.write(
    "PATCH",
    "/v1/webhook-endpoints/{id}",
    "changeWebhookEndpoint",
    "Change, pause or resume a webhook endpoint",
    scope=Scope.WEBHOOKS_WRITE,
    body=ChangeEndpoint,
    answer=webhook_answers.WebhookEndpoint,
)
async def change(call: Call, body: ChangeEndpoint) -> Reply:
    """Change its address, its events, its description, or whether it is active.

    What happens while it is paused is not queued for it; replay it afterwards.
    """
    if body.url is not None:
        await _refuse_url(call, body.url)
    endpoint_id, now = call.request.path_params["id"], call.state.clock.now()
    changed = body.model_dump(exclude_unset=True, by_alias=False)
    row = await call.state.database.write(
        lambda connection: change_endpoint(
            connection, call.caller, endpoint_id, changed, by=call.actor, now=now
        )
    )
    call.state.runner.wake()
    return Reply(200, endpoint_json(row, now))


@webhooks.write(
    "DELETE",
    "/v1/webhook-endpoints/{id}",
    "deleteWebhookEndpoint",
    "Delete a webhook endpoint",
    scope=Scope.WEBHOOKS_WRITE,
    answer=answers.Deleted,
)
async def delete(call: Call, _body: None) -> Reply:
    """Nothing more is sent to it, and the log of its deliveries goes with it."""
    endpoint_id, now = call.request.path_params["id"], call.state.clock.now()
    await call.state.database.write(
        lambda connection: delete_endpoint(
            connection, call.caller, endpoint_id, by=call.actor, now=now
        )
    )
    return Reply(200, {"id": endpoint_id, "deleted": True})


@webhooks.write(
    "POST",
    "/v1/webhook-endpoints/{id}/rotate-secret",
    "rotateWebhookSecret",
    "Give a webhook endpoint another secret",
    scope=Scope.WEBHOOKS_WRITE,
    answer=webhook_answers.WebhookEndpointWithSecret,
)
async def rotate(call: Call, _body: None) -> Reply:
    """The secret in this answer is good at once; the one before it for another 24 hours.

    Until then deliveries carry a signature of each. Rotated again within that time, the older of
    the two ends at once.
    """
    endpoint_id, now = call.request.path_params["id"], call.state.clock.now()
    row, secret = await call.state.database.write(
        lambda connection: rotate_secret(
            connection, call.caller, _secrets(call), endpoint_id, by=call.actor, now=now
        )
    )
    return Reply(200, {**endpoint_json(row, now), "signingSecret": secret})
