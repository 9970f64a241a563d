package control_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/sandbox"
)

const faultsOfDefault = "/sandboxes/default/faults"

type faultsShown struct {
	Rules []struct {
		ID    string
		Match map[string]any
		When  string
		Times int
		Hits  int
	}
}

func TestFaultRulesAreShownAsTheyWereGiven(t *testing.T) {
	c := start(t, control.Config{})
	var none faultsShown
	if c.call("GET", faultsOfDefault, "").into(http.StatusOK, &none); none.Rules == nil || len(none.Rules) != 0 {
		t.Errorf("a sandbox begins with the rules %+v", none.Rules)
	}
	const rules = `{"rules":[` +
		`{"id":"slow","match":{"system":"subscriber","operation":"login","path":{"platform":"android"},"body":{"email":"ann@example.com","otp":1234}},` +
		`"effect":{"delay":{"min":"300ms","max":"2s"},"outcome":"serverError","truncate":0,"contentType":"text/html","slowBody":"1m30s"},"when":"after","times":3,"probability":0.25,"hits":0},` +
		`{"id":"rule-1","match":{},"effect":{"delay":"1s","drop":"middle","malformed":true},"hits":0},` +
		`{"id":"third","match":{"operation":"watch.login"},"effect":{"status":503},"probability":0,"hits":0}]}`
	got := c.call("PUT", faultsOfDefault, rules).is(http.StatusOK).body
	if compact(t, got) != rules {
		t.Errorf("put  %s\ngot %s", rules, compact(t, got))
	}
	if again := c.call("GET", faultsOfDefault, "").is(http.StatusOK).body; again != got {
		t.Errorf("PUT showed %s, GET %s", got, again)
	}
	// What is shown can be sent back.
	if again := c.call("PUT", faultsOfDefault, got).is(http.StatusOK).body; again != got {
		t.Errorf("sent back, %s became %s", got, again)
	}
	c.call("PUT", faultsOfDefault, `{"rules":[]}`).into(http.StatusOK, &none)
	if len(none.Rules) != 0 {
		t.Errorf("an empty list left %+v", none.Rules)
	}
}

func TestNamelessFaultRulesAreNamedByTheirPlace(t *testing.T) {
	c := start(t, control.Config{})
	var got faultsShown
	c.call("PUT", faultsOfDefault, `{"rules":[{"effect":{"status":500}},{"id":"rule-3","effect":{"status":500}},{"effect":{"status":500}}]}`).into(http.StatusOK, &got)
	var ids []string
	for _, r := range got.Rules {
		ids = append(ids, r.ID)
	}
	if strings.Join(ids, " ") != "rule-1 rule-3 rule-4" {
		t.Errorf("ids %v", ids)
	}
}

// TestRefusedFaultRulesChangeNothing sends a good rule before each bad one.
func TestRefusedFaultRulesChangeNothing(t *testing.T) {
	c := start(t, control.Config{})
	before := c.call("PUT", faultsOfDefault, `{"rules":[{"id":"kept","effect":{"status":500}}]}`).is(http.StatusOK).body
	for _, w := range []struct {
		rule  string
		parts []string
	}{
		{`7`, []string{"rules[1]", "object"}},
		{`{}`, []string{"rules[1].effect", "required"}},
		{`{"effect":{}}`, []string{"rules[1].effect"}},
		{`{"effect":{"dealy":"1s"}}`, []string{"rules[1].effect.dealy", "did you mean delay?"}},
		{`{"effect":{"status":500},"tims":1}`, []string{"rules[1].tims", "did you mean times?"}},
		{`{"effect":{"delay":"soon"}}`, []string{"rules[1].effect.delay", "for example 300ms"}},
		{`{"effect":{"delay":"0s"}}`, []string{"rules[1].effect.delay", "more than 0s"}},
		{`{"effect":{"delay":"2h"}}`, []string{"rules[1].effect.delay", "at most 1h"}},
		{`{"effect":{"delay":"99999999999999h"}}`, []string{"rules[1]", "99999999999999h"}},
		{`{"effect":{"delay":{"min":"2s","max":"1s"}}}`, []string{"rules[1].effect.delay", "max"}},
		{`{"effect":{"delay":{"min":"2s"}}}`, []string{"rules[1].effect.delay.max", "required"}},
		{`{"effect":{"delay":{"min":"2s","mx":"3s"}}}`, []string{"rules[1].effect.delay.mx"}},
		{`{"effect":{"slowBody":"2h"}}`, []string{"rules[1].effect.slowBody", "at most 1h"}},
		{`{"effect":{"drop":"sometimes"}}`, []string{"rules[1].effect.drop", "before, middle"}},
		{`{"effect":{"truncate":-1}}`, []string{"rules[1].effect.truncate", "at least 0"}},
		{`{"effect":{"malformed":false}}`, []string{"rules[1].effect.malformed"}},
		{`{"effect":{"contentType":"a\nb"}}`, []string{"rules[1].effect.contentType"}},
		{`{"effect":{"status":404}}`, []string{"rules[1].effect.status", "at least 500"}},
		{`{"effect":{"status":500,"outcome":"serverError"}}`, []string{"rules[1].effect.status", "leave one of the two out"}},
		{`{"effect":{"status":500,"malformed":true}}`, []string{"rules[1].effect.malformed", "leave one of the two out"}},
		{`{"effect":{"drop":"before","truncate":3}}`, []string{"rules[1].effect.truncate", "leave one of the two out"}},
		{`{"match":{"system":"subcriber"},"effect":{"status":500}}`, []string{"rules[1].match.system", "did you mean subscriber?"}},
		{`{"match":{"operation":"lgoin"},"effect":{"status":500}}`, []string{`rules[1].match.operation: the contract has no operation "lgoin"`, "did you mean login?"}},
		{`{"match":{"system":"watch","operation":"submitFeedback"},"effect":{"status":500}}`, []string{`rules[1].match.operation: watch has no operation "submitFeedback"`}},
		{`{"match":{"system":"digipay","operation":"watch.login"},"effect":{"status":500}}`, []string{"rules[1].match.operation: digipay"}},
		{`{"match":{"operation":"subscriber.login","path":{"plattform":"ios"}},"effect":{"status":500}}`, []string{"rules[1].match.path.plattform", "did you mean platform?"}},
		{`{"match":{"path":{"platform":7}},"effect":{"status":500}}`, []string{"rules[1].match.path.platform", "string"}},
		{`{"match":{"body":{"email":null}},"effect":{"status":500}}`, []string{"rules[1].match.body.email"}},
		{`{"match":{"body":{"email":{}}},"effect":{"status":500}}`, []string{"rules[1].match.body.email"}},
		{`{"match":{"operation":"subscriber.login"},"effect":{"outcome":"otpSend"}}`, []string{`rules[1].effect.outcome: subscriber.login has no outcome "otpSend"`, "did you mean otpSent?"}},
		{`{"effect":{"outcome":"nonsense"}}`, []string{"rules[1].effect.outcome: none of the operations", `"nonsense"`}},
		{`{"effect":{"status":500},"when":"during"}`, []string{"rules[1].when", "before, after"}},
		{`{"effect":{"status":500},"times":0}`, []string{"rules[1].times", "at least 1"}},
		{`{"effect":{"status":500},"probability":1.5}`, []string{"rules[1].probability", "at most 1"}},
		{`{"effect":{"status":500},"id":"a b"}`, []string{"rules[1].id", "for example slow-login"}},
		{`{"effect":{"status":500},"id":"first"}`, []string{"rules[1].id", "rule 0 of the list has the same"}},
	} {
		c.call("PUT", faultsOfDefault, `{"rules":[{"id":"first","effect":{"delay":"1s"}},`+w.rule+`]}`).refused(http.StatusBadRequest, w.parts...)
		if after := c.call("GET", faultsOfDefault, "").body; after != before {
			t.Fatalf("after %s the rules are %s", w.rule, after)
		}
	}
	for body, part := range map[string]string{`{}`: "rules", `{"rules":{}}`: "rules", `[]`: "body", `{"rules":null}`: "rules", "": "body"} {
		c.call("PUT", faultsOfDefault, body).refused(http.StatusBadRequest, part)
	}
}

