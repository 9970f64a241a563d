package mockserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stagedoor/mockserver"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// rules gives the sandbox fault rules, in JSON.
func (u *universe) rules(list string) {
	u.Helper()
	var rules fault.Rules
	if err := json.Unmarshal([]byte(list), &rules); err != nil {
		u.Fatal(err)
	}
	if _, err := u.mock.Sandboxes().SetFaults(u.Context(), u.sandbox.ID, rules); err != nil {
		u.Fatal(err)
	}
}

// hits are those of the sandbox's rules, in order.
func (u *universe) hits() []uint64 {
	u.Helper()
	s, err := u.mock.Sandboxes().Open(u.Context(), u.sandbox.ID)
	if err != nil {
		u.Fatal(err)
	}
	rules, err := s.Faults(u.Context())
	if err != nil {
		u.Fatal(err)
	}
	var hits []uint64
	for _, r := range rules {
		hits = append(hits, r.Hits)
	}
	return hits
}

// loggedIn says whether an account has a session, which is what a login leaves.
func (u *universe) loggedIn(email string) bool {
	u.Helper()
	a, err := u.sandbox.Accounts.ByEmail(u.Context(), email)
	if err != nil {
		u.Fatal(err)
	}
	return len(a.Sessions) > 0
}

func (u *universe) loginURL() string {
	o := u.mock.Contract().System("subscriber").Operation("login")
	return u.mock.URL + o.Route(map[string]string{"token": u.appToken, "device": "mobile", "platform": "android"})
}

func (u *universe) loginBody(email string) []byte {
	data, err := json.Marshal(u.byEmail(email))
	if err != nil {
		u.Fatal(err)
	}
	return data
}

// met is what a client saw of a call.
type met struct {
	err     error // instead of a reply
	status  int
	header  http.Header
	body    string
	bodyErr error // in the middle of it
	head    time.Duration
	whole   time.Duration
}

// meet logs in by Go's client, on a connection of its own: on one that was used
// before it would send some requests a second time.
func (u *universe) meet(ctx context.Context, email string) met {
	u.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.loginURL(), bytes.NewReader(u.loginBody(email)))
	if err != nil {
		u.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	start := clock.Real{}.Now()
	resp, err := client.Do(req)
	if err != nil {
		return met{err: err, whole: clock.Real{}.Now().Sub(start)}
	}
	defer resp.Body.Close()
	m := met{status: resp.StatusCode, header: resp.Header, head: clock.Real{}.Now().Sub(start)}
	body, err := io.ReadAll(resp.Body)
	m.body, m.bodyErr, m.whole = string(body), err, clock.Real{}.Now().Sub(start)
	return m
}

// breakage is a rule for login, and what comes of it.
type breakage struct {
	rule string
	curl int // exit code
	// sees checks what a client saw. For curl it is built from its output.
	sees    func(m met) bool
	changed bool // the login has left a session
	// What the journal says.
	status  int
	outcome string
	forced  journal.Forced
	reason  string
}

const (
	ok    = http.StatusOK
	pause = 150 * time.Millisecond
)

func whole(m met) bool      { return m.err == nil && m.bodyErr == nil && json.Valid([]byte(m.body)) }
func unreadable(m met) bool { return m.err == nil && m.bodyErr == nil && !json.Valid([]byte(m.body)) }
func noReply(m met) bool    { return errors.Is(m.err, io.EOF) }
func partial(m met) bool    { return m.err == nil && errors.Is(m.bodyErr, io.ErrUnexpectedEOF) }
func serverError(m met) bool {
	return whole(m) && m.status == 500 && strings.Contains(m.body, `"code"`)
}
func htmlOf(status int) func(met) bool {
	return func(m met) bool {
		return unreadable(m) && m.status == status && m.header.Get("Content-Type") == "text/html" && strings.Contains(m.body, fmt.Sprintf("<h1>%d", status))
	}
}

