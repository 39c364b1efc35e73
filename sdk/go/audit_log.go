package letmepost

import (
	"context"
	"net/http"
)

// AuditLog is the calls below /v1/audit-log.
type AuditLog struct{ client *Client }

// List gives one page of who changed what, the newest first.
func (r *AuditLog) List(ctx context.Context, query ListAuditLogQuery, options ...CallOption) (*AuditPage, error) {
	return call[AuditPage](ctx, r.client, http.MethodGet, "/v1/audit-log", query.values(), nil, options)
}

// All walks every entry, the newest first.
func (r *AuditLog) All(query ListAuditLogQuery, options ...CallOption) *Iterator[AuditEntry] {
	read := func(ctx context.Context, cursor string) ([]AuditEntry, *string, error) {
		query.Cursor = cursor
		page, err := r.List(ctx, query, options...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	}
	return newIterator(query.Cursor, read)
}
