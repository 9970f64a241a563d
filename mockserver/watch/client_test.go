package watch_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// body is a JSON object of a request.
type body map[string]any

// with returns the body with further or other values.
func (b body) with(changes body) body {
	out := maps.Clone(b)
	maps.Copy(out, changes)
	return out
}

// client is a viewing application, alone in its sandbox.
type client struct {
	*testing.T
	mock    *mocktest.Mock
	sandbox *sandbox.Sandbox
}

// newClient gives a test a sandbox with the accounts of the fixtures, whose
// clock stands still.
func newClient(t *testing.T, mock *mocktest.Mock, settings sandbox.Settings) *client {
	t.Helper()
	d, err := sandbox.Fixture()
	if err != nil {
		t.Fatal(err)
	}
	s, err := mock.Sandboxes().Create(t.Context(), sandbox.Document{Settings: settings, Accounts: d.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{T: t, mock: mock, sandbox: s}
	yes := true
	c.move(sandbox.ClockChange{Frozen: &yes})
	return c
}

// start is a client of a mock of its own.
func start(t *testing.T) *client {
	t.Helper()
	return newClient(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
}

func (c *client) move(change sandbox.ClockChange) {
	c.Helper()
	if _, err := c.mock.Sandboxes().MoveClock(c.Context(), c.sandbox.ID, change); err != nil {
		c.Fatal(err)
	}
}

func (c *client) advance(d time.Duration) {
	c.Helper()
	c.move(sandbox.ClockChange{Advance: d})
}

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	body    map[string]any
	outcome string
}

func (r reply) text(key string) string {
	text, _ := r.body[key].(string)
	return text
}

// post sends a body to a path below the system's base.
func (c *client) post(path, authorization string, data []byte) reply {
	c.Helper()
	req, err := http.NewRequest(http.MethodPost, c.mock.URL+"/v2/watch/auth"+path, bytes.NewReader(data))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, outcome: resp.Header.Get("Stagedoor-Outcome")}
	if err := json.Unmarshal(got, &r.body); err != nil {
		c.Fatalf("%s answered %d with %q, which is no JSON object", path, resp.StatusCode, got)
	}
	return r
}

// call makes one call of an operation with the sandbox's own API key.
func (c *client) call(path string, b body) reply {
	c.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		c.Fatal(err)
	}
	return c.post(path, "Bearer "+c.sandbox.Credentials.Watch.APIKey, data)
}

// want makes a call and holds it against an outcome.
func (c *client) want(outcome, path string, b body) reply {
	c.Helper()
	r := c.call(path, b)
	if r.outcome != outcome {
		c.Errorf("%s %v answered %s (%s), want %s", path, b, r.outcome, r.header.Get("Stagedoor-Reason"), outcome)
	}
	return r
}

// tokens are the pair of a session.
type tokens struct{ access, refresh string }

func tokensOf(r reply) tokens { return tokens{r.text("token"), r.text("refresh_token")} }

func (c *client) login(b body) tokens {
	c.Helper()
	return tokensOf(c.want("loggedIn", "/login", b))
}

// signedIn says whether the session of a refresh token lives.
func (c *client) signedIn(pair tokens) bool {
	c.Helper()
	return c.call("/token/refresh", body{"refresh_token": pair.refresh}).outcome == "refreshed"
}

const password = "MyPass@3221"

func byPassword(username, password string) body {
	return body{"type": "password", "credentials": body{"username": username, "password": password}}
}

func byPIN(pin string) body { return body{"type": "pin", "credentials": body{"pin": pin}} }

// mail is the newest mail to an address.
func (c *client) mail(to string) inbox.Message {
	c.Helper()
	messages := c.sandbox.Inbox.List(inbox.Filter{To: to})
	if len(messages) == 0 {
		c.Fatalf("no mail to %s", to)
	}
	return messages[len(messages)-1]
}

// resetCode asks for a reset link and returns the code in it.
func (c *client) resetCode(email string) string {
	c.Helper()
	c.want("resetMailed", "/forgot-password", body{"email": email})
	return c.mail(email).Code
}

const television = "tv-0001"

// loginCode is the code of a new QR login on the television.
func (c *client) loginCode() string {
	c.Helper()
	return c.want("qrCodeIssued", "/login/qr/get-code", body{"device": "AppleTV", "udid": television}).text("login_code")
}

// scan is what a phone sends that has scanned a login code.
func scan(code string) body { return byPassword("pia", password).with(body{"login_code": code}) }

// poll is what the television sends.
func poll(code string) body { return body{"login_code": code, "udid": television} }

// race makes the same call many times at once and counts the outcomes.
func (c *client) race(racers int, path string, b body) map[string]int {
	c.Helper()
	outcomes := make(chan string, racers)
	begin := make(chan struct{})
	for range racers {
		go func() {
			<-begin
			outcomes <- c.call(path, b).outcome
		}()
	}
	close(begin)
	count := map[string]int{}
	for range racers {
		count[<-outcomes]++
	}
	return count
}
