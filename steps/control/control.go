// Package control is the suite's client of a Stagedoor mock's control API: a
// sandbox for each scenario, its inbox, its clock, its accounts. It knows the
// API as spec/control.yaml describes it and nothing of the mock behind it.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stagedoor/steps/otpsource"
	"stagedoor/steps/target"
)

const maxReply = 8 << 20

// Client calls one control API.
type Client struct {
	base   string
	token  string
	client *http.Client
}

// New makes a client of the control API at base. Token may be empty.
func New(base, token string, client *http.Client) *Client {
	return &Client{base: strings.TrimSuffix(base, "/"), token: token, client: client}
}

// NewSandbox says what a sandbox is to be like.
type NewSandbox struct {
	Name string `json:"name,omitempty"`
	Seed int64  `json:"seed,omitempty"`
	// Readings are options of readings by id, a number for a status or a code.
	Readings map[string]any `json:"readings,omitempty"`
}

// Sandbox is one universe of the mock.
type Sandbox struct {
	ID          string             `json:"id"`
	Credentials target.Credentials `json:"credentials"`

	client *Client
}

// Create makes a sandbox with credentials of its own.
func (c *Client) Create(ctx context.Context, settings NewSandbox) (*Sandbox, error) {
	s := &Sandbox{client: c}
	if err := c.call(ctx, http.MethodPost, "/sandboxes", settings, s); err != nil {
		return nil, err
	}
	if s.ID == "" {
		return nil, fmt.Errorf("create a sandbox: the reply has no id")
	}
	return s, nil
}

// Delete removes the sandbox with everything in it.
func (s *Sandbox) Delete(ctx context.Context) error {
	return s.call(ctx, http.MethodDelete, "", nil, nil)
}

// Change changes settings, as PATCH of a sandbox takes them.
func (s *Sandbox) Change(ctx context.Context, settings map[string]any) error {
	return s.call(ctx, http.MethodPatch, "", settings, nil)
}

// Messages implements [otpsource.Inbox].
func (s *Sandbox) Messages(ctx context.Context, recipient, after string, wait time.Duration) ([]otpsource.Message, error) {
	query := url.Values{"to": {recipient}}
	if after != "" {
		query.Set("after", after)
	}
	if wait > 0 {
		query.Set("wait", wait.String())
	}
	var list struct {
		Messages []otpsource.Message `json:"messages"`
	}
	err := s.call(ctx, http.MethodGet, "/messages?"+query.Encode(), nil, &list)
	return list.Messages, err
}

// Freeze stops the sandbox's clock.
func (s *Sandbox) Freeze(ctx context.Context) error {
	return s.call(ctx, http.MethodPatch, "/clock", map[string]any{"frozen": true}, nil)
}

// Advance moves the sandbox's clock forward.
func (s *Sandbox) Advance(ctx context.Context, d time.Duration) error {
	return s.call(ctx, http.MethodPatch, "/clock", map[string]any{"advance": d.String()}, nil)
}

// Account is as much of an account as the suite looks at.
type Account struct {
	ID          int64  `json:"id"`
	Email       string `json:"email"`
	CountryCode string `json:"countryCode"`
	Phone       string `json:"phone"`
}

// Accounts lists the accounts of the sandbox.
func (s *Sandbox) Accounts(ctx context.Context) ([]Account, error) {
	var list struct {
		Accounts []Account `json:"accounts"`
	}
	err := s.call(ctx, http.MethodGet, "/accounts", nil, &list)
	return list.Accounts, err
}

// ChangeAccount changes an account, as PATCH of an account takes it.
func (s *Sandbox) ChangeAccount(ctx context.Context, id int64, change map[string]any) error {
	return s.call(ctx, http.MethodPatch, "/accounts/"+strconv.FormatInt(id, 10), change, nil)
}

func (s *Sandbox) call(ctx context.Context, method, path string, in, out any) error {
	return s.client.call(ctx, method, "/sandboxes/"+url.PathEscape(s.ID)+path, in, out)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	failed := func(err error) error { return fmt.Errorf("control API: %s %s: %w", method, path, err) }
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return failed(err)
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return failed(err)
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	reply, err := c.client.Do(request)
	if err != nil {
		return failed(err)
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(io.LimitReader(reply.Body, maxReply))
	if err != nil {
		return failed(err)
	}
	if reply.StatusCode >= 300 {
		return failed(&Refused{Status: reply.StatusCode, Detail: detail(data)})
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return failed(err)
	}
	return nil
}

// Refused is a reply of the control API that is no success.
type Refused struct {
	Status int
	Detail string
}

// Error is the status and what the problem document says.
func (r *Refused) Error() string { return fmt.Sprintf("answered %d: %s", r.Status, r.Detail) }

func detail(data []byte) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(data, &problem); err != nil || problem.Detail == "" {
		return "no problem document"
	}
	return problem.Detail
}
