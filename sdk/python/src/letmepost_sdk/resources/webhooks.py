"""Webhook endpoints, and what was delivered to them."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import DeliveryFilters, ProfilePageFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import (
    ChangeEndpoint,
    CreateEndpoint,
    Deleted,
    Replayed,
    ReplayEvents,
    TestEndpoint,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookEndpoint,
    WebhookEndpointPage,
    WebhookEndpointWithSecret,
    WebhookTest,
)


class Webhooks(Resource[DriverT]):
    """Where events are posted to. What comes there, `verify_webhook` looks at without a client."""

    @Operation
    def create(
        self, body: CreateEndpoint, **options: Unpack[CallOptions]
    ) -> Exchange[WebhookEndpointWithSecret]:
        """Make an endpoint; the answer shows its `signingSecret`, and nothing does later."""
        return self._call("POST", "/v1/webhook-endpoints", given=options, body=body)

    @Operation
    def list(self, **filters: Unpack[ProfilePageFilters]) -> Exchange[WebhookEndpointPage]:
        """One page of endpoints, newest first."""
        return self._call("GET", "/v1/webhook-endpoints", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[ProfilePageFilters]) -> Walk[WebhookEndpoint]:
        """Every endpoint, newest first; `limit` is the size of a page."""
        return self._walk("/v1/webhook-endpoints", given=filters)

    @Operation
    def get(self, endpoint_id: str, **options: Unpack[CallOptions]) -> Exchange[WebhookEndpoint]:
        """One endpoint."""
        return self._call("GET", "/v1/webhook-endpoints/{id}", endpoint_id, given=options)

    @Operation
    def update(
        self, endpoint_id: str, body: ChangeEndpoint, **options: Unpack[CallOptions]
    ) -> Exchange[WebhookEndpoint]:
        """Change, pause or resume an endpoint."""
        return self._call(
            "PATCH", "/v1/webhook-endpoints/{id}", endpoint_id, given=options, body=body
        )

    @Operation
    def delete(self, endpoint_id: str, **options: Unpack[CallOptions]) -> Exchange[Deleted]:
        """Delete an endpoint."""
        return self._call("DELETE", "/v1/webhook-endpoints/{id}", endpoint_id, given=options)

    @Operation
    def rotate_secret(
        self, endpoint_id: str, **options: Unpack[CallOptions]
    ) -> Exchange[WebhookEndpointWithSecret]:
        """Give an endpoint another secret; the one before is good for a day more."""
        return self._call(
            "POST", "/v1/webhook-endpoints/{id}/rotate-secret", endpoint_id, given=options
        )

    @Operation
    def test(
        self, endpoint_id: str, body: TestEndpoint | None = None, **options: Unpack[CallOptions]
    ) -> Exchange[WebhookTest]:
        """Deliver a test event now, once; what the endpoint said."""
        return self._call(
            "POST", "/v1/webhook-endpoints/{id}/test", endpoint_id, given=options, body=body or {}
        )

    @Operation
    def replay(
        self, endpoint_id: str, body: ReplayEvents, **options: Unpack[CallOptions]
    ) -> Exchange[Replayed]:
        """Deliver everything between two times once more."""
        return self._call(
            "POST", "/v1/webhook-endpoints/{id}/replay", endpoint_id, given=options, body=body
        )

    @Operation
    def list_deliveries(
        self, endpoint_id: str, **filters: Unpack[DeliveryFilters]
    ) -> Exchange[WebhookDeliveryPage]:
        """One page of deliveries with their attempts, newest first."""
        return self._call(
            "GET", "/v1/webhook-endpoints/{id}/deliveries", endpoint_id, given=filters
        )

    @Iteration
    def iterate_deliveries(
        self, endpoint_id: str, **filters: Unpack[DeliveryFilters]
    ) -> Walk[WebhookDelivery]:
        """Every delivery, newest first; `limit` is the size of a page."""
        return self._walk("/v1/webhook-endpoints/{id}/deliveries", endpoint_id, given=filters)

    @Operation
    def redeliver(
        self, endpoint_id: str, delivery_id: str, **options: Unpack[CallOptions]
    ) -> Exchange[WebhookDelivery]:
        """Deliver one event once more."""
        return self._call(
            "POST",
            "/v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver",
            endpoint_id,
            delivery_id,
            given=options,
        )