func breakages() map[string]breakage {
	return map[string]breakage{
		"delay": {
			rule: `{"effect":{"delay":"150ms"}}`, sees: func(m met) bool { return whole(m) && m.status == ok && m.head >= pause },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: delay 150ms",
		},
		"delay after": {
			rule: `{"effect":{"delay":"150ms"},"when":"after"}`, sees: func(m met) bool { return whole(m) && m.status == ok && m.head >= pause },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: delay 150ms",
		},
		"outcome": {
			rule: `{"effect":{"outcome":"serverError"}}`, sees: serverError,
			status: 500, outcome: "serverError", forced: "rule", reason: "forced by fault rule rule-1; nothing changed",
		},
		"outcome after": {
			rule: `{"effect":{"outcome":"serverError"},"when":"after"}`, sees: serverError,
			changed: true, status: 500, outcome: "serverError", forced: "rule", reason: "forced by fault rule rule-1 after the operation had answered loggedIn",
		},
		"delayed outcome": {
			rule: `{"effect":{"outcome":"serverError","delay":"150ms"}}`, sees: func(m met) bool { return serverError(m) && m.head >= pause },
			status: 500, outcome: "serverError", forced: "rule", reason: "forced by fault rule rule-1; nothing changed; fault rule rule-1: delay 150ms",
		},
		"drop": {
			rule: `{"effect":{"drop":"before"}}`, sees: noReply, curl: 52,
			reason: "fault rule rule-1: drop before; the operation did not run",
		},
		"drop after": {
			rule: `{"effect":{"drop":"before"},"when":"after"}`, sees: noReply, curl: 52,
			changed: true, reason: "fault rule rule-1: drop before; the operation answered loggedIn",
		},
		"drop in the middle": {
			rule: `{"effect":{"drop":"middle"}}`, sees: func(m met) bool { return partial(m) && m.status == ok && len(m.body) > 20 }, curl: 18,
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: drop middle",
		},
		"drop in the middle of an outcome": {
			rule: `{"effect":{"drop":"middle","outcome":"serverError"}}`, sees: func(m met) bool { return partial(m) && m.status == 500 && m.body != "" }, curl: 18,
			status: 500, outcome: "serverError", forced: "rule", reason: "forced by fault rule rule-1; nothing changed; fault rule rule-1: drop middle",
		},
		"drop in the middle of nothing": {
			rule: `{"effect":{"drop":"middle"},"when":"before"}`, sees: func(m met) bool { return partial(m) && m.status == ok && m.body == "" }, curl: 18,
			status: ok, reason: "fault rule rule-1: drop middle; the operation did not run",
		},
		"truncate": {
			rule: `{"effect":{"truncate":20}}`, sees: func(m met) bool { return unreadable(m) && m.status == ok && len(m.body) == 20 },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: truncate 20",
		},
		"truncate to nothing": {
			rule: `{"effect":{"truncate":0}}`, sees: func(m met) bool { return unreadable(m) && m.status == ok && m.body == "" },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: truncate 0",
		},
		"truncate before": {
			rule: `{"effect":{"truncate":20},"when":"before"}`, sees: func(m met) bool { return unreadable(m) && m.status == ok && m.body == "" },
			status: ok, reason: "fault rule rule-1: truncate 20; the operation did not run",
		},
		"truncate an outcome": {
			rule: `{"effect":{"truncate":5,"outcome":"gone"}}`, sees: func(m met) bool { return unreadable(m) && m.status == 410 && len(m.body) == 5 },
			status: 410, outcome: "gone", forced: "rule", reason: "forced by fault rule rule-1; nothing changed; fault rule rule-1: truncate 5",
		},
		"truncate beyond the end": {
			rule: `{"effect":{"truncate":1000000}}`, sees: func(m met) bool { return whole(m) && m.status == ok },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: truncate 1000000",
		},
		"malformed": {
			rule: `{"effect":{"malformed":true}}`, sees: func(m met) bool { return unreadable(m) && m.status == ok && strings.HasPrefix(m.body, "{,") },
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: malformed",
		},
		"malformed nothing": {
			rule: `{"effect":{"malformed":true},"when":"before"}`, sees: func(m met) bool { return unreadable(m) && m.body == "{," },
			status: ok, reason: "fault rule rule-1: malformed; the operation did not run",
		},
		"content type": {
			rule: `{"effect":{"contentType":"text/plain; charset=x"}}`, sees: func(m met) bool {
				return whole(m) && m.status == ok && m.header.Get("Content-Type") == "text/plain; charset=x"
			},
			changed: true, status: ok, outcome: "loggedIn", reason: `fault rule rule-1: content type "text/plain; charset=x"`,
		},
		"slow body": {
			rule: `{"effect":{"slowBody":"600ms"}}`, sees: func(m met) bool {
				return whole(m) && m.status == ok && m.whole >= 4*pause && m.whole-m.head >= pause
			},
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: slow body 600ms",
		},
		"slow and dropped": {
			rule: `{"effect":{"slowBody":"300ms","drop":"middle"}}`, sees: func(m met) bool {
				return partial(m) && m.status == ok && m.whole >= 2*pause
			}, curl: 18,
			changed: true, status: ok, outcome: "loggedIn", reason: "fault rule rule-1: slow body 300ms, drop middle",
		},
		"status": {
			rule: `{"effect":{"status":503}}`, sees: htmlOf(503),
			status: 503, reason: "fault rule rule-1: status 503; the operation did not run",
		},
		"status after": {
			rule: `{"effect":{"status":502},"when":"after"}`, sees: htmlOf(502),
			changed: true, status: 502, reason: "fault rule rule-1: status 502; the operation answered loggedIn",
		},
		"status of no name": {
			rule: `{"effect":{"status":599,"contentType":"a/b"}}`, sees: func(m met) bool {
				return m.status == 599 && m.header.Get("Content-Type") == "a/b" && strings.Contains(m.body, "<h1>599</h1>")
			},
			status: 599, reason: `fault rule rule-1: status 599, content type "a/b"; the operation did not run`,
		},
	}
}

