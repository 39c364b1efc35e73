"""The answers about webhook endpoints and their deliveries."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from letmepost.api.answers import Answer
from letmepost.api.event_answers import EventTypeName


class DeliveryStatus(StrEnum):
    """How a delivery stands; `failed` is not tried again by itself."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookEndpoint(Answer):
    """An address that events are posted to.

    `pausedReason` says why this server paused it; null where its owner did. `failingSince` is
    there while every delivery fails. `previousSecretEndsAt` is there while deliveries are signed
    with the secret before the present one too.
    """

    id: str
    profile_id: str | None
    url: str
    events: list[EventTypeName]
    description: str | None
    active: bool
    paused_at: datetime | None
    paused_reason: str | None
    failing_since: datetime | None
    last_delivery_at: datetime | None
    last_failure_reason: str | None
    previous_secret_ends_at: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookEndpointWithSecret(WebhookEndpoint):
    """An endpoint with a new secret, which is shown here and never again."""

    signing_secret: str


class WebhookEndpointPage(Answer):
    """A page of endpoints."""

    data: list[WebhookEndpoint]
    next_cursor: str | None


class WebhookDelivery(Answer):
    """One event on its way to one endpoint, and what came of the last attempt.

    `responseStatus` is null where there was no answer; `failure` says why an attempt failed.
    """

    id: str
    endpoint_id: str
    event_id: str
    event_type: EventTypeName
    reason: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    response_status: int | None
    response_excerpt: str | None
    duration_ms: int | None
    failure: str | None
    created_at: datetime
    finished_at: datetime | None


class WebhookDeliveryPage(Answer):
    """A page of deliveries."""

    data: list[WebhookDelivery]
    next_cursor: str | None


class WebhookTest(Answer):
    """What came of one delivery that was made for this answer; nothing of it is kept.

    `status` is null where there was no answer, and `errorName` says why. `nonRetryable` says that
    a real event would not be tried again.
    """

    delivered: bool
    status: int | None
    duration_ms: int
    response_body: str | None
    delivery_id: str
    non_retryable: bool
    error_name: str | None
    sent_event: dict[str, Any]


class Replayed(Answer):
    """How many events are delivered once more."""

    queued: int
