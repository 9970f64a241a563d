package control_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver/control"
)

const stateOfTeam = "/sandboxes/team/state"

func TestStateGoesOutAndComesInAsItIs(t *testing.T) {
	c := start(t, control.Config{})
	prepare(t, c)
	c.call("PATCH", "/sandboxes/team/clock", `{"frozen":true}`).is(http.StatusOK)
	c.call("PUT", "/sandboxes/team/faults", `{"rules":[{"id":"r","effect":{"delay":{"min":"1ms","max":"2ms"}},"times":3}]}`).is(http.StatusOK)
	state := c.call("GET", stateOfTeam, "").is(http.StatusOK).body
	elsewhere := start(t, control.Config{})
	elsewhere.call("PUT", stateOfTeam, state).is(http.StatusCreated)
	if got := elsewhere.call("GET", stateOfTeam, "").is(http.StatusOK).body; got != state {
		t.Errorf("it came out as\n%s\nwant\n%s", got, state)
	}
	elsewhere.call("PUT", stateOfTeam, state).is(http.StatusOK) // and again
	if got := elsewhere.call("GET", stateOfTeam, "").is(http.StatusOK).body; got != state {
		t.Errorf("imported twice it came out as\n%s\nwant\n%s", got, state)
	}
}

func TestStatesAreRefusedByField(t *testing.T) {
	c := start(t, control.Config{})
	prepare(t, c)
	before := c.call("GET", stateOfTeam, "").is(http.StatusOK).body
	const challenge = `"purpose":"login","rival":"r","issuedAt":"2030-01-01T00:00:00Z","expiresAt":"2030-01-01T00:00:00Z","maxAttempts":5`
	for body, parts := range map[string][]string{
		`{"version":2}`: {"version", "1"},
		`{"verzion":1}`: {"verzion", "did you mean version?"},
		`{"accounts":[{"emial":"a@example.com"}]}`:                                    {"accounts[0].emial", "did you mean email?"},
		`{"accounts":[{}]}`:                                                           {"accounts[0]", "nothing identifies"},
		`{"accounts":[{"generate":0}]}`:                                               {"accounts[0]"},
		`{"accounts":[{"generate":2,"seed":1}]}`:                                      {"accounts[0].seed"},
		`{"clock":{"frozen":true}}`:                                                   {"clock.now", "required"},
		`{"clock":{"now":"noon"}}`:                                                    {"clock.now", "date-time"},
		`{"clock":{"now":"9999-01-01T00:00:00Z"}}`:                                    {"clock.now", "292 years"},
		`{"challenges":{"radio":[]}}`:                                                 {"challenges.radio"},
		`{"challenges":{"watch":[{` + challenge + `,"token":"t","state":"asleep"}]}}`: {"challenges.watch[0].state", "live"},
		`{"challenges":{"watch":[{` + challenge + `,"state":"live"}]}}`:               {"challenges.watch[0].token", "required"},
		`{"counters":{"draws":-1}}`:                                                   {"counters.draws"},
		`{"counters":{"draws":1.5}}`:                                                  {"counters.draws"},
		`{"faults":[{"effect":{}}]}`:                                                  {"faults[0].effect"},
		`{"credentials":{"watch":{"apiKey":"other-key"}}}`:                            nil,
	} {
		status := http.StatusBadRequest
		if parts == nil {
			status, parts = http.StatusConflict, []string{"credentials.watch.apiKey"}
		}
		c.call("PUT", stateOfTeam, body).refused(status, parts...)
	}
	// Time goes by while the clock runs, and nothing else does.
	after := c.call("GET", stateOfTeam, "").is(http.StatusOK).body
	if after != before {
		t.Errorf("the state became\n%s\nfrom\n%s", after, before)
	}
}

func TestStateMayBeLarge(t *testing.T) {
	c := start(t, control.Config{})
	var accounts []string
	for i := range 1000 {
		accounts = append(accounts, fmt.Sprintf(`{"id":%d,"email":"p%d@example.com","firstName":%q}`, i+1, i, strings.Repeat("x", 1200)))
	}
	body := `{"version":1,"accounts":[` + strings.Join(accounts, ",") + `]}`
	if len(body) < 1<<20 {
		t.Fatal("it is not large")
	}
	c.call("PUT", stateOfTeam, body).is(http.StatusCreated)
	if state := c.call("GET", stateOfTeam, "").is(http.StatusOK).body; !strings.Contains(state, "p999@example.com") {
		t.Error("the last account is missing")
	}
}
