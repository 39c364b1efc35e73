package letmepost

import (
	"context"
	"net/http"
	"net/url"
)

// Accounts are the calls below /v1/accounts, and /v1/connect-links.
type Accounts struct{ client *Client }

// List gives every connected account that the key may see; with a profile's id, those of the profile.
func (r *Accounts) List(
	ctx context.Context, profileID string, options ...CallOption,
) (*AccountList, error) {
	query := queryValues{}
	setText(query, "profileId", profileID)
	return call[AccountList](ctx, r.client, http.MethodGet, "/v1/accounts", url.Values(query), nil, options)
}

// Get gives one account.
func (r *Accounts) Get(ctx context.Context, id string, options ...CallOption) (*Account, error) {
	return call[Account](ctx, r.client, http.MethodGet, at("/v1/accounts/", id), nil, nil, options)
}

// Delete disconnects an account; its queued posts are canceled.
func (r *Accounts) Delete(ctx context.Context, id string, options ...CallOption) (*Disconnected, error) {
	return call[Disconnected](ctx, r.client, http.MethodDelete, at("/v1/accounts/", id), nil, nil, options)
}

// Connect begins to connect: a consent page to visit, or the credentials to ask for.
func (r *Accounts) Connect(ctx context.Context, platform PlatformName, body StartConnect, options ...CallOption) (*ConnectStart, error) {
	return call[ConnectStart](ctx, r.client, http.MethodPost, at("/v1/accounts/connect/", string(platform)), nil, body, options)
}

// CompleteConnect ends what Connect began, with the credentials or with what the consent page gave.
// Accounts holds all that a consent has connected, and is empty otherwise.
func (r *Accounts) CompleteConnect(ctx context.Context, platform PlatformName, body CompleteConnect, options ...CallOption) (*ConnectedAccount, error) {
	return call[ConnectedAccount](ctx, r.client, http.MethodPost, at("/v1/accounts/connect/", string(platform), "/complete"), nil, body, options)
}

// ConnectLink makes a page on which somebody else connects an account to this server.
func (r *Accounts) ConnectLink(ctx context.Context, body MakeConnectLink, options ...CallOption) (*ConnectLink, error) {
	return call[ConnectLink](ctx, r.client, http.MethodPost, "/v1/connect-links", nil, body, options)
}

// Pause holds back everything that would go out on an account.
func (r *Accounts) Pause(ctx context.Context, id string, options ...CallOption) (*Account, error) {
	return call[Account](ctx, r.client, http.MethodPost, at("/v1/accounts/", id, "/pause"), nil, nil, options)
}

// Resume lets a paused account go on.
func (r *Accounts) Resume(ctx context.Context, id string, options ...CallOption) (*Account, error) {
	return call[Account](ctx, r.client, http.MethodPost, at("/v1/accounts/", id, "/resume"), nil, nil, options)
}

// Health tells how an account's access stands, as far as this server knows.
func (r *Accounts) Health(ctx context.Context, id string, options ...CallOption) (*AccountHealth, error) {
	return call[AccountHealth](ctx, r.client, http.MethodGet, at("/v1/accounts/", id, "/health"), nil, nil, options)
}

// Refresh renews an account's access now.
func (r *Accounts) Refresh(ctx context.Context, id string, options ...CallOption) (*AccountHealth, error) {
	return call[AccountHealth](ctx, r.client, http.MethodPost, at("/v1/accounts/", id, "/refresh"), nil, nil, options)
}

// Check asks the platform itself whether an account can be posted to.
func (r *Accounts) Check(ctx context.Context, id string, options ...CallOption) (*AccountCheck, error) {
	return call[AccountCheck](ctx, r.client, http.MethodGet, at("/v1/accounts/", id, "/check"), nil, nil, options)
}

// ListPinterestBoards gives the boards of a Pinterest account.
func (r *Accounts) ListPinterestBoards(ctx context.Context, id string, options ...CallOption) (*PinterestBoards, error) {
	return call[PinterestBoards](ctx, r.client, http.MethodGet, at("/v1/accounts/", id, "/pinterest/boards"), nil, nil, options)
}

// AddPinterestBoard makes a board on a Pinterest account.
func (r *Accounts) AddPinterestBoard(ctx context.Context, id string, body CreatePinterestBoard, options ...CallOption) (*PinterestBoardMade, error) {
	return call[PinterestBoardMade](ctx, r.client, http.MethodPost, at("/v1/accounts/", id, "/pinterest/boards"), nil, body, options)
}

// SetPinterestDefaultBoard chooses the board of pins that name none.
func (r *Accounts) SetPinterestDefaultBoard(ctx context.Context, id, boardID string, options ...CallOption) (*PinterestDefaultBoard, error) {
	return call[PinterestDefaultBoard](ctx, r.client, http.MethodPatch, at("/v1/accounts/", id, "/pinterest/default-board"), nil, ChooseDefaultPinterestBoard{BoardID: boardID}, options)
}
