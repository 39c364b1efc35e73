package letmepost

import (
	"context"
	"net/http"
	"time"
)

// Batches are the calls below /v1/batches: posts as they were asked for.
type Batches struct{ client *Client }

// Get gives what Posts.Create answered, as it stands now.
func (r *Batches) Get(ctx context.Context, id string, options ...CallOption) (*Batch, error) {
	return call[Batch](ctx, r.client, http.MethodGet, at("/v1/batches/", id), nil, nil, options)
}

// Replace keeps another post in the place of one whose targets are all drafts.
func (r *Batches) Replace(ctx context.Context, id string, body PostBody, options ...CallOption) (*Batch, error) {
	return call[Batch](ctx, r.client, http.MethodPut, at("/v1/batches/", id), nil, body, options)
}

// Publish publishes every target that is a draft, now or at ScheduledAt: all of them, or none.
func (r *Batches) Publish(ctx context.Context, id string, body PublishBody, options ...CallOption) (*Batch, error) {
	return call[Batch](ctx, r.client, http.MethodPost, at("/v1/batches/", id, "/publish"), nil, body, options)
}

// Wait reads a batch again and again until none of its targets is queued or publishing; the batch
// then. The context ends the wait.
func (r *Batches) Wait(
	ctx context.Context, id string, interval time.Duration, options ...CallOption,
) (*Batch, error) {
	for {
		shown, err := r.Get(ctx, id, options...)
		if err != nil || isSettled(string(shown.Status)) {
			return shown, err
		}
		if err := sleep(ctx, interval); err != nil {
			return nil, err
		}
	}
}
