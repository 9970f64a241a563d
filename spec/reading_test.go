package spec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stagedoor/spec"
)

func resolve(t testing.TB, options map[string]string) *spec.ReadingSet {
	t.Helper()
	set, err := contract(t).Resolve(options)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func reading(t testing.TB, id string) spec.Reading {
	t.Helper()
	r, err := contract(t).Reading(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// everyOption calls f with each option of each row, chosen alone.
func everyOption(t *testing.T, f func(r spec.Reading, option spec.Option, set *spec.ReadingSet)) {
	t.Helper()
	for _, r := range contract(t).Rows {
		for _, option := range r.Options {
			f(r, option, resolve(t, map[string]string{r.ID: option.ID}))
		}
	}
}

// answer is an outcome's status and body as a set of readings has it.
func answer(t testing.TB, set *spec.ReadingSet, o *spec.Operation, outcome *spec.Outcome) (int, []byte) {
	t.Helper()
	body, err := set.Render(o.System, o, outcome, spec.Reply{Outcome: outcome.Name}, outcome.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return set.Status(o.System, outcome), body
}

func TestEveryOptionResolvesAndIsTold(t *testing.T) {
	everyOption(t, func(r spec.Reading, option spec.Option, set *spec.ReadingSet) {
		if got := set.Option(r.ID); got != option.ID {
			t.Errorf("%s=%s is told as %s", r.ID, option.ID, got)
		}
		for _, other := range contract(t).Rows {
			if other.ID != r.ID && set.Option(other.ID) != other.Options[0].ID {
				t.Errorf("%s=%s also chooses %s=%s", r.ID, option.ID, other.ID, set.Option(other.ID))
			}
		}
	})
	if got := resolve(t, nil).Option("S999"); got != "" {
		t.Errorf("no reading has the option %q", got)
	}
}

func TestEveryOptionMovesTheStatusesItNamesAndNoOther(t *testing.T) {
	everyOption(t, func(r spec.Reading, option spec.Option, set *spec.ReadingSet) {
		everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
			want := outcome.Status
			to, named := option.Status[outcome.Name]
			if named && slices.Contains(r.Systems, o.System.Name) && (!r.Derived() || slices.Contains(outcome.Tolerate.Status, to)) {
				want = to
			}
			if got := set.Status(o.System, outcome); got != want {
				t.Errorf("%s=%s answers %s %s with %d, not %d", r.ID, option.ID, o.Name(), outcome.Component, got, want)
			}
		})
	})
}

func TestEveryOptionMovesTheFieldsItNamesAndNoOther(t *testing.T) {
	everyOption(t, func(r spec.Reading, option spec.Option, set *spec.ReadingSet) {
		everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
			want := string(outcome.Sample())
			to, named := option.Code[outcome.Name]
			tolerated := outcome.Tolerate.Failing || slices.Contains(outcome.Tolerate.Codes, to)
			if named && slices.Contains(r.Systems, o.System.Name) && (!r.Derived() || tolerated) {
				want = strings.Replace(want, fmt.Sprintf(`"code":%v`, outcome.Code), fmt.Sprintf(`"code":%d`, to), 1)
				want = strings.Replace(want, fmt.Sprintf(`"responseCode":%v`, outcome.Code), fmt.Sprintf(`"responseCode":%d`, to), 1)
			}
			for from, to := range option.Rename {
				if slices.Contains(r.Operations, o.Name()) {
					want = strings.Replace(want, `"`+from+`":`, `"`+to+`":`, 1)
				}
			}
			for _, pointer := range option.Omit {
				if slices.Contains(r.Operations, o.Name()) {
					want = regexp.MustCompile(`"`+path.Base(pointer)+`":"[^"]*",`).ReplaceAllString(want, "")
				}
			}
			if _, got := answer(t, set, o, outcome); string(got) != want {
				t.Errorf("%s=%s answers %s %s with %s, not %s", r.ID, option.ID, o.Name(), outcome.Component, got, want)
			}
		})
	})
}

