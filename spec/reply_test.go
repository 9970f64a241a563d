package spec_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"stagedoor/spec"
)

// everyOutcome calls f with each outcome of each operation, those of the system
// as a whole included.
func everyOutcome(t *testing.T, f func(o *spec.Operation, outcome *spec.Outcome)) {
	t.Helper()
	for _, s := range contract(t).Systems {
		for _, o := range s.Operations {
			for _, outcome := range slices.Concat(o.Outcomes, s.Outcomes) {
				f(o, outcome)
			}
		}
	}
}

// sampleWith is an outcome's sample with one field set.
func sampleWith(t testing.TB, o *spec.Outcome, field string, value any) []byte {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(o.Sample(), &object); err != nil {
		t.Fatal(err)
	}
	override(object, field, value)
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// fits says whether a reply is taken for the outcome, and what is found wrong.
func fits(o *spec.Operation, want *spec.Outcome, status int, body []byte) (bool, []spec.Finding) {
	outcomes, found := o.CheckReply(status, jsonHeader(), body)
	return slices.Contains(outcomes, want), found
}

func TestEverySampleIsItsOutcomeAndClean(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		if ok, found := fits(o, outcome, outcome.Status, outcome.Sample()); !ok || len(found) > 0 {
			t.Errorf("%s %s: is itself: %v; findings %v", o.Name(), outcome.Component, ok, found)
		}
		if found := outcome.Check(jsonHeader(), outcome.Sample()); len(found) > 0 {
			t.Errorf("%s %s: %v", o.Name(), outcome.Component, found)
		}
		if found := outcome.CheckClosed(outcome.Sample()); len(found) > 0 {
			t.Errorf("%s %s, closed: %v", o.Name(), outcome.Component, found)
		}
	})
}

func TestToleratedStatusesAreTheOutcomeAndOthersAreNot(t *testing.T) {
	tolerated := 0
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		for _, status := range outcome.Tolerate.Status {
			tolerated++
			if ok, found := fits(o, outcome, status, outcome.Sample()); !ok || len(found) > 0 {
				t.Errorf("%s %s with %d: is itself: %v; findings %v", o.Name(), outcome.Component, status, ok, found)
			}
		}
		for _, status := range []int{200, 201, 302, 400, 401, 403, 404, 408, 409, 410, 418, 429, 500, 503} {
			if status == outcome.Status || slices.Contains(outcome.Tolerate.Status, status) {
				continue
			}
			if ok, _ := fits(o, outcome, status, outcome.Sample()); ok {
				t.Errorf("%s: %s fits with %d", o.Name(), outcome.Component, status)
			}
		}
	})
	if tolerated < 100 {
		t.Errorf("only %d tolerated statuses were tried", tolerated)
	}
}

func TestToleratedCodesAreTheOutcomeAndOthersAreNot(t *testing.T) {
	tolerated := 0
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		canonical, isInt := outcome.Code.(int)
		if !isInt {
			return
		}
		for _, code := range []int{-1, 0, 1, 2, 11, 12, 14, 16, 99, 100, 101, 103, 200, 400, 401, 702} {
			good := code == canonical || slices.Contains(outcome.Tolerate.Codes, code) || outcome.Tolerate.Failing && code != 1 && code != 11 && code != 14
			ok, found := fits(o, outcome, outcome.Status, sampleWith(t, outcome, outcome.CodeField(), code))
			if good {
				tolerated++
			}
			if good != ok || good && len(found) > 0 {
				t.Errorf("%s %s with code %d: is itself: %v, want %v; findings %v", o.Name(), outcome.Component, code, ok, good, found)
			}
			if found := outcome.Check(jsonHeader(), sampleWith(t, outcome, outcome.CodeField(), code)); good && len(found) > 0 {
				t.Errorf("%s %s with code %d: %v", o.Name(), outcome.Component, code, found)
			}
		}
	})
	if tolerated < 1000 {
		t.Errorf("only %d tolerated codes were tried", tolerated)
	}
}

func TestACodeOfAnotherTypeIsNoOutcome(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		var others []any
		switch outcome.Code.(type) {
		case int:
			others = []any{"1", "0", nil, true, 1.5, []any{}, map[string]any{}}
		case string:
			others = []any{0, nil, "W9999", []any{}}
		}
		for _, code := range others {
			body := sampleWith(t, outcome, outcome.CodeField(), code)
			if ok, _ := fits(o, outcome, outcome.Status, body); ok {
				t.Errorf("%s: %s fits with the code %v", o.Name(), outcome.Component, code)
			}
			if found := outcome.Check(jsonHeader(), body); len(found) == 0 {
				t.Errorf("%s: nothing is wrong with %s whose code is %v", o.Name(), outcome.Component, code)
			}
		}
	})
	o := operation(t, "subscriber.lookup")
	for _, body := range []string{`{"code":"1","msg":"x"}`, `{"code":1.0,"msg":"x"}`, `{"code":1e0,"msg":"x"}`} {
		if got := o.Classify(200, decode(t, body)); got != nil {
			t.Errorf("%s is %v", body, outcomeNames(got))
		}
	}
}

