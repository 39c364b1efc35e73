package letmepost

import (
	"context"
	"net/http"
)

// Server is the calls of /health and /ready, for which no key is looked at.
type Server struct{ client *Client }

// Health tells that the process answers; nothing else is asked.
func (r *Server) Health(ctx context.Context, options ...CallOption) (*Health, error) {
	return call[Health](ctx, r.client, http.MethodGet, "/health", nil, nil, options)
}

// Ready tells that database and storage answer; it is an error where one does not.
func (r *Server) Ready(ctx context.Context, options ...CallOption) (*Readiness, error) {
	return call[Readiness](ctx, r.client, http.MethodGet, "/ready", nil, nil, options)
}