// What the mock answers under a reading must be what the suite takes for the
// outcome: a backend that follows the reading is honest.
func honest(t *testing.T, name string, set *spec.ReadingSet) {
	t.Helper()
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		status, body := answer(t, set, o, outcome)
		if ok, found := fits(o, outcome, status, body); !ok || len(found) > 0 {
			t.Errorf("%s: %s %s is answered %d %s: is itself: %v; findings %v", name, o.Name(), outcome.Component, status, body, ok, found)
		}
		if found := outcome.CheckClosed(body); len(found) > 0 {
			t.Errorf("%s: %s %s, closed: %v", name, o.Name(), outcome.Component, found)
		}
	})
}

func TestEveryOptionIsAnHonestBackend(t *testing.T) {
	everyOption(t, func(r spec.Reading, option spec.Option, set *spec.ReadingSet) {
		honest(t, r.ID+"="+option.ID, set)
	})
}

func TestRandomOptionsAreAnHonestBackend(t *testing.T) {
	for seed := range uint64(20) {
		honest(t, fmt.Sprintf("seed %d", seed), resolve(t, contract(t).Random(seed)))
	}
}

func TestRandomIsReproducible(t *testing.T) {
	c := contract(t)
	first := c.Random(7)
	if len(first) != len(c.Rows) {
		t.Errorf("%d options for %d readings", len(first), len(c.Rows))
	}
	if !maps.Equal(first, c.Random(7)) {
		t.Error("one seed gives two sets")
	}
	if maps.Equal(first, c.Random(8)) {
		t.Error("two seeds give one set")
	}
	met := map[string]bool{}
	for seed := range uint64(100) {
		for id, option := range c.Random(seed) {
			met[id+"="+option] = true
		}
	}
	for _, r := range c.Rows {
		for _, option := range r.Options {
			if !met[r.ID+"="+option.ID] {
				t.Errorf("no seed of 100 gives %s=%s", r.ID, option.ID)
			}
		}
	}
}

func TestEnvelopeMovesTheFailuresWithADocumentedCode(t *testing.T) {
	set := resolve(t, map[string]string{"G3": "envelope"})
	documented := map[string][]int{
		"subscriber": {11, 12, 13, 14, 15, 16, 17, 18, 100, 101, 102, 103},
		"verifynow":  {501, 505, 506, 511, 700, 702, 703, 705, 800},
	}
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		want := outcome.Status
		if code, isInt := outcome.Code.(int); isInt && slices.Contains(documented[o.System.Name], code) {
			want = 200
		}
		if got := set.Status(o.System, outcome); got != want {
			t.Errorf("%s %s (code %v) is answered with %d, not %d", o.Name(), outcome.Name, outcome.Code, got, want)
		}
	})
}

func TestRenamingKeepsTheOverridesOfTheSample(t *testing.T) {
	set := resolve(t, map[string]string{"S2": "result"})
	o := operation(t, "subscriber.signup")
	signedUp := outcome(t, "subscriber.signup", "signedUp")
	reply := spec.Reply{Fields: spec.Fields{"/signature/access_token/expiry": 7}, Message: "hello"}
	canonical, err := signedUp.Render(reply)
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Render(o.System, o, signedUp, reply, canonical)
	if err != nil || !strings.HasPrefix(string(got), `{"code":1,"msg":"hello","result":{"access_token":{"token":"`) || !strings.HasSuffix(string(got), `"expiry":7}}}`) {
		t.Errorf("got %s, %v", got, err)
	}
	issue := operation(t, "subscriber.issueAuthToken")
	_, body := answer(t, resolve(t, map[string]string{"S2": "signature"}), issue, issue.Outcome("authTokenIssued"))
	if !strings.Contains(string(body), `"result":{"auth_token"`) {
		t.Errorf("the token of the authToken header is renamed: %s", body)
	}
}