func decode(t testing.TB, body string) any {
	t.Helper()
	value, err := spec.DecodeJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestExtraFieldsAreLeftToBackendsAndRefusedOfTheMock(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		var object map[string]any
		if err := json.Unmarshal(outcome.Sample(), &object); err != nil {
			t.Fatal(err)
		}
		for _, place := range append(objects("", object), "") {
			field := place + "requestId"
			body := sampleWith(t, outcome, field, "r-1")
			if ok, found := fits(o, outcome, outcome.Status, body); !ok || len(found) > 0 {
				t.Errorf("%s %s with %s: is itself: %v; findings %v", o.Name(), outcome.Component, field, ok, found)
			}
			pointer := "/" + strings.ReplaceAll(field, ".", "/")
			found := outcome.CheckClosed(body)
			if len(found) != 1 || found[0].Pointer != pointer || found[0].Rule != "properties" {
				t.Errorf("%s %s with %s, closed: %+v", o.Name(), outcome.Component, field, found)
			}
		}
	})
}

// objects lists the objects inside an object, each with a dot behind it.
func objects(prefix string, object map[string]any) []string {
	var all []string
	for name, value := range object {
		if nested, ok := value.(map[string]any); ok {
			all = append(append(all, prefix+name+"."), objects(prefix+name+".", nested)...)
		}
	}
	return all
}

func TestAReplyIsTheOutcomesWhoseFieldsItHas(t *testing.T) {
	const token = `{"access_token":{"expiry":86400,"token":"a.b.c"}}`
	for _, c := range []struct {
		operation, body string
		status          int
		want            []string
	}{
		{"subscriber.login", `{"code":1,"msg":"x"}`, 200, nil},
		{"subscriber.login", `{"code":1,"msg":"x","result":` + token + `}`, 200, []string{"loggedIn"}},
		{"subscriber.login", `{"code":1,"msg":"x","signature":` + token + `}`, 200, []string{"loggedIn"}},
		{"subscriber.signup", `{"code":1,"msg":"x","result":` + token + `}`, 200, []string{"signedUp"}},
		{"subscriber.login", `{"code":11,"msg":"x"}`, 200, nil},
		{"subscriber.login", `{"code":0,"msg":"x"}`, 401, []string{"appTokenInvalid", "authTokenExpired", "credentialsMissing", "gone", "invalidCredentials"}},
		{"subscriber.login", `{"code":12,"msg":"x"}`, 500, []string{"serverError"}},
		{"subscriber.login", `{"code":16,"msg":"x"}`, 429, []string{"deviceLimitExceeded", "tooManyRequests"}},
		{"subscriber.lookup", `{"code":0,"msg":"x"}`, 404, []string{"gone", "notFound", "notRegistered"}},
		{"subscriber.submitFeedback", `{"code":1,"msg":"x"}`, 200, []string{"feedbackSubmitted"}},
		{"subscriber.submitFeedback", `{"code":1,"msg":"x","otpExpiry":1,"otpVerificationToken":"t"}`, 200, []string{"feedbackOtpSent"}},
		{"subscriber.submitFeedback", `{"code":11,"msg":"x","otpExpiry":1,"otpVerificationToken":"t"}`, 200, []string{"feedbackOtpSent"}},
		{"subscriber.submitFeedback", `{"code":11,"msg":"x"}`, 200, nil},
		{"subscriber.forgotPassword", `{"code":14,"msg":"x","otpExpiry":1,"otpVerificationToken":"t"}`, 200, []string{"resetPending"}},
		{"watch.getQrLoginToken", `{"status_code":"W0000","token":null}`, 200, []string{"qrPending"}},
		{"watch.getQrLoginToken", `{"status_code":"W0000","token":null,"refresh_token":null}`, 200, []string{"qrPending"}},
		{"watch.getQrLoginToken", `{"status_code":"W0000","token":"a.b.c","refresh_token":"a.b.c"}`, 200, []string{"qrTokenIssued"}},
		{"watch.getQrLoginToken", `{"token":null,"refresh_token":null}`, 200, nil},
		{"watch.login", `{"status_code":"W0000","token":null,"refresh_token":null}`, 200, []string{"loggedIn"}},
		{"verifynow.sendOtp", `{"responseCode":506,"message":"x"}`, 400, nil},
		{"verifynow.sendOtp", `{"responseCode":400,"message":"x"}`, 400, []string{"badRequest", "unauthorized"}},
		{"digipay.verifyOtp", `{"success":0,"error":[1],"data":{"message":"x"}}`, 404, []string{"notFound", "notFound"}},
		{"digipay.sendOtp", `{"success":1,"error":[]}`, 200, nil},
		{"digipay.sendOtp", `[1]`, 200, nil},
	} {
		got := outcomeNames(operation(t, c.operation).Classify(c.status, decode(t, c.body)))
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d %s is %v, not %v", c.operation, c.status, c.body, got, c.want)
		}
	}
}

