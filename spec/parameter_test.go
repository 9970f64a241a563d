package spec_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stagedoor/spec"
)

func query(pairs ...string) url.Values {
	q := url.Values{"countryCode": {"91"}, "customerId": {"C-1"}, "mobileNumber": {"9999900000"}, "flowType": {"SMS"}}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "<absent>" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func TestQueryParametersNameTheOneThatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, value, rule, outcome string }{
		{"countryCode", "<absent>", "required", "badRequest"},
		{"countryCode", "", "required", "badRequest"},
		{"countryCode", " ", "enum", "badRequest"},
		{"countryCode", "999", "enum", "invalidCountryCode"},
		{"countryCode", "+91", "enum", "invalidCountryCode"},
		{"mobileNumber", "<absent>", "required", "badRequest"},
		{"mobileNumber", "+919999900000", "pattern", "badRequest"},
		{"flowType", "sms", "enum", "badRequest"},
		{"flowType", "<absent>", "required", "badRequest"},
		{"otpLength", "3", "minimum", "badRequest"},
		{"otpLength", "9", "maximum", "badRequest"},
		{"otpLength", "six", "type", "badRequest"},
		{"otpLength", "4.0", "type", "badRequest"},
		{"otpLength", "04", "type", "badRequest"},
		{"otpLength", "99999999999999999999", "type", "badRequest"},
		{"customerId", strings.Repeat("C", 65), "maxLength", "badRequest"},
	} {
		o := operation(t, "verifynow.sendOtp")
		found := o.CheckInput(spec.Request{Query: query(c.name, c.value)})
		if len(found) != 1 || found[0].In != "query" || found[0].Pointer != c.name || found[0].Rule != c.rule {
			t.Errorf("%s=%s: want query %s %s, got %+v", c.name, c.value, c.name, c.rule, found)
		}
		if got := o.Refusal(found); got != c.outcome {
			t.Errorf("%s=%s is answered with %s, not %s", c.name, c.value, got, c.outcome)
		}
	}
	for _, valid := range []url.Values{query(), query("customerId", "<absent>"), query("otpLength", "8"), query("unknown", "1")} {
		if found := operation(t, "verifynow.sendOtp").CheckInput(spec.Request{Query: valid}); len(found) > 0 {
			t.Errorf("%v: %v", valid, found)
		}
	}
}

func TestVerificationIDsThatAreNoneGetTheirOwnOutcome(t *testing.T) {
	for value, want := range map[string]string{"": "badRequest", "abc": "invalidVerificationId"} {
		o := operation(t, "verifynow.validateOtp")
		found := o.CheckInput(spec.Request{Query: url.Values{"verificationId": {value}, "code": {"1234"}}})
		if got := o.Refusal(found); len(found) == 0 || got != want {
			t.Errorf("verificationId %q: %v is answered with %s, not %s", value, found, got, want)
		}
	}
}

func TestCompanyIDIsACredential(t *testing.T) {
	o := operation(t, "digipay.sendOtp")
	body := []byte(`{"dial_code":"+91","phone_number":"9999900000","user_type":2,"otp_type":1}`)
	for value, rule := range map[string]string{"": "required", "76bc": "pattern", "76bc712200ca444fa334f9e55e5fd7a8": ""} {
		header := jsonHeader()
		if value != "" {
			header.Set("CompanyID", value)
		}
		found := o.CheckInput(spec.Request{Header: header, Body: body})
		switch {
		case rule == "" && len(found) > 0:
			t.Errorf("CompanyID %q: %v", value, found)
		case rule != "" && (len(found) != 1 || found[0].In != "header" || found[0].Pointer != "CompanyID" || found[0].Rule != rule):
			t.Errorf("CompanyID %q: want header CompanyID %s, got %+v", value, rule, found)
		case rule != "" && o.Refusal(found) != "unauthorized":
			t.Errorf("CompanyID %q is answered with %s", value, o.Refusal(found))
		}
	}
}

func TestPathParametersAreCheckedApartFromTheRest(t *testing.T) {
	o := operation(t, "subscriber.login")
	valid := map[string]string{"token": "t", "device": "tv", "platform": "fireos"}
	if found := o.CheckPath(valid); len(found) > 0 {
		t.Errorf("the right path: %v", found)
	}
	if found := o.CheckInput(spec.Request{Header: jsonHeader(), Body: with(t, "subscriber.login", nil)}); len(found) > 0 {
		t.Errorf("the path is looked at by CheckInput: %v", found)
	}
	for _, c := range []struct{ name, value, text string }{
		{"platform", "fire os", "did you mean fireos?"},
		{"platform", "Android-TV", "did you mean android_tv?"},
		{"platform", "symbian", "must be one of android, ios"},
		{"device", "tablett", "did you mean tablet?"},
		{"device", "", "is required"},
	} {
		path := map[string]string{"token": "t", "device": "tv", "platform": "fireos", c.name: c.value}
		found := o.CheckRequest(spec.Request{Path: path, Header: jsonHeader(), Body: with(t, "subscriber.login", nil)})
		if len(found) != 1 || found[0].In != "path" || found[0].Pointer != c.name || !strings.Contains(found[0].String(), c.text) {
			t.Errorf("%s %q: %v", c.name, c.value, found)
		}
	}
	if found := o.CheckPath(nil); len(found) != 3 {
		t.Errorf("no path at all: %v", found)
	}
}