func TestDerivedReadingsHoldWhereTheyAreTolerated(t *testing.T) {
	set := resolve(t, map[string]string{"code.authTokenExpired": "0", "status.unauthorized": "403"})
	for _, c := range []struct {
		operation, outcome string
		status             int
		code               string
	}{
		{"subscriber.forgotPassword", "authTokenExpired", 401, `"code":100`},
		{"subscriber.login", "authTokenExpired", 401, `"code":0`},
		{"digipay.sendOtp", "unauthorized", 403, `"success":0`},
		{"verifynow.sendOtp", "unauthorized", 401, `"responseCode":401`},
	} {
		status, body := answer(t, set, operation(t, c.operation), outcome(t, c.operation, c.outcome))
		if status != c.status || !strings.Contains(string(body), c.code) {
			t.Errorf("%s %s is answered with %d %s, not %d %s", c.operation, c.outcome, status, body, c.status, c.code)
		}
	}
}

func TestADerivedReadingHoldsAgainstTheEnvelope(t *testing.T) {
	login := operation(t, "subscriber.login")
	set := resolve(t, map[string]string{"G3": "envelope", "status.deviceLimitExceeded": "400", "status.deviceAlreadyRegistered": "409"})
	for name, want := range map[string]int{"deviceLimitExceeded": 400, "deviceAlreadyRegistered": 409, "credentialsMissing": 200} {
		if got := set.Status(login.System, login.Outcome(name)); got != want {
			t.Errorf("%s is answered with %d, not %d", name, got, want)
		}
	}
	want := map[string]string{"G3": "envelope", "status.deviceLimitExceeded": "400", "status.deviceAlreadyRegistered": "409"}
	if got := set.Chosen(); !maps.Equal(got, want) {
		t.Errorf("chosen is %v", got)
	}
	if got := resolve(t, map[string]string{"G3": "tabled", "S2": "sampled"}).Chosen(); len(got) > 0 {
		t.Errorf("canonical options are told as chosen: %v", got)
	}
}

func TestEveryToleranceIsAReading(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		var want []string
		for _, status := range outcome.Tolerate.Status {
			want = append(want, fmt.Sprintf("status.%s=%d", outcome.Name, status))
		}
		for _, code := range outcome.Tolerate.Codes {
			want = append(want, fmt.Sprintf("code.%s=%d", outcome.Name, code))
		}
		if outcome.Tolerate.Failing {
			want = append(want, fmt.Sprintf("code.%s=77", outcome.Name), fmt.Sprintf("code.%s=2", outcome.Name))
		}
		for _, choice := range want {
			id, option, _ := strings.Cut(choice, "=")
			set, err := contract(t).Resolve(map[string]string{id: option})
			if err != nil {
				t.Errorf("%s %s: %v", o.Name(), outcome.Component, err)
				continue
			}
			status, body := answer(t, set, o, outcome)
			if ok, found := fits(o, outcome, status, body); !ok || len(found) > 0 {
				t.Errorf("%s: %s is answered with %d %s: is itself: %v; findings %v", choice, o.Name(), status, body, ok, found)
			}
		}
	})
}

func TestStrictAndLaxReadingsMoveTheRequiredFields(t *testing.T) {
	const all = 22
	login := operation(t, "subscriber.login")
	deviceFields := map[string]any{}
	if err := json.Unmarshal(with(t, "subscriber.login", nil), &deviceFields); err != nil {
		t.Fatal(err)
	}
	device := deviceFields["otherdetails"].(map[string]any)
	if len(device) != all {
		t.Fatalf("the sample has %d device fields", len(device))
	}
	for option, required := range map[string]int{"sampled": 16, "strict": all, "lax": 1} {
		o := resolve(t, map[string]string{"S8": option}).Operation(login)
		if found := o.CheckInput(spec.Request{Header: jsonHeader(), Body: with(t, "subscriber.login", nil)}); len(found) > 0 {
			t.Errorf("%s: the whole device: %v", option, found)
		}
		missing := 0
		for field := range device {
			body := with(t, "subscriber.login", map[string]any{"otherdetails." + field: absent{}})
			found := o.CheckInput(spec.Request{Header: jsonHeader(), Body: body})
			if len(found) > 0 {
				missing++
			}
			if len(found) > 0 && (found[0].Pointer != "/otherdetails/"+field || found[0].Rule != "required") {
				t.Errorf("%s without %s: %+v", option, field, found)
			}
		}
		if missing != required {
			t.Errorf("%s requires %d device fields, not %d", option, missing, required)
		}
		signup := resolve(t, map[string]string{"S8": option}).Operation(operation(t, "subscriber.signup"))
		if found := signup.CheckInput(spec.Request{Header: jsonHeader(), Body: with(t, "subscriber.signup", nil)}); len(found) > 0 {
			t.Errorf("%s: the sample of a signup: %v", option, found)
		}
		reset := operation(t, "subscriber.resetPassword")
		minimal := []byte(`{"otpVerificationToken":"t","newPassword":"p","otherDetails":{"device_unique_id":"d"}}`)
		found := resolve(t, map[string]string{"S8": option}).Operation(reset).CheckInput(spec.Request{Header: jsonHeader(), Body: minimal})
		if lax := option == "lax"; lax != (len(found) == 0) {
			t.Errorf("%s: a reset from a device with an id only: %v", option, found)
		}
	}
	if resolve(t, map[string]string{"S8": "lax"}).Operation(login) == login || resolve(t, nil).Operation(login) != login {
		t.Error("the operation itself has changed, or has not")
	}
	other := operation(t, "watch.login")
	if resolve(t, map[string]string{"S8": "lax"}).Operation(other) != other {
		t.Error("another system's operation has changed")
	}
}