// checkAftermath holds state, hits and journal against what a breakage leaves.
func checkAftermath(t *testing.T, u *universe, b breakage) {
	t.Helper()
	if changed := u.loggedIn("ann@example.com"); changed != b.changed {
		t.Errorf("the login has left a session: %v", changed)
	}
	if hits := u.hits(); len(hits) != 1 || hits[0] != 1 {
		t.Errorf("hits %v, want one", hits)
	}
	entries := u.sandbox.Journal.After("")
	if len(entries) != 1 {
		t.Fatalf("the journal has %d entries", len(entries))
	}
	e := entries[0]
	if e.Operation != "login" || e.Status != b.status || e.Outcome != b.outcome || e.Forced != b.forced || e.Reason != b.reason {
		t.Errorf("the journal says %s %d %q forced %q because %q, want %d %q %q %q", e.Operation, e.Status, e.Outcome, e.Forced, e.Reason, b.status, b.outcome, b.forced, b.reason)
	}
	if b.status == 0 && (len(e.Reply.Headers) != 0 || e.Reply.Body != nil) {
		t.Errorf("the journal shows a reply that was not sent: %v %s", e.Reply.Headers, e.Reply.Body)
	}
}

// leaveNothingRunning fails a test after which a goroutine runs that did not
// before. The mock is to be started after it.
func leaveNothingRunning(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func TestGoClientMeetsEveryFault(t *testing.T) {
	leaveNothingRunning(t)
	mock := mocktest.Start(t, mockserver.Config{})
	for name, b := range breakages() {
		t.Run(name, func(t *testing.T) {
			u := newUniverse(t, mock, sandbox.Settings{})
			u.rules("[" + b.rule + "]")
			m := u.meet(t.Context(), "ann@example.com")
			if !b.sees(m) {
				t.Errorf("the client saw %+v", m)
			}
			checkAftermath(t, u, b)
			if e := u.sandbox.Journal.After("")[0]; m.err == nil && string(e.Reply.Body) != m.body {
				t.Errorf("the journal says that %q went out, the client got %q", e.Reply.Body, m.body)
			}
		})
	}
}

// curl logs in by curl and returns its exit code with what it saw.
func (u *universe) curl(path string, options ...string) (int, met) {
	u.Helper()
	const seen = "\n%{http_code} %{time_starttransfer} %{time_total} %{content_type}"
	args := append([]string{"-s", "-q", "--noproxy", "*", "-H", "Content-Type: application/json", "--data-binary", "@-", "-w", seen}, options...)
	cmd := exec.CommandContext(u.Context(), path, append(args, u.loginURL())...)
	cmd.Stdin = bytes.NewReader(u.loginBody("ann@example.com"))
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.Fatal(err)
	}
	body, rest := string(out), ""
	if i := strings.LastIndex(body, "\n"); i >= 0 {
		body, rest = body[:i], body[i+1:]
	}
	m := met{body: body, header: http.Header{}}
	var head, total float64
	if _, err := fmt.Sscan(rest, &m.status, &head, &total); err != nil {
		u.Fatalf("curl said %q: %v", out, err)
	}
	if fields := strings.SplitN(rest, " ", 4); len(fields) == 4 {
		m.header.Set("Content-Type", fields[3])
	}
	m.head, m.whole = time.Duration(head*float64(time.Second)), time.Duration(total*float64(time.Second))
	switch cmd.ProcessState.ExitCode() {
	case 52: // empty reply
		m.err = io.EOF
	case 18: // partial file
		m.bodyErr = io.ErrUnexpectedEOF
	}
	return cmd.ProcessState.ExitCode(), m
}

func curlPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("needs curl: Debian package curl")
	}
	return path
}

func TestCurlMeetsEveryFault(t *testing.T) {
	path := curlPath(t)
	mock := mocktest.Start(t, mockserver.Config{})
	for name, b := range breakages() {
		t.Run(name, func(t *testing.T) {
			u := newUniverse(t, mock, sandbox.Settings{})
			u.rules("[" + b.rule + "]")
			exit, m := u.curl(path)
			if exit != b.curl || !b.sees(m) {
				t.Errorf("curl ended with %d, want %d, and saw %+v", exit, b.curl, m)
			}
			checkAftermath(t, u, b)
		})
	}
}

func TestCurlGivesUpOnWhatIsTooSlow(t *testing.T) {
	path := curlPath(t)
	mock := mocktest.Start(t, mockserver.Config{})
	for _, effect := range []string{`{"delay":"1h"}`, `{"slowBody":"1h"}`} {
		u := newUniverse(t, mock, sandbox.Settings{})
		u.rules(`[{"effect":` + effect + `}]`)
		if exit, _ := u.curl(path, "--max-time", "0.3"); exit != 28 {
			t.Errorf("%s: curl ended with %d, want 28, a time-out", effect, exit)
		}
	}
}

// TestFaultsEndWhenTheClientGoes fails by goroutines that outlive the client, or
// by the mock that waits for them when it stops.
func TestFaultsEndWhenTheClientGoes(t *testing.T) {
	leaveNothingRunning(t)
	mock := mocktest.Start(t, mockserver.Config{})
	for _, c := range []struct {
		rule    string
		changed bool
		status  int
		reason  string
	}{
		{`{"effect":{"delay":"1h"}}`, false, 0, "the client left, and the operation did not run"},
		{`{"effect":{"delay":"1h","outcome":"serverError"}}`, false, 0, "the client left, and the operation did not run"},
		{`{"effect":{"delay":"1h"},"when":"after"}`, true, ok, "delay 1h"},
		{`{"effect":{"slowBody":"1h"}}`, true, ok, "slow body 1h"},
	} {
		u := newUniverse(t, mock, sandbox.Settings{})
		u.rules("[" + c.rule + "]")
		written := u.sandbox.Journal.Changed()
		ctx, leave := context.WithCancel(t.Context())
		seen := make(chan met, 1)
		go func() { seen <- u.meet(ctx, "ann@example.com") }()
		for u.hits()[0] == 0 {
			if err := clock.Sleep(t.Context(), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		leave()
		m := <-seen
		if !errors.Is(errors.Join(m.err, m.bodyErr), context.Canceled) {
			t.Errorf("%s: the client saw %+v", c.rule, m)
		}
		<-written // or the test hangs, and says where
		e := u.sandbox.Journal.After("")[0]
		if e.Status != c.status || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%s: the journal says %d because %q", c.rule, e.Status, e.Reason)
		}
		if changed := u.loggedIn("ann@example.com"); changed != c.changed {
			t.Errorf("%s: the login has left a session: %v", c.rule, changed)
		}
	}
}
