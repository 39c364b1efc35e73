package letmepost

import (
	"context"
	"net/http"
)

// Profiles are the calls below /v1/profiles, the parts of an organization.
type Profiles struct{ client *Client }

// Create makes a profile.
func (r *Profiles) Create(ctx context.Context, body CreateProfile, options ...CallOption) (*Profile, error) {
	return call[Profile](ctx, r.client, http.MethodPost, "/v1/profiles", nil, body, options)
}

// List gives every profile.
func (r *Profiles) List(ctx context.Context, options ...CallOption) (*ProfileList, error) {
	return call[ProfileList](ctx, r.client, http.MethodGet, "/v1/profiles", nil, nil, options)
}

// Get gives one profile.
func (r *Profiles) Get(ctx context.Context, id string, options ...CallOption) (*Profile, error) {
	return call[Profile](ctx, r.client, http.MethodGet, at("/v1/profiles/", id), nil, nil, options)
}

// Update changes a profile's name or slug.
func (r *Profiles) Update(ctx context.Context, id string, body ChangeProfile, options ...CallOption) (*Profile, error) {
	return call[Profile](ctx, r.client, http.MethodPatch, at("/v1/profiles/", id), nil, body, options)
}

// Delete deletes a profile that has no accounts.
func (r *Profiles) Delete(ctx context.Context, id string, options ...CallOption) (*Deleted, error) {
	return call[Deleted](ctx, r.client, http.MethodDelete, at("/v1/profiles/", id), nil, nil, options)
}

// Slots gives the queue slots of a profile: its weekly times, and the next of them that are free.
func (r *Profiles) Slots(ctx context.Context, id string, options ...CallOption) (*Slots, error) {
	return call[Slots](ctx, r.client, http.MethodGet, at("/v1/profiles/", id, "/slots"), nil, nil, options)
}

// SetSlots replaces the queue slots of a profile.
func (r *Profiles) SetSlots(ctx context.Context, id string, body PlanSlots, options ...CallOption) (*Slots, error) {
	return call[Slots](ctx, r.client, http.MethodPut, at("/v1/profiles/", id, "/slots"), nil, body, options)
}
