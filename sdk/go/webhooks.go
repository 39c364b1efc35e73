package letmepost

import (
	"context"
	"net/http"
)

// Webhooks are the calls below /v1/webhook-endpoints. VerifyWebhook needs no client.
type Webhooks struct{ client *Client }

// Create makes an endpoint. Its SigningSecret is in this answer, and is never shown again.
func (r *Webhooks) Create(ctx context.Context, body CreateEndpoint, options ...CallOption) (*WebhookEndpointWithSecret, error) {
	return call[WebhookEndpointWithSecret](ctx, r.client, http.MethodPost, "/v1/webhook-endpoints", nil, body, options)
}

// List gives one page of endpoints.
func (r *Webhooks) List(ctx context.Context, query ListWebhookEndpointsQuery, options ...CallOption) (*WebhookEndpointPage, error) {
	return call[WebhookEndpointPage](ctx, r.client, http.MethodGet, "/v1/webhook-endpoints", query.values(), nil, options)
}

// All walks every endpoint.
func (r *Webhooks) All(query ListWebhookEndpointsQuery, options ...CallOption) *Iterator[WebhookEndpoint] {
	read := func(ctx context.Context, cursor string) ([]WebhookEndpoint, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Get gives one endpoint.
func (r *Webhooks) Get(ctx context.Context, id string, options ...CallOption) (*WebhookEndpoint, error) {
	return call[WebhookEndpoint](ctx, r.client, http.MethodGet, at("/v1/webhook-endpoints/", id), nil, nil, options)
}

// Update changes an endpoint; Active: Set(false) pauses it.
func (r *Webhooks) Update(ctx context.Context, id string, body ChangeEndpoint, options ...CallOption) (*WebhookEndpoint, error) {
	return call[WebhookEndpoint](ctx, r.client, http.MethodPatch, at("/v1/webhook-endpoints/", id), nil, body, options)
}

// Delete deletes an endpoint.
func (r *Webhooks) Delete(ctx context.Context, id string, options ...CallOption) (*Deleted, error) {
	return call[Deleted](ctx, r.client, http.MethodDelete, at("/v1/webhook-endpoints/", id), nil, nil, options)
}

// RotateSecret gives an endpoint another secret; the one before stays good for a day.
func (r *Webhooks) RotateSecret(ctx context.Context, id string, options ...CallOption) (*WebhookEndpointWithSecret, error) {
	return call[WebhookEndpointWithSecret](ctx, r.client, http.MethodPost, at("/v1/webhook-endpoints/", id, "/rotate-secret"), nil, nil, options)
}

// Test sends one event to an endpoint now; what the endpoint said.
func (r *Webhooks) Test(ctx context.Context, id string, body TestEndpoint, options ...CallOption) (*WebhookTest, error) {
	return call[WebhookTest](ctx, r.client, http.MethodPost, at("/v1/webhook-endpoints/", id, "/test"), nil, body, options)
}

// ListDeliveries gives one page of what became of an endpoint's events, the newest first.
func (r *Webhooks) ListDeliveries(ctx context.Context, id string, query ListWebhookDeliveriesQuery, options ...CallOption) (*WebhookDeliveryPage, error) {
	return call[WebhookDeliveryPage](ctx, r.client, http.MethodGet, at("/v1/webhook-endpoints/", id, "/deliveries"), query.values(), nil, options)
}

// AllDeliveries walks what became of every event of an endpoint, the newest first.
func (r *Webhooks) AllDeliveries(id string, query ListWebhookDeliveriesQuery, options ...CallOption) *Iterator[WebhookDelivery] {
	read := func(ctx context.Context, cursor string) ([]WebhookDelivery, *string, error) {
		query.Cursor = cursor
		page, err := r.ListDeliveries(ctx, id, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Redeliver sends one delivery again.
func (r *Webhooks) Redeliver(ctx context.Context, id, deliveryID string, options ...CallOption) (*WebhookDelivery, error) {
	return call[WebhookDelivery](ctx, r.client, http.MethodPost, at(at("/v1/webhook-endpoints/", id, "/deliveries/"), deliveryID, "/redeliver"), nil, nil, options)
}

// Replay sends everything between two times again.
func (r *Webhooks) Replay(ctx context.Context, id string, body ReplayEvents, options ...CallOption) (*Replayed, error) {
	return call[Replayed](ctx, r.client, http.MethodPost, at("/v1/webhook-endpoints/", id, "/replay"), nil, body, options)
}
