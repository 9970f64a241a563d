package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"stagedoor/mockserver/sandbox"
)

// Sandbox is one universe of the mock.
type Sandbox struct {
	ID string `json:"id"`
	sandbox.Settings
	CreatedAt time.Time `json:"createdAt"`
	// Seed is the chosen one, or the one that was drawn.
	Seed        int64               `json:"seed"`
	Credentials sandbox.Credentials `json:"credentials"`
	Clock       sandbox.ClockState  `json:"clock"`
}

// NewSandbox says what a sandbox is to be like. All of it is optional.
type NewSandbox struct {
	sandbox.Settings
	// Credentials that are absent are made.
	Credentials *sandbox.Credentials `json:"credentials,omitempty"`
	// Accounts are [Generated], or anything whose JSON is an account or a part of
	// one: an account.Account that began as account.Fresh(), a map.
	Accounts []any `json:"accounts,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (n NewSandbox) MarshalJSON() ([]byte, error) {
	type plain NewSandbox
	p := plain(n)
	p.Accounts = nil
	for _, a := range n.Accounts {
		p.Accounts = append(p.Accounts, unnumbered(a))
	}
	return json.Marshal(p)
}

// Generated stands among accounts for so many made-up ones.
type Generated struct {
	Count int `json:"generate"`
}

// Sandboxes lists all sandboxes, the default one among them.
func (c *Client) Sandboxes(ctx context.Context) ([]Sandbox, error) {
	var list struct {
		Sandboxes []Sandbox `json:"sandboxes"`
	}
	err := c.get(ctx, "/sandboxes", nil, &list)
	return list.Sandboxes, err
}

// CreateSandbox makes a sandbox with an id of its own. What it is to be like is
// a [NewSandbox], or anything whose JSON has that form.
func (c *Client) CreateSandbox(ctx context.Context, like any) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodPost, path: "/sandboxes", in: like})
}

// Sandbox shows a sandbox.
func (c *Client) Sandbox(ctx context.Context, id string) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodGet, path: under(id)})
}

// PutSandbox makes the sandbox with this id, or brings it in line: settings are
// replaced, credentials and accounts where they are given. What it is to be like
// is a [NewSandbox], or anything whose JSON has that form.
func (c *Client) PutSandbox(ctx context.Context, id string, like any) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodPut, path: under(id), in: like})
}

// PatchSandbox changes settings by a JSON merge patch (RFC 7396).
func (c *Client) PatchSandbox(ctx context.Context, id string, patch any) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodPatch, path: under(id), in: patch})
}

// ResetSandbox takes a sandbox back to the accounts it was made with. Settings,
// credentials and clock stay.
func (c *Client) ResetSandbox(ctx context.Context, id string) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodPost, path: under(id, "reset")})
}

// DeleteSandbox removes a sandbox with everything in it.
func (c *Client) DeleteSandbox(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: under(id)})
}

func (c *Client) sandbox(ctx context.Context, q call) (s Sandbox, err error) {
	q.out = &s
	err = c.do(ctx, q)
	return s, err
}

// State exports a sandbox as a state document. It holds secrets.
func (c *Client) State(ctx context.Context, id string) (sandbox.Document, error) {
	var document json.RawMessage
	if err := c.get(ctx, under(id, "state"), nil, &document); err != nil {
		return sandbox.Document{}, err
	}
	return sandbox.DecodeDocument(document)
}

// PutState makes a sandbox what a state document says and nothing else, its
// credentials and clock included; one that does not exist is made. The document
// is a [sandbox.Document], or anything whose JSON has that form.
func (c *Client) PutState(ctx context.Context, id string, document any) (Sandbox, error) {
	return c.sandbox(ctx, call{method: http.MethodPut, path: under(id, "state"), in: document})
}
