package letmepost

import (
	"context"
	"net/http"
)

// Events are the calls below /v1/events, and /v1/event-types.
type Events struct{ client *Client }

// List gives one page of events, the newest first unless Order is asc.
func (r *Events) List(ctx context.Context, query ListEventsQuery, options ...CallOption) (*EventPage, error) {
	return call[EventPage](ctx, r.client, http.MethodGet, "/v1/events", query.values(), nil, options)
}

// All walks every event, the newest first unless Order is asc.
func (r *Events) All(query ListEventsQuery, options ...CallOption) *Iterator[Event] {
	read := func(ctx context.Context, cursor string) ([]Event, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Get gives one event, as webhook endpoints get it.
func (r *Events) Get(ctx context.Context, id string, options ...CallOption) (*Event, error) {
	return call[Event](ctx, r.client, http.MethodGet, at("/v1/events/", id), nil, nil, options)
}

// Types gives every type of event, with the JSON Schema of its data.
func (r *Events) Types(ctx context.Context, options ...CallOption) (*EventTypeList, error) {
	return call[EventTypeList](ctx, r.client, http.MethodGet, "/v1/event-types", nil, nil, options)
}
