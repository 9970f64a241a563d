package fault_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver/fault"
	"stagedoor/spec"
)

// load reads the contract once for all tests; nothing changes it.
var load = sync.OnceValues(spec.Load)

func contract(t *testing.T) *spec.Contract {
	t.Helper()
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rule reads one rule and checks it.
func rule(t *testing.T, text string) fault.Rule {
	t.Helper()
	var rules fault.Rules
	if err := json.Unmarshal([]byte("["+text+"]"), &rules); err != nil {
		t.Fatal(err)
	}
	checked, err := fault.Check(contract(t), rules)
	if err != nil {
		t.Fatal(err)
	}
	return checked[0]
}

func TestRuleMeansTheCallsThatFitAllOfItsMatch(t *testing.T) {
	call := func(operation, platform, body string) *fault.Call {
		o := contract(t).Operations(operation)[0]
		path := map[string]string{}
		if platform != "" {
			path["platform"] = platform
		}
		return &fault.Call{Operation: o, Path: path, Body: []byte(body)}
	}
	login := func(body string) *fault.Call { return call("subscriber.login", "android", body) }
	for _, c := range []struct {
		match, effect string
		call          *fault.Call
		means         bool
	}{
		{`{}`, "", login(""), true},
		{`{}`, "", call("watch.login", "", ""), true},
		{`{"system":"subscriber"}`, "", login(""), true},
		{`{"system":"watch"}`, "", login(""), false},
		{`{"operation":"login"}`, "", login(""), true},
		{`{"operation":"login"}`, "", call("watch.login", "", ""), true},
		{`{"operation":"watch.login"}`, "", login(""), false},
		{`{"operation":"subscriber.signup"}`, "", login(""), false},
		{`{"system":"subscriber","operation":"login"}`, "", login(""), true},
		{`{"path":{"platform":"android"}}`, "", login(""), true},
		{`{"path":{"platform":"ios"}}`, "", login(""), false},
		{`{"path":{"platform":"android"}}`, "", call("watch.login", "", ""), false},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`{"email":"ann@example.com"}`), true},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`{"email":"bob@example.com"}`), false},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`{"Email":"ann@example.com"}`), true},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`{"Email":"ann@example.com","email":"bob@example.com"}`), false},
		{`{"body":{"email":"a+b@example.com","password":"\u00e9"}}`, "", login(`{"email":"a\u002bb@example.com","password":"é"}`), true},
		{`{"body":{"email":"ann@example.com","password":"x"}}`, "", login(`{"email":"ann@example.com"}`), false},
		{`{"body":{"otp":1234}}`, "", login(`{"otp":"1234"}`), true},
		{`{"body":{"otp":"1234"}}`, "", login(`{"otp":1234}`), true},
		{`{"body":{"otp":true}}`, "", login(`{"otp":true}`), true},
		{`{"body":{"otp":""}}`, "", login(`{"otp":null}`), false},
		{`{"body":{"otp":"{}"}}`, "", login(`{"otp":{}}`), false},
		{`{"body":{"otherdetails.os":"Tizen"}}`, "", login(`{"otherdetails":{"os":"Tizen"}}`), true},
		{`{"body":{"otherdetails.os":"Tizen"}}`, "", login(`{"otherdetails.os":"Tizen"}`), true},
		{`{"body":{"otherdetails.os":"Tizen"}}`, "", login(`{"otherdetails":"Tizen"}`), false},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`[{"email":"ann@example.com"}]`), false},
		{`{"body":{"email":"ann@example.com"}}`, "", login(`{"email":"ann@example.com"`), false},
		{`{"body":{"email":"ann@example.com"}}`, "", login(""), false},
		// An outcome that some operations have leaves the others alone.
		{`{}`, `{"outcome":"deviceLimitExceeded"}`, login(""), true},
		{`{}`, `{"outcome":"deviceLimitExceeded"}`, call("subscriber.logout", "", ""), false},
		{`{}`, `{"outcome":"notFound"}`, login(""), true},
	} {
		if c.effect == "" {
			c.effect = `{"status":500}`
		}
		r := rule(t, `{"match":`+c.match+`,"effect":`+c.effect+`}`)
		// Twice: a call is asked by one rule after the other.
		if first, again := r.Means(c.call), r.Means(c.call); first != c.means || again != c.means {
			t.Errorf("%s %s, body %s of %s: %v, then %v", c.match, c.effect, c.call.Body, c.call.Operation.Name(), first, again)
		}
	}
}

func TestEffectsThatNeedAReplyActAfterTheOperation(t *testing.T) {
	for text, after := range map[string]bool{
		`{"effect":{"delay":"1s"}}`:                                          false,
		`{"effect":{"outcome":"serverError"}}`:                               false,
		`{"effect":{"status":502}}`:                                          false,
		`{"effect":{"drop":"before"}}`:                                       false,
		`{"effect":{"drop":"middle"}}`:                                       true,
		`{"effect":{"truncate":0}}`:                                          true,
		`{"effect":{"malformed":true}}`:                                      true,
		`{"effect":{"contentType":"text/html"}}`:                             true,
		`{"effect":{"slowBody":"1s"}}`:                                       true,
		`{"effect":{"slowBody":"1s","delay":"1s"}}`:                          true,
		`{"effect":{"truncate":9,"outcome":"serverError"}}`:                  false,
		`{"effect":{"truncate":9,"status":500}}`:                             false,
		`{"when":"after","effect":{"outcome":"serverError"}}`:                true,
		`{"when":"after","effect":{"delay":"1s"}}`:                           true,
		`{"when":"before","effect":{"truncate":9}}`:                          false,
		`{"when":"before","effect":{"drop":"middle","contentType":"a/b"}}`:   false,
		`{"when":"after","effect":{"drop":"before"},"match":{},"times":100}`: true,
	} {
		if r := rule(t, text); r.RunsAfter() != after {
			t.Errorf("%s runs after the operation: %v", text, r.RunsAfter())
		}
	}
}