func TestFaultsBelongToTheirSandbox(t *testing.T) {
	c := start(t, control.Config{})
	s := c.makeSandbox(`{}`)
	at := "/sandboxes/" + s.ID
	c.call("PUT", at+"/faults", `{"rules":[{"effect":{"status":500}}]}`).is(http.StatusOK)
	if other := c.call("GET", faultsOfDefault, "").body; strings.Contains(other, "rule-1") {
		t.Errorf("the default sandbox has %s", other)
	}
	// Settings, accounts and the clock are other matters.
	c.call("PATCH", at, `{"name":"n"}`).is(http.StatusOK)
	c.call("PUT", at, `{"accounts":[{"pin":"1"}]}`).is(http.StatusOK)
	c.call("PATCH", at+"/clock", `{"advance":"1h"}`).is(http.StatusOK)
	if rules := c.call("GET", at+"/faults", "").body; !strings.Contains(rules, "rule-1") {
		t.Errorf("the rules are gone: %s", rules)
	}
	c.call("POST", at+"/reset", "").is(http.StatusOK)
	if rules := c.call("GET", at+"/faults", "").body; strings.Contains(rules, "rule-1") {
		t.Errorf("after a reset there are %s", rules)
	}
}

func TestHitsBeginAnewWithTheRules(t *testing.T) {
	c := start(t, control.Config{})
	hits := func() int {
		var got faultsShown
		c.call("GET", faultsOfDefault, "").into(http.StatusOK, &got)
		return got.Rules[0].Hits
	}
	const rules = `{"rules":[{"id":"r","effect":{"status":500},"times":2}]}`
	c.call("PUT", faultsOfDefault, rules).is(http.StatusOK)
	open := func() *sandbox.Sandbox {
		s, err := c.sandboxes.Open(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	strike := func(s *sandbox.Sandbox) bool {
		contract, err := loadContract()
		if err != nil {
			t.Fatal(err)
		}
		strike, err := s.Strike(t.Context(), &fault.Call{Operation: contract.System("watch").Operations[0]})
		if err != nil {
			t.Fatal(err)
		}
		return strike != nil
	}
	fires := func(s *sandbox.Sandbox, n int) {
		t.Helper()
		for i := range n + 1 {
			if strike(s) != (i < n) {
				t.Errorf("of %d times, time %d fires: %v", n, i, i >= n)
			}
		}
	}
	for range 2 {
		fires(open(), 2)
		if hits() != 2 {
			t.Errorf("a rule that fired twice has %d hits", hits())
		}
		c.call("PUT", faultsOfDefault, rules).is(http.StatusOK)
		pairs, err := c.store.List(t.Context(), "sandbox/default/fault/")
		if hits() != 0 || err != nil || len(pairs) != 0 {
			t.Errorf("a rule that was put anew begins with %d hits; the store has %v, %v", hits(), pairs, err)
		}
	}
	// A call that came before a change counts for the rules that it met.
	before := open()
	c.call("PUT", faultsOfDefault, rules).is(http.StatusOK)
	fires(before, 2)
	if hits() != 0 {
		t.Errorf("a call in flight made %d hits", hits())
	}
	fires(open(), 2)
}

// compact is JSON without the spaces.
func compact(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
