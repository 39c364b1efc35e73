package letmepost

import (
	"context"
	"net/http"
)

// PlatformVersions is the call of /v1/platform-versions.
type PlatformVersions struct{ client *Client }

// List gives each platform's version, and until when it lives.
func (r *PlatformVersions) List(ctx context.Context, options ...CallOption) (*SpokenVersions, error) {
	return call[SpokenVersions](ctx, r.client, http.MethodGet, "/v1/platform-versions", nil, nil, options)
}
