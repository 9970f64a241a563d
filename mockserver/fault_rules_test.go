package mockserver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestFirstFaultRuleThatFiresActs(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	u.rules(`[{"match":{"operation":"signup"},"effect":{"outcome":"gone"}},
		{"effect":{"outcome":"gone"},"probability":0},
		{"match":{"operation":"login"},"effect":{"outcome":"serverError"},"times":2},
		{"effect":{"outcome":"paymentFailed"},"times":1},
		{"effect":{"outcome":"paymentPending"}}]`)
	var outcomes []string
	for range 5 {
		outcomes = append(outcomes, u.call("login", u.byEmail("ann@example.com")).outcome)
	}
	if got := strings.Join(outcomes, " "); got != "serverError serverError paymentFailed paymentPending paymentPending" {
		t.Errorf("outcomes %s", got)
	}
	if hits := u.hits(); !slices.Equal(hits, []uint64{0, 0, 2, 1, 2}) {
		t.Errorf("hits %v", hits)
	}
	// An operation that has none of the outcomes is left alone.
	if r := u.call("lookup", bodies["lookup"]); r.outcome != "gone" && r.outcome != "exists" {
		t.Errorf("lookup answered %s", r.outcome)
	}
}

func TestFaultRulesMatchPathAndBody(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	u.rules(`[{"match":{"system":"subscriber","operation":"login","path":{"platform":"android"},"body":{"email":"ann@example.com","otherdetails.os":"Tizen"}},"effect":{"outcome":"serverError"}}]`)
	ann := u.byEmail("ann@example.com")
	for _, c := range []struct {
		operation string
		body      body
		outcome   string
	}{
		{"login", ann, "serverError"},
		{"login", u.byEmail("bala@example.com").with(body{"password": "wrong"}), "invalidCredentials"},
		{"login", ann.with(body{"otherdetails": u.otherdetails().with(body{"os": "Android"})}), "loggedIn"},
		{"signup", ann, "alreadyExists"},
	} {
		u.must(c.outcome, c.operation, c.body)
	}
	u.rules(`[{"match":{"path":{"platform":"ios"}},"effect":{"outcome":"serverError"}}]`)
	u.must("loggedIn", "login", ann)
	if hits := u.hits(); hits[0] != 0 {
		t.Errorf("a rule for ios has %v hits on android", hits)
	}
}

func TestPreferComesBeforeFaultRulesAndMagicAfter(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	u.rules(`[{"effect":{"outcome":"serverError"}}]`)
	if resp, _ := u.prefer("subscriber", "login", "example=gone"); resp.Header.Get("Stagedoor-Forced") != "prefer" || u.hits()[0] != 0 {
		t.Errorf("a preferred outcome was forced by %q, with hits %v", resp.Header.Get("Stagedoor-Forced"), u.hits())
	}
	r := u.must("serverError", "login", u.byEmail("ann+gone@example.com"))
	if r.header.Get("Stagedoor-Forced") != "rule" || u.journalled(r).Forced != "rule" {
		t.Errorf("a rule's outcome was forced by %q", r.header.Get("Stagedoor-Forced"))
	}
	// An effect on the reply leaves it to the identity which reply that is.
	u.rules(`[{"effect":{"contentType":"text/plain"}}]`)
	r = u.must("gone", "login", u.byEmail("ann+gone@example.com"))
	if r.header.Get("Stagedoor-Forced") != "magic" || r.header.Get("Content-Type") != "text/plain" {
		t.Errorf("headers %v", r.header)
	}
}

func TestFaultRulesSpoilRefusalsToo(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	u.rules(`[{"effect":{"contentType":"text/plain"}},{"effect":{"status":500}}]`)
	r := u.must("credentialsMissing", "login", u.byEmail("ann@example.com").with(body{"password": nil}))
	if r.header.Get("Content-Type") != "text/plain" {
		t.Errorf("headers %v", r.header)
	}
	// A path that is no operation's is no rule's.
	if r := u.request(http.MethodGet, "/api/v1/nothing/token/"+u.appToken); r.outcome != "notFound" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("outcome %s, headers %v", r.outcome, r.header)
	}
}

