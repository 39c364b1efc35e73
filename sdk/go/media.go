package letmepost

import (
	"context"
	"net/http"
)

// MediaFiles are the calls below /v1/media.
type MediaFiles struct{ client *Client }

// List gives one page of the files that were uploaded, the newest first.
func (r *MediaFiles) List(ctx context.Context, query ListMediaQuery, options ...CallOption) (*MediaPage, error) {
	return call[MediaPage](ctx, r.client, http.MethodGet, "/v1/media", query.values(), nil, options)
}

// All walks every file that was uploaded, the newest first.
func (r *MediaFiles) All(query ListMediaQuery, options ...CallOption) *Iterator[Media] {
	read := func(ctx context.Context, cursor string) ([]Media, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Delete deletes a file for good, unless a post that has not ended needs it.
func (r *MediaFiles) Delete(ctx context.Context, id string, options ...CallOption) (*Deleted, error) {
	return call[Deleted](ctx, r.client, http.MethodDelete, at("/v1/media/", id), nil, nil, options)
}

// Fetch lets the server fetch a file from a public address.
func (r *MediaFiles) Fetch(ctx context.Context, body FetchMedia, options ...CallOption) (*Media, error) {
	return call[Media](ctx, r.client, http.MethodPost, "/v1/media/fetch", nil, body, options)
}

// BeginUpload gives an address to PUT the bytes to without a key, from a browser say.
func (r *MediaFiles) BeginUpload(ctx context.Context, body BeginUpload, options ...CallOption) (*Upload, error) {
	return call[Upload](ctx, r.client, http.MethodPost, "/v1/media/uploads", nil, body, options)
}

// CompleteUpload makes a file of the bytes that were PUT to a direct upload's address.
func (r *MediaFiles) CompleteUpload(ctx context.Context, id string, options ...CallOption) (*Media, error) {
	return call[Media](ctx, r.client, http.MethodPost, at("/v1/media/uploads/", id, "/complete"), nil, nil, options)
}