func TestVariantsAreReadOnce(t *testing.T) {
	login := operation(t, "subscriber.login")
	first := resolve(t, map[string]string{"S8": "strict"}).Operation(login)
	second := resolve(t, map[string]string{"S8": "strict", "S2": "result"}).Operation(login)
	if first != second {
		t.Error("two sets with the same required fields have two systems")
	}
	if first.ID != login.ID || first.Path != login.Path || len(first.Outcomes) != len(login.Outcomes) {
		t.Errorf("the variant of login is %s %s with %d outcomes", first.ID, first.Path, len(first.Outcomes))
	}
}

func TestUnknownReadingsAndOptionsAreRefused(t *testing.T) {
	for _, c := range []struct {
		id, option string
		parts      []string
	}{
		{"G33", "envelope", []string{`"G33"`}},
		{"status.otpVerificationfailed", "200", []string{"did you mean status.otpVerificationFailed?"}},
		{"100%d", "x", []string{`"100%d"`}},
		{"G3", "enveloppe", []string{"G3", `"enveloppe"`, "tabled, envelope", "did you mean envelope?"}},
		{"status.otpVerificationFailed", "418", []string{`"418"`, "400, 200, 401, 410"}},
		{"code.otpVerificationFailed", "0", []string{`"code.otpVerificationFailed"`}},
		{"code.invalidCredentials", "11", []string{`"11"`}},
		{"code.invalidCredentials", "-4", []string{`"-4"`}},
		{"code.invalidCredentials", "none", []string{`"none"`}},
	} {
		_, err := contract(t).Resolve(map[string]string{c.id: c.option, "S2": "result"})
		if !errors.Is(err, spec.ErrUnknown) {
			t.Errorf("%s=%s: %v", c.id, c.option, err)
			continue
		}
		for _, part := range c.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s=%s: the refusal does not name %s: %v", c.id, c.option, part, err)
			}
		}
		if strings.Contains(err.Error(), "%!") {
			t.Errorf("%s=%s: %v", c.id, c.option, err)
		}
	}
}

func TestEachReadingStatesItsQuestionAndItsOptions(t *testing.T) {
	for _, r := range contract(t).Rows {
		if !strings.HasSuffix(r.Question, "?") || len(r.Systems) == 0 {
			t.Errorf("%s asks %q of %v", r.ID, r.Question, r.Systems)
		}
		for _, option := range r.Options {
			if option.Summary == "" {
				t.Errorf("%s=%s is not explained", r.ID, option.ID)
			}
		}
		if r.Derived() != strings.Contains(r.ID, ".") {
			t.Errorf("%s is derived: %v", r.ID, r.Derived())
		}
	}
	if got := reading(t, "S2").Options[0].ID; got != "sampled" {
		t.Errorf("the canonical option of S2 is %s", got)
	}
}