func TestFaultRulesReachEverySystem(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	u.sandbox, _ = mock.Sandboxes().Open(t.Context(), sandbox.DefaultID) // answers those without a credential
	for _, system := range mock.Systems() {
		u.rules(fmt.Sprintf(`[{"match":{"system":%q},"effect":{"outcome":%q}}]`, system.Name, "serverError"))
		for _, other := range mock.Systems() {
			o := other.Operations[0]
			req, err := http.NewRequest(o.Method, mock.URL+o.Route(map[string]string{"token": "x", "device": "tv", "platform": "web"}), nil)
			if err != nil {
				t.Fatal(err)
			}
			if r := do(t, req); (r.header.Get("Stagedoor-Forced") == "rule") != (other == system) {
				t.Errorf("a rule for %s: %s answered %s (%s)", system.Name, o.Name(), r.outcome, r.header.Get("Stagedoor-Reason"))
			}
		}
	}
}

func TestTimesIsExactUnderRacingCalls(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	const racers, times = 100, 7
	for name, more := range map[string]string{"always": "", "by chance": `,"probability":0.5`} {
		u := newUniverse(t, mock, sandbox.Settings{})
		u.rules(fmt.Sprintf(`[{"effect":{"outcome":"serverError"},"times":%d%s}]`, times, more))
		outcomes := make(chan string, racers)
		var ready sync.WaitGroup
		start := make(chan struct{})
		ready.Add(racers)
		for range racers {
			go func() {
				ready.Done()
				<-start
				outcomes <- u.call("lookup", bodies["lookup"]).outcome
			}()
		}
		ready.Wait()
		close(start)
		count := map[string]int{}
		for range racers {
			count[<-outcomes]++
		}
		if count["serverError"] != times || count["exists"] != racers-times || u.hits()[0] != times {
			t.Errorf("%s: outcomes %v and hits %v, want %d", name, count, u.hits(), times)
		}
	}
}

func TestOneSeedMeetsTheSameFaults(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	run := func(seed int64) string {
		u := newUniverse(t, mock, sandbox.Settings{Seed: &seed})
		u.rules(`[{"id":"a","effect":{"outcome":"serverError"},"probability":0.4},{"id":"b","effect":{"outcome":"gone"},"probability":0.4}]`)
		var outcomes []string
		for range 40 {
			outcomes = append(outcomes, u.call("lookup", bodies["lookup"]).outcome)
		}
		return strings.Join(outcomes, " ")
	}
	first := run(5)
	if again := run(5); again != first {
		t.Errorf("one seed met\n%s\nthen\n%s", first, again)
	}
	if other := run(6); other == first {
		t.Error("two seeds met the same")
	}
	for _, outcome := range []string{"serverError", "gone", "exists"} {
		if !strings.Contains(first, outcome) {
			t.Errorf("none of 40 calls met %s", outcome)
		}
	}
}

// TestFaultRulesLeaveTheCodesAlone is about the seed: chance draws apart.
func TestFaultRulesLeaveTheCodesAlone(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	seed := int64(3)
	code := func(rules string) string {
		u := newUniverse(t, mock, sandbox.Settings{Seed: &seed})
		u.rules(rules)
		return u.code(u.must("otpSent", "login", u.byPhone("9876500001")).otpToken())
	}
	if plain, ruled := code(`[]`), code(`[{"effect":{"delay":{"min":"1ms","max":"2ms"}},"probability":0.9}]`); plain != ruled {
		t.Errorf("the code is %s, with a rule %s", plain, ruled)
	}
}

func TestStateDocumentHoldsFaultRules(t *testing.T) {
	d, err := sandbox.DecodeDocument([]byte(`{"faults":[{"id":"r","effect":{"outcome":"serverError"},"times":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	mock := mocktest.Start(t, mockserver.Config{})
	s, err := mock.Sandboxes().Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	u := &universe{T: t, mock: mock, sandbox: s, appToken: s.Credentials.Subscriber.AppToken}
	u.must("serverError", "lookup", bodies["lookup"])
	u.must("notRegistered", "lookup", bodies["lookup"])
	// A document without faults leaves them, one with an empty list takes them away.
	for _, text := range []string{`{}`, `{"faults":[]}`} {
		d, err := sandbox.DecodeDocument([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		put, _, err := mock.Sandboxes().Put(t.Context(), s.ID, d)
		if err != nil {
			t.Fatal(err)
		}
		if put.HasFaults() != (text == `{}`) {
			t.Errorf("after %s there are rules: %v", text, put.HasFaults())
		}
	}
	for text, want := range map[string]string{
		`{"faults":[{"effect":{"outcome":"servrError"}}]}`: "faults[0].effect.outcome",
		`{"faults":[{"efect":{}}]}`:                        "faults[0]",
		`{"faults":{}}`:                                    "faults",
	} {
		d, err := sandbox.DecodeDocument([]byte(text))
		if err == nil {
			_, err = mock.Sandboxes().Create(t.Context(), d)
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