func TestStateDocumentsAreHeldToTheSameRules(t *testing.T) {
	for text, want := range map[string]string{
		`{"effect":{"statos":500}}`:               "[1]: json: unknown field",
		`{"effect":{"delay":"soon"}}`:             "[1]: reading duration",
		`{"effect":{"delay":{"min":"1s","x":1}}}`: "[1]: json: unknown field",
		`{}`:                                                  "[1].effect: does nothing",
		`{"effect":{"malformed":false}}`:                      "[1].effect: does nothing",
		`{"effect":{"delay":"-1s"}}`:                          "[1].effect.delay: must not be negative",
		`{"effect":{"drop":"late"}}`:                          "[1].effect.drop",
		`{"effect":{"truncate":-1}}`:                          "[1].effect.truncate",
		`{"effect":{"slowBody":"-1s"}}`:                       "[1].effect.slowBody",
		`{"effect":{"contentType":"é"}}`:                      "[1].effect.contentType",
		`{"effect":{"status":404}}`:                           "[1].effect.status",
		`{"effect":{"status":500},"id":"/"}`:                  "[1].id",
		`{"effect":{"status":500},"when":"now"}`:              "[1].when",
		`{"effect":{"status":500},"times":0}`:                 "[1].times",
		`{"effect":{"status":500},"probability":2}`:           "[1].probability",
		`{"effect":{"status":500},"match":{"system":"wach"}}`: "[1].match.system: there is no system \"wach\"; did you mean watch?",
		`{"effect":{"status":500},"match":{"body":{"x":[]}}}`: "[1].match.body.x",
		`{"effect":{"status":500},"match":{"operation":"watch.login","path":{"a":"b"}}}`:          "[1].match.path.a: no operation that is meant has this path parameter; there is none",
		`{"effect":{"status":500},"match":{"path":{"otpVerificationTokn":"b","platform":"ios"}}}`: "[1].match.path.otpVerificationTokn",
	} {
		var rules fault.Rules
		err := json.Unmarshal([]byte(`[{"effect":{"status":500}},`+text+`]`), &rules)
		if err == nil {
			_, err = fault.Check(contract(t), rules)
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// fired is on which of 200 tries a rule fires.
func fired(r fault.Rule, seed int64) []int {
	var tally fault.Tally
	var at []int
	for n := range 200 {
		if r.Try(seed, &tally) != nil {
			at = append(at, n)
		}
	}
	return at
}

func TestChanceFollowsFromTheSeedAndTheRule(t *testing.T) {
	r := rule(t, `{"id":"a","effect":{"status":500},"probability":0.3}`)
	first := fired(r, 7)
	if len(first) < 30 || len(first) > 90 {
		t.Errorf("a probability of 0.3 fired %d times in 200", len(first))
	}
	if again := fired(r, 7); !slices.Equal(first, again) {
		t.Errorf("one seed fired at %v, then at %v", first, again)
	}
	if slices.Equal(first, fired(r, 8)) {
		t.Error("two seeds fire alike")
	}
	r.ID = "b"
	if slices.Equal(first, fired(r, 7)) {
		t.Error("two rules fire alike")
	}
	for text, want := range map[string]int{
		`{"effect":{"status":500},"probability":0}`:             0,
		`{"effect":{"status":500},"probability":1}`:             200,
		`{"effect":{"status":500}}`:                             200,
		`{"effect":{"status":500},"times":7}`:                   7,
		`{"effect":{"status":500},"times":7,"probability":0.5}`: 7,
	} {
		if got := len(fired(rule(t, text), 7)); got != want {
			t.Errorf("%s fired %d times in 200, want %d", text, got, want)
		}
	}
}

func TestDelayIsWithinItsRangeAndFollowsFromTheSeed(t *testing.T) {
	r := rule(t, `{"effect":{"delay":{"min":"100ms","max":"200ms"}}}`)
	waits := func(seed int64) []time.Duration {
		var tally fault.Tally
		var all []time.Duration
		for range 100 {
			all = append(all, r.Try(seed, &tally).Wait)
		}
		return all
	}
	first := waits(7)
	if lo, hi := slices.Min(first), slices.Max(first); lo < 100*time.Millisecond || hi > 200*time.Millisecond || hi-lo < 50*time.Millisecond {
		t.Errorf("delays from %v to %v", lo, hi)
	}
	if !slices.Equal(first, waits(7)) || slices.Equal(first, waits(8)) {
		t.Error("the delays do not follow from the seed")
	}
	var tally fault.Tally
	if got := rule(t, `{"effect":{"delay":"1s"}}`).Try(7, &tally).Wait; got != time.Second {
		t.Errorf("a fixed delay of 1s is %v", got)
	}
}

func TestStrikeSaysWhatItDoes(t *testing.T) {
	var tally fault.Tally
	r := rule(t, `{"id":"all","effect":{"delay":"1s","truncate":3,"malformed":true,"contentType":"a/b","slowBody":"90s","drop":"middle"}}`)
	const want = `fault rule all: delay 1s, malformed, truncate 3, content type "a/b", slow body 1m30s, drop middle`
	if got := r.Try(1, &tally).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
