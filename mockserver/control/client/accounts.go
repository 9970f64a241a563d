package client

import (
	"context"
	"net/http"
	"strconv"

	"stagedoor/mockserver/account"
)

// Accounts lists the accounts of a sandbox, passwords included.
func (c *Client) Accounts(ctx context.Context, id string) ([]account.Account, error) {
	var list struct {
		Accounts []account.Account `json:"accounts"`
	}
	err := c.get(ctx, under(id, "accounts"), nil, &list)
	return list.Accounts, err
}

// Account shows an account with its devices and sessions.
func (c *Client) Account(ctx context.Context, id string, number account.ID) (account.Account, error) {
	return c.account(ctx, call{method: http.MethodGet, path: accountPath(id, number)})
}

// CreateAccount makes an account of anything whose JSON is one or a part of one:
// an account.Account that began as account.Fresh(), a map.
func (c *Client) CreateAccount(ctx context.Context, id string, like any) (account.Account, error) {
	return c.account(ctx, call{method: http.MethodPost, path: under(id, "accounts"), in: unnumbered(like)})
}

// PatchAccount changes an account by a JSON merge patch (RFC 7396).
func (c *Client) PatchAccount(ctx context.Context, id string, number account.ID, patch any) (account.Account, error) {
	return c.account(ctx, call{method: http.MethodPatch, path: accountPath(id, number), in: patch})
}

// DeleteAccount removes an account at once and without a trace.
func (c *Client) DeleteAccount(ctx context.Context, id string, number account.ID) error {
	return c.do(ctx, call{method: http.MethodDelete, path: accountPath(id, number)})
}

func (c *Client) account(ctx context.Context, q call) (a account.Account, err error) {
	q.out = &a
	err = c.do(ctx, q)
	return a, err
}

func accountPath(id string, number account.ID) string {
	return under(id, "accounts", strconv.FormatInt(number, 10))
}

// unnumbered leaves the number of an account out where it has none, so that it
// gets one.
func unnumbered(like any) any {
	a, ok := like.(account.Account)
	if !ok || a.ID != 0 {
		return like
	}
	return struct {
		account.Account
		ID *account.ID `json:"id,omitempty"` // in place of the account's
	}{Account: a}
}