func TestAReplyThatFitsMayStillBreakTheContract(t *testing.T) {
	for _, c := range []struct {
		operation, body string
		status          int
		pointer, rule   string
	}{
		{"subscriber.login", `{"code":1,"msg":"","result":{"access_token":{"expiry":86400,"token":"a.b.c"}}}`, 200, "/msg", "minLength"},
		{"subscriber.login", `{"code":1,"msg":"x","result":{"access_token":{"expiry":0,"token":"a.b.c"}}}`, 200, "/result/access_token/expiry", "minimum"},
		{"subscriber.login", `{"code":1,"msg":"x","result":{"access_token":{"expiry":86400.0,"token":"a.b.c"}}}`, 200, "/result/access_token/expiry", "type"},
		{"subscriber.login", `{"code":1,"msg":"x","result":{"access_token":{"expiry":"86400","token":"a.b.c"}}}`, 200, "/result/access_token/expiry", "type"},
		{"subscriber.login", `{"code":1,"msg":null,"result":{}}`, 200, "/result/access_token", "required"},
		{"watch.login", `{"status_code":"W0000","token":null,"refresh_token":"a.b.c"}`, 200, "/token", "nullable"},
		{"watch.getQrLoginToken", `{"status_code":"W0000","token":"a.b.c"}`, 200, "/token", "enum"},
		{"subscriber.getUserDetails", userDetails(t, "userData.devices.details.1.platform", "fireso"), 200, "/userData/devices/details/1/platform", "enum"},
	} {
		outcomes, found := operation(t, c.operation).CheckReply(c.status, jsonHeader(), []byte(c.body))
		if len(outcomes) == 0 || !slices.ContainsFunc(found, func(f spec.Finding) bool { return f.In == "body" && f.Pointer == c.pointer && f.Rule == c.rule }) {
			t.Errorf("%s: %s is %v; want %s %s, got %+v", c.operation, c.body, outcomeNames(outcomes), c.pointer, c.rule, found)
		}
		if c.rule == "enum" && c.pointer != "/token" && !strings.Contains(found[0].String(), "did you mean fireos?") {
			t.Errorf("the finding does not look into lists: %s", found[0])
		}
	}
}

func TestAReplyThatIsMeantToBeAnotherOutcomeIsFound(t *testing.T) {
	for _, c := range []struct{ operation, outcome, body, pointer string }{
		{"subscriber.verifyLoginOtp", "otpVerificationFailed", `{"code":13,"msg":"x"}`, "/code"},
		{"watch.login", "apiKeyInvalid", `{"status_code":"W2000","detail":"x"}`, "/status_code"},
		{"subscriber.logout", "loggedOut", `{"code":0,"msg":"x"}`, "/code"},
		{"subscriber.logout", "loggedOut", `{"msg":"x"}`, "/code"},
	} {
		found := outcome(t, c.operation, c.outcome).Check(jsonHeader(), []byte(c.body))
		if len(found) != 1 || found[0].Pointer != c.pointer {
			t.Errorf("%s of %s: %+v", c.outcome, c.operation, found)
		}
	}
}

// userDetails is the reply of getUserDetails with a field of its second device changed.
func userDetails(t testing.TB, place string, value any) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(outcome(t, "subscriber.getUserDetails", "userDetails").Sample(), &object); err != nil {
		t.Fatal(err)
	}
	path := strings.Split(place, ".")
	var at any = object
	for _, step := range path[:len(path)-1] {
		switch node := at.(type) {
		case map[string]any:
			at = node[step]
		case []any:
			at = node[1]
		}
	}
	at.(map[string]any)[path[len(path)-1]] = value
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestAReplyMustBeJSONAndSaySo(t *testing.T) {
	o := operation(t, "subscriber.logout")
	body := string(outcome(t, "subscriber.logout", "loggedOut").Sample())
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	for name, c := range map[string]struct {
		header http.Header
		body   string
		rule   string
	}{
		"JSON":                {jsonHeader(), body, ""},
		"JSON with a charset": {http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body, ""},
		"no content type":     {http.Header{}, body, "content"},
		"HTML":                {html, body, "content"},
		"nothing":             {jsonHeader(), "", "json"},
		"two values":          {jsonHeader(), body + body, "json"},
		"a key twice":         {jsonHeader(), `{"code":1,"code":1,"msg":"x"}`, "json"},
		"no object":           {jsonHeader(), `[]`, "outcome"},
	} {
		_, found := o.CheckReply(200, c.header, []byte(c.body))
		switch {
		case c.rule == "" && len(found) > 0:
			t.Errorf("%s: %v", name, found)
		case c.rule != "" && (len(found) != 1 || found[0].Rule != c.rule):
			t.Errorf("%s: want %s, got %+v", name, c.rule, found)
		}
	}
	if outcomes, found := o.CheckReply(204, jsonHeader(), []byte(body)); outcomes != nil || len(found) != 1 || found[0].In != "status" {
		t.Errorf("an undocumented status: %v, %+v", outcomeNames(outcomes), found)
	}
}
