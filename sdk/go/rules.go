package letmepost

import (
	"context"
	"net/http"
)

// Rules are the calls below /v1/rules: what posts are checked against.
type Rules struct{ client *Client }

// List gives rules by filters, all at once.
func (r *Rules) List(ctx context.Context, query ListRulesQuery, options ...CallOption) (*RulePage, error) {
	return call[RulePage](ctx, r.client, http.MethodGet, "/v1/rules", query.values(), nil, options)
}

// Get gives one rule: its limit, its reason and its sources.
func (r *Rules) Get(ctx context.Context, id string, options ...CallOption) (*CatalogueRule, error) {
	return call[CatalogueRule](ctx, r.client, http.MethodGet, at("/v1/rules/", id), nil, nil, options)
}
