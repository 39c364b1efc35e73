package letmepost

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Posts are the calls below /v1/posts.
type Posts struct{ client *Client }

// Create publishes on every target now, or at ScheduledAt. What can be refused before anything is sent
// is refused whole, with a *PreflightFailedError. What becomes of each target afterwards is in
// Results, and is no error of this call. WaitAtMost says how long the server may wait for it.
func (r *Posts) Create(ctx context.Context, body PostBody, options ...CallOption) (*Batch, error) {
	return call[Batch](ctx, r.client, http.MethodPost, "/v1/posts", nil, body, options)
}

// CreateOnAccount publishes on one account, in the older shape. A target that fails is an error here.
func (r *Posts) CreateOnAccount(ctx context.Context, body AccountPostBody, options ...CallOption) (*FlatResult, error) {
	return call[FlatResult](ctx, r.client, http.MethodPost, "/v1/posts", nil, body, options)
}

// Validate checks a post against every rule, and sends nothing. Broken rules are no error here.
func (r *Posts) Validate(ctx context.Context, body PostBody, options ...CallOption) (*Validation, error) {
	return call[Validation](ctx, r.client, http.MethodPost, "/v1/posts/validate", nil, body, options)
}

// List gives one page of posts, the newest first.
func (r *Posts) List(ctx context.Context, query ListPostsQuery, options ...CallOption) (*PostPage, error) {
	return call[PostPage](ctx, r.client, http.MethodGet, "/v1/posts", query.values(), nil, options)
}

// All walks every post, the newest first.
func (r *Posts) All(query ListPostsQuery, options ...CallOption) *Iterator[Post] {
	read := func(ctx context.Context, cursor string) ([]Post, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Calendar gives the days of a time zone, with the first posts of each.
func (r *Posts) Calendar(ctx context.Context, query GetCalendarQuery, options ...CallOption) (*Calendar, error) {
	return call[Calendar](ctx, r.client, http.MethodGet, "/v1/calendar", query.values(), nil, options)
}

// Get gives one post with every attempt.
func (r *Posts) Get(ctx context.Context, id string, options ...CallOption) (*PostWithAttempts, error) {
	return call[PostWithAttempts](ctx, r.client, http.MethodGet, at("/v1/posts/", id), nil, nil, options)
}

// Wait reads a post again and again until it is published, refused, canceled or deleted; the post
// then. The context ends the wait.
func (r *Posts) Wait(
	ctx context.Context, id string, interval time.Duration, options ...CallOption,
) (*PostWithAttempts, error) {
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

// Update changes a queued post or a draft: its time, its content, or both. What is left out stays as it is.
func (r *Posts) Update(ctx context.Context, id string, body EditBody, options ...CallOption) (*Post, error) {
	return call[Post](ctx, r.client, http.MethodPatch, at("/v1/posts/", id), nil, body, options)
}

// Reschedule gives a queued post another time.
func (r *Posts) Reschedule(
	ctx context.Context, id string, scheduledAt time.Time, options ...CallOption,
) (*Post, error) {
	return r.Update(ctx, id, EditBody{ScheduledAt: Set(At(scheduledAt))}, options...)
}

// Cancel cancels a queued post, or removes a draft.
func (r *Posts) Cancel(ctx context.Context, id string, options ...CallOption) (*Canceled, error) {
	return call[Canceled](ctx, r.client, http.MethodDelete, at("/v1/posts/", id), nil, nil, options)
}

// Delete deletes a published post on its platform, or cancels it while it is queued. A canceled post
// has an ID and a Status only.
func (r *Posts) Delete(ctx context.Context, id string, options ...CallOption) (*DeletedPost, error) {
	return call[DeletedPost](ctx, r.client, http.MethodDelete, at("/v1/posts/", id), url.Values{"upstream": {"true"}}, nil, options)
}

// Publish publishes a draft now, or at ScheduledAt. What a new post would be refused for, it is refused
// for, and stays a draft.
func (r *Posts) Publish(ctx context.Context, id string, body PublishBody, options ...CallOption) (*Post, error) {
	return call[Post](ctx, r.client, http.MethodPost, at("/v1/posts/", id, "/publish"), nil, body, options)
}

// Retry puts a failed, rejected or canceled post back into the queue.
func (r *Posts) Retry(ctx context.Context, id string, body RetryBody, options ...CallOption) (*Retried, error) {
	return call[Retried](ctx, r.client, http.MethodPost, at("/v1/posts/", id, "/retry"), nil, body, options)
}

// isSettled tells whether a status is final.
func isSettled(status string) bool { return status != "queued" && status != "publishing" }
