package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Client calls one control API. It may be shared by goroutines.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client of the control API at base, such as
// "http://127.0.0.1:4011". Token is its control token, "" where it wants none.
func New(base, token string) *Client {
	return (&Client{base: strings.TrimRight(base, "/"), token: token}).Over(http.DefaultClient)
}

// Over returns the same client over another HTTP client, for certificates and
// time limits of one's own. Redirects are never followed: no control API makes
// any, and the token is nobody else's.
func (c *Client) Over(h *http.Client) *Client {
	other, over := *c, *h
	over.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	other.http = &over
	return &other
}

// Ready is nil when the mock takes calls.
func (c *Client) Ready(ctx context.Context) error {
	return c.do(ctx, call{method: http.MethodGet, path: "/readyz"})
}

// Problem is the refusal of a call: a problem document (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	// Detail begins with the field, parameter or header to be mended.
	Detail string `json:"detail"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// Field is what the detail begins with: the name of what is to be mended, "" if
// the detail names nothing.
func (p *Problem) Field() string {
	field, _, found := strings.Cut(p.Detail, ": ")
	if !found || strings.ContainsAny(field, " \"") {
		return ""
	}
	return field
}

// Unreachable is a call that got no answer.
type Unreachable struct {
	// Base is the address that was called.
	Base  string
	Cause error
}

// Error names the address and the cause.
func (u *Unreachable) Error() string {
	// A URL in the cause would name the address again.
	var inner *url.Error
	if errors.As(u.Cause, &inner) {
		return fmt.Sprintf("no answer from %s: %v", u.Base, inner.Err)
	}
	return fmt.Sprintf("no answer from %s: %v", u.Base, u.Cause)
}

// Unwrap returns the cause.
func (u *Unreachable) Unwrap() error { return u.Cause }

// call is one call of the API.
type call struct {
	method, path string
	query        url.Values
	in           any       // the body as JSON, nil for none
	out          any       // what the reply's JSON is read into, nil for nothing
	text         *string   // what a reply of plain text is read into
	raw          io.Writer // where the reply goes as it is
}

// under is the path of something in a sandbox.
func under(id string, rest ...string) string {
	path := "/sandboxes/" + url.PathEscape(id)
	for _, part := range rest {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query, out: out})
}

func (c *Client) do(ctx context.Context, q call) error {
	request, err := c.request(ctx, q)
	if err != nil {
		return fmt.Errorf("%s %s: %w", q.method, q.path, err)
	}
	reply, err := c.http.Do(request)
	if err != nil {
		return &Unreachable{Base: c.base, Cause: err}
	}
	defer reply.Body.Close()
	if reply.StatusCode >= http.StatusMultipleChoices {
		return problemOf(reply)
	}
	if err := q.read(reply); err != nil {
		return fmt.Errorf("%s %s: read the reply: %w", q.method, c.base+q.path, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	var body io.Reader
	if q.in != nil {
		data, err := json.Marshal(q.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	address := c.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, err
	}
	if q.in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// read reads a success.
func (q call) read(reply *http.Response) error {
	wanted := "application/json"
	switch {
	case q.raw != nil:
		_, err := io.Copy(q.raw, reply.Body)
		return err
	case q.text != nil:
		wanted = "text/plain"
	case q.out == nil:
		return nil
	}
	if got := mediaType(reply); got != wanted {
		return fmt.Errorf("it is %q and not %s; is this the control API of a mock?", got, wanted)
	}
	if q.text == nil {
		return json.NewDecoder(reply.Body).Decode(q.out)
	}
	text, err := io.ReadAll(reply.Body)
	*q.text = string(text)
	return err
}

// mostDetail bounds what is read of a refusal.
const mostDetail = 1 << 20

// problemOf is the problem that a reply tells, or says that it tells none.
func problemOf(reply *http.Response) error {
	var p Problem
	data, err := io.ReadAll(io.LimitReader(reply.Body, mostDetail))
	if err != nil || mediaType(reply) != "application/problem+json" || json.Unmarshal(data, &p) != nil || p.Detail == "" {
		return &Problem{
			Status: reply.StatusCode, Title: http.StatusText(reply.StatusCode),
			Detail: fmt.Sprintf("%s answers %s without saying why; is this the control API of a mock?", reply.Request.URL, reply.Status),
		}
	}
	p.Status = reply.StatusCode
	return &p
}

func mediaType(reply *http.Response) string {
	got, _, err := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return got
}
