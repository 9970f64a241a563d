package mockserver_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// prefer makes a call of an operation with a Prefer header and returns the reply
// with its raw body.
func (u *universe) prefer(system, operation, preference string) (*http.Response, []byte) {
	u.Helper()
	o := u.mock.Contract().System(system).Operation(operation)
	req, err := http.NewRequest(o.Method, u.mock.URL+o.Route(map[string]string{"token": u.appToken, "device": "tv", "platform": "web"}), strings.NewReader("{}"))
	if err != nil {
		u.Fatal(err)
	}
	req.Header.Set("Prefer", preference)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		u.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		u.Fatal(err)
	}
	return resp, data
}

func TestPreferForcesEveryOutcomeOfEveryOperationWithinTheContract(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	forced := 0
	for _, system := range mock.Systems() {
		for _, o := range system.Operations {
			for _, outcome := range o.Outcomes {
				resp, data := u.prefer(system.Name, o.ID, "example="+outcome.Name)
				if got := resp.Header.Get("Stagedoor-Outcome"); got != outcome.Name || resp.StatusCode != outcome.Status {
					t.Errorf("%s: forced %s, got %d %s", o.Name(), outcome.Name, resp.StatusCode, got)
				}
				if !bytes.Equal(data, outcome.Sample()) {
					t.Errorf("%s: a forced %s is %s, want the sample %s", o.Name(), outcome.Name, data, outcome.Sample())
				}
				if _, found := o.CheckReply(resp.StatusCode, resp.Header, data); len(found) > 0 {
					t.Errorf("%s: a forced %s breaks the contract: %v", o.Name(), outcome.Name, found)
				}
				forced++
			}
		}
	}
	for _, e := range u.sandbox.Journal.After("") {
		if e.Forced != "prefer" {
			t.Errorf("the journal says that %s %s was forced by %q", e.Operation, e.Outcome, e.Forced)
		}
	}
	if forced < 200 {
		t.Errorf("forced %d outcomes, want every one of them", forced)
	}
}

func TestAForcedOutcomeChangesNothing(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	before, err := u.sandbox.Accounts.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.prefer("subscriber", "signup", "example=signedUp")
	u.prefer("subscriber", "login", "example=otpSent")
	after, err := u.sandbox.Accounts.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before) || u.sandbox.Inbox.Len() != 0 {
		t.Errorf("%d accounts and %d messages after, %d and none before", len(after), u.sandbox.Inbox.Len(), len(before))
	}
}

func TestPreferThatNamesNoneOrSeveralListsTheValidOnes(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	for _, c := range []struct {
		preference, outcome string
		names               []string
	}{
		{"example=nonsense", "badRequest", []string{"loggedIn (200)", "deviceLimitExceeded (400)"}},
		{"code=401", "badRequest", []string{"invalidCredentials (401)", "appTokenInvalid (401)"}},
		{"code=418", "badRequest", []string{"loggedIn (200)"}},
		{"code=429", "tooManyRequests", nil},
		{`respond-async, code="410"`, "gone", nil},
		{"respond-async", "badRequest", []string{"login_type"}},
		{"example=alreadyExists", "badRequest", []string{"alreadyExists is no outcome of login"}},
	} {
		resp, data := u.prefer("subscriber", "login", c.preference)
		if got := resp.Header.Get("Stagedoor-Outcome"); got != c.outcome {
			t.Errorf("Prefer: %s answered %s, want %s", c.preference, got, c.outcome)
		}
		for _, name := range c.names {
			if !strings.Contains(string(data), name) {
				t.Errorf("Prefer: %s answered %s, which does not name %s", c.preference, data, name)
			}
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			if _, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil {
				t.Errorf("a forced 429 has no Retry-After: %v", err)
			}
		}
	}
}
