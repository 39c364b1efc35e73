package letmepost

import (
	"context"
	"net/http"
)

// APIKeys are the calls below /v1/api-keys.
type APIKeys struct{ client *Client }

// Create makes a key. It is in this answer, and is never shown again.
func (r *APIKeys) Create(ctx context.Context, body MintKey, options ...CallOption) (*MintedKey, error) {
	return call[MintedKey](ctx, r.client, http.MethodPost, "/v1/api-keys", nil, body, options)
}

// List gives one page of keys, the revoked ones too.
func (r *APIKeys) List(ctx context.Context, query ListKeysQuery, options ...CallOption) (*KeyPage, error) {
	return call[KeyPage](ctx, r.client, http.MethodGet, "/v1/api-keys", query.values(), nil, options)
}

// All walks every key, the revoked ones too.
func (r *APIKeys) All(query ListKeysQuery, options ...CallOption) *Iterator[Key] {
	read := func(ctx context.Context, cursor string) ([]Key, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}

// Delete revokes a key, at once and for good.
func (r *APIKeys) Delete(ctx context.Context, id string, options ...CallOption) (*RevokedKey, error) {
	return call[RevokedKey](ctx, r.client, http.MethodDelete, at("/v1/api-keys/", id), nil, nil, options)
}