func TestNearestKnowsTyposAndNothingElse(t *testing.T) {
	options := []string{"fireos", "ios", "web", "android_tv"}
	for text, want := range map[string]string{
		"fireos": "fireos", "FireOS": "fireos", "fire-os": "fireos", "fireso": "fireos", "wbe": "web", "androidtv": "android_tv",
		"symbian": "", "x": "", "": "", "w": "", "ioss": "ios",
	} {
		if got := spec.Nearest(text, options); got != want {
			t.Errorf("%q is taken for %q, not %q", text, got, want)
		}
	}
}

func TestFindingsAreWordedForPeople(t *testing.T) {
	for _, c := range []struct{ operation, body, text string }{
		{"subscriber.login", `{"login_type":"emial"}`, "login_type must be one of email, phone; did you mean email?"},
		{"digipay.sendOtp", `{"dial_code":"91","phone_number":"99999","user_type":3000000000,"otp_type":1}`, "user_type must be at most 2147483647"},
		{"subscriber.logout", `{"device_id":"a","type":3}`, "type must be one of 1, 2, -1"},
		{"subscriber.updateProfile", `{"otherdetails":{}}`, "otherdetails.firstName is required"},
		{"subscriber.login", `[]`, "body must be an object"},
		{"subscriber.login", `{`, "body is not JSON: it ends too early"},
		{"subscriber.login", `{"a":1]`, "body is not JSON near byte 6"},
		{"subscriber.login", `{"a":1,"a":2}`, `body has the key "a" twice`},
	} {
		header := jsonHeader()
		header.Set("CompanyID", "76bc712200ca444fa334f9e55e5fd7a8")
		found := operation(t, c.operation).CheckInput(spec.Request{Header: header, Body: []byte(c.body)})
		if !slices.ContainsFunc(found, func(f spec.Finding) bool { return f.String() == c.text }) {
			t.Errorf("%s: want %q, got %q", c.body, c.text, found)
		}
	}
}

// What a client sends may be a secret, and findings are logged and shown.
func TestNoFindingHoldsTheOffendingValue(t *testing.T) {
	const marker = "s3cr3tM4rk3r"
	seen := 0
	check := func(found []spec.Finding, where string) {
		seen += len(found)
		for _, f := range found {
			if strings.Contains(fmt.Sprintf("%+v %s %s", f, f, f.Field()), marker) {
				t.Errorf("%s: %s", where, f)
			}
		}
	}
	bad := []any{marker, marker + strings.Repeat("x", 6000), []any{marker}, map[string]any{"value": marker}, marker + "@", " " + marker}
	for _, s := range samples(t) {
		o := operation(t, s.name())
		for _, place := range places("", s.object(t)) {
			for _, value := range bad {
				object := s.object(t)
				override(object, place, value)
				body, err := json.Marshal(object)
				if err != nil {
					t.Fatal(err)
				}
				_, found := judge(o, s, body)
				check(found, s.name()+" "+place)
				_, found = judge(o, s, body[:len(body)/2])
				check(found, s.name()+" cut short")
				_, found = judge(o, s, append(body, body...))
				check(found, s.name()+" twice")
				check(o.Outcomes[0].CheckClosed(body), s.name()+" closed")
			}
		}
	}
	for _, system := range contract(t).Systems {
		for _, o := range system.Operations {
			all := spec.Request{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{"Content-Type": {marker}}, Body: []byte(`"` + marker + `"`)}
			for _, name := range []string{"token", "device", "platform"} {
				all.Path[name] = marker + strings.Repeat("x", 600)
			}
			for _, name := range []string{"countryCode", "customerId", "mobileNumber", "flowType", "otpLength", "key", "verificationId", "code", "langid", "type"} {
				all.Query.Set(name, marker+strings.Repeat("x", 600))
			}
			for _, name := range []string{"CompanyID", "authToken", "ClientID"} {
				all.Header.Set(name, marker)
			}
			check(o.CheckRequest(all), o.Name())
		}
	}
	if seen < 1000 {
		t.Errorf("only %d findings were looked at", seen)
	}
}

// places lists the dotted names of all fields of an object.
func places(prefix string, object map[string]any) []string {
	var all []string
	for name, value := range object {
		all = append(all, prefix+name)
		if nested, ok := value.(map[string]any); ok {
			all = append(all, places(prefix+name+".", nested)...)
		}
	}
	slices.Sort(all)
	return all
}

func override(object map[string]any, place string, value any) {
	name, rest, nested := strings.Cut(place, ".")
	if nested {
		override(object[name].(map[string]any), rest, value)
		return
	}
	object[name] = value
}
