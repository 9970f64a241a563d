package control_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/control"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
	"stagedoor/spec"
)

var loadContract = sync.OnceValues(spec.Load)

func noon() time.Time { return time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC) }

// client calls a control API and holds every reply against spec/control.yaml.
type client struct {
	t         *testing.T
	url       string
	http      *http.Client
	contract  *observer
	clock     *clock.Manual
	store     *flaky
	sandboxes *sandbox.Registry
	log       *bytes.Buffer
}

// flaky is a store that fails while it is told to.
type flaky struct {
	store.Driver
	down atomic.Bool
}

var errDown = errors.New("the disk is on fire")

func (f *flaky) Get(ctx context.Context, key string) ([]byte, error) {
	if f.down.Load() {
		return nil, errDown
	}
	return f.Driver.Get(ctx, key)
}

func (f *flaky) Create(ctx context.Context, key string, value []byte) error {
	if f.down.Load() {
		return errDown
	}
	return f.Driver.Create(ctx, key, value)
}

func (f *flaky) Update(ctx context.Context, key string, change func([]byte) ([]byte, error)) error {
	if f.down.Load() {
		return errDown
	}
	return f.Driver.Update(ctx, key, change)
}

func (f *flaky) List(ctx context.Context, prefix string) ([]store.Pair, error) {
	if f.down.Load() {
		return nil, errDown
	}
	return f.Driver.List(ctx, prefix)
}

// newClient makes a control API over a fresh registry, without a network.
func newClient(t *testing.T, config control.Config) *client {
	t.Helper()
	contract, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, url: "http://127.0.0.1:4011", clock: clock.NewManual(noon()), store: &flaky{Driver: store.NewMemory()}, log: &bytes.Buffer{}}
	c.sandboxes = sandbox.New(sandbox.Config{Contract: contract, Store: c.store, Clock: c.clock, Entropy: rand.Reader, FeedLimit: 100})
	config.Contract, config.Sandboxes, config.Clock = contract, c.sandboxes, c.clock
	config.Log = slog.New(slog.NewTextHandler(c.log, nil))
	if _, _, err := c.sandboxes.Put(t.Context(), sandbox.DefaultID, sandbox.Document{}); err != nil {
		t.Fatal(err)
	}
	c.contract = newObserver(t, inProcess{control.New(config)})
	c.http = &http.Client{Transport: c.contract}
	return c
}

// start is newClient with a server on a loopback port.
func start(t *testing.T, config control.Config) *client {
	t.Helper()
	c := newClient(t, config)
	server := httptest.NewServer(c.contract.next.(inProcess).handler)
	t.Cleanup(server.Close)
	c.url, c.contract.next = server.URL, server.Client().Transport
	return c
}

// inProcess carries a request to a handler in the caller's goroutine.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r.Host = r.URL.Host
	if r.Body == nil {
		r.Body = http.NoBody
	}
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// answer is a reply that has been read.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   string
}

// call sends a request. A body is sent as JSON unless a header says otherwise.
// Headers are given as "Name: value".
func (c *client) call(method, path, body string, headers ...string) answer {
	c.t.Helper()
	return c.callIn(c.t.Context(), method, path, body, headers...)
}

func (c *client) callIn(ctx context.Context, method, path, body string, headers ...string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{t: c.t, what: method + " " + path + " " + body, status: resp.StatusCode, header: resp.Header, body: string(text)}
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d %s, want %d", a.what, a.status, a.body, status)
	}
	return a
}

// into checks the status and reads the JSON.
func (a answer) into(status int, v any) answer {
	a.t.Helper()
	a.is(status)
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
	return a
}

// refused checks the status and that the detail holds each part.
func (a answer) refused(status int, parts ...string) {
	a.t.Helper()
	var problem struct {
		Title, Detail string
		Status        int
	}
	a.into(status, &problem)
	if problem.Status != status || problem.Title != http.StatusText(status) {
		a.t.Errorf("%s: the document says %d %s", a.what, problem.Status, problem.Title)
	}
	for _, part := range parts {
		if !strings.Contains(problem.Detail, part) {
			a.t.Errorf("%s: detail %q lacks %q", a.what, problem.Detail, part)
		}
	}
}

// sandboxShown is what tests read of a sandbox.
type sandboxShown struct {
	ID          string
	Name        string
	Seed        int64
	OTP         struct{ Mode, Code string }
	Quota       struct{ PerDay int }
	Readings    map[string]any
	Credentials sandbox.Credentials
	Clock       sandbox.ClockState
}

func (c *client) makeSandbox(body string) sandboxShown {
	c.t.Helper()
	var s sandboxShown
	c.call("POST", "/sandboxes", body).into(http.StatusCreated, &s)
	return s
}

// sendCode issues a challenge and delivers its code, as a behaviour would.
func (c *client) sendCode(id, to string, lifetime time.Duration) otp.Challenge {
	c.t.Helper()
	s, err := c.sandboxes.Open(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	now := s.Now(c.clock.Now())
	challenge, err := s.OTP("subscriber").Issue(c.t.Context(), now, mathrand.New(mathrand.NewPCG(1, uint64(s.Inbox.Len()))),
		otp.Request{Purpose: otp.Login, Recipient: to, Policy: s.Policy(4, lifetime)})
	if err != nil {
		c.t.Fatal(err)
	}
	s.Inbox.Deliver(inbox.Message{
		At: now, System: "subscriber", Channel: inbox.SMS, To: to, Purpose: "login",
		Code: challenge.Code, Token: challenge.Token, Text: "Your code is " + challenge.Code,
	})
	return challenge
}
