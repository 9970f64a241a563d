// Package target calls the implementation under test and keeps what was said.
//
//	target.go    where an implementation is and how it is called
//	exchange.go  one call and its reply, held against the contract
//	show.go      an exchange for people: dump and curl line, without secrets
package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"stagedoor/spec"
)

// MaxBody is how much of a reply is read; no reply of the contract comes near.
const MaxBody = 1 << 20

// Credentials are what clients of each system carry.
type Credentials struct {
	Subscriber Subscriber `json:"subscriber"`
}

// Subscriber are the credentials of the subscriber system. Those that are
// empty are not to be had.
type Subscriber struct {
	AppToken         string `json:"appToken"`
	ExpiredAppToken  string `json:"expiredAppToken"`
	AuthToken        string `json:"authToken"`
	ExpiredAuthToken string `json:"expiredAuthToken"`
}

// Target is one system of an implementation.
type Target struct {
	System *spec.System
	// BaseURL is the address in front of the system's own base path,
	// "http://127.0.0.1:4010".
	BaseURL     string
	Credentials Credentials
	// Methods override the contract's HTTP method by operationId.
	Methods map[string]string
	// Header is sent with every call.
	Header http.Header
	Client *http.Client
}

// NewClient makes an HTTP client that follows no redirect: an API that
// redirects has answered with a redirect. conns is how many calls are under way
// at once.
func NewClient(conns int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConns:        2 * conns,
			MaxIdleConnsPerHost: conns,
			MaxConnsPerHost:     2 * conns,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Request is a call to make.
type Request struct {
	Operation *spec.Operation
	// ID goes along as X-Request-Id, so that the implementation's own log
	// can be searched for it.
	ID     string
	Path   map[string]string
	Query  url.Values
	Header http.Header
	// Body is sent as JSON; nil sends none.
	Body []byte
	// Secrets are texts that no reply may hold and no report may show.
	Secrets []string
}

// Unreachable is a call that got no reply at all.
type Unreachable struct{ Err error }

// Error says that nobody answered.
func (u *Unreachable) Error() string { return "the target is out of reach: " + u.Err.Error() }

// Unwrap is what kept the call from being answered.
func (u *Unreachable) Unwrap() error { return u.Err }

// Call makes one call. Whatever comes back is an exchange; the error is an
// [Unreachable] or that of a request that cannot be built.
func (t *Target) Call(ctx context.Context, r Request) (*Exchange, error) {
	method := r.Operation.Method
	if other := t.Methods[r.Operation.ID]; other != "" {
		method = other
	}
	address := strings.TrimSuffix(t.BaseURL, "/") + r.Operation.Route(r.Path)
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("build a call of %s: %w", r.Operation.Name(), err)
	}
	maps.Copy(request.Header, t.Header)
	maps.Copy(request.Header, r.Header)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("X-Request-Id", r.ID)
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	reply, err := t.Client.Do(request)
	if err != nil {
		return nil, &Unreachable{Err: err}
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(io.LimitReader(reply.Body, MaxBody+1))
	if err != nil && ctx.Err() != nil {
		return nil, &Unreachable{Err: errors.Join(ctx.Err(), err)}
	}
	x := &Exchange{
		Operation: r.Operation, ID: r.ID,
		Method: method, URL: address, Header: request.Header, Body: r.Body,
		Status: reply.StatusCode, ReplyHeader: reply.Header, ReplyBody: data,
		Secrets: r.Secrets,
	}
	x.judge(err)
	return x, nil
}
