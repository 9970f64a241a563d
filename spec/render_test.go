package spec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"stagedoor/spec"
)

func TestRenderIsTheSampleWhenNothingDiffers(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		got, err := outcome.Render(spec.Reply{Outcome: outcome.Name})
		if err != nil || string(got) != string(outcome.Sample()) {
			t.Errorf("%s %s: %s, %v", o.Name(), outcome.Component, got, err)
		}
		if !json.Valid(got) {
			t.Errorf("%s %s is not JSON: %s", o.Name(), outcome.Component, got)
		}
	})
}

func TestRenderKeepsTheOrderOfTheDocument(t *testing.T) {
	for _, c := range []struct{ operation, outcome, want string }{
		{"subscriber.login", "loggedIn", `{"code":1,"msg":"Login successful","result":{"access_token":{"expiry":86400,"token":"T"}}}`},
		{"subscriber.signup", "signedUp", `{"code":1,"msg":"success","signature":{"access_token":{"token":"T","expiry":300}}}`},
	} {
		pointer := "/result/access_token/token"
		if c.outcome == "signedUp" {
			pointer = "/signature/access_token/token"
		}
		got, err := outcome(t, c.operation, c.outcome).Render(spec.Reply{Fields: spec.Fields{pointer: "T"}})
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.outcome, got, err, c.want)
		}
	}
	reset, err := outcome(t, "subscriber.forgotPassword", "resetPending").Render(spec.Reply{Fields: spec.Fields{"/expiry": 7, "/otpVerificationToken": "t"}})
	if want := `{"code":14,"expiry":7,"msg":"OTP verified, Reset Password Pending.","otpVerificationToken":"t"}`; err != nil || string(reset) != want {
		t.Errorf("got %s, %v, want %s", reset, err, want)
	}
}

func TestRenderTakesEveryFieldAtOnce(t *testing.T) {
	everyOutcome(t, func(o *spec.Operation, outcome *spec.Outcome) {
		var object map[string]any
		if err := json.Unmarshal(outcome.Sample(), &object); err != nil {
			t.Fatal(err)
		}
		fields := spec.Fields{}
		for name := range object {
			fields["/"+name] = "<&> " + name
		}
		got, err := outcome.Render(spec.Reply{Fields: fields})
		if err != nil {
			t.Errorf("%s %s: %v", o.Name(), outcome.Component, err)
		}
		var back map[string]string
		if err := json.Unmarshal(got, &back); err != nil || len(back) != len(object) {
			t.Errorf("%s %s: %s: %v", o.Name(), outcome.Component, got, err)
		}
		for name, value := range back {
			if value != "<&> "+name {
				t.Errorf("%s %s: %s is %q", o.Name(), outcome.Component, name, value)
			}
		}
	})
}

func TestRenderEscapesForJSONOnly(t *testing.T) {
	got, err := outcome(t, "subscriber.lookup", "exists").Render(spec.Reply{Message: "<b>\"पटना\" & \x01\n"})
	if want := `{"code":1,"msg":"<b>\"पटना\" & \u0001\n"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestRenderReplacesAnObjectWhole(t *testing.T) {
	got, err := outcome(t, "subscriber.getUserDetails", "userDetails").Render(spec.Reply{Fields: spec.Fields{"/userData": map[string]any{"id": 7}}})
	if want := `{"code":1,"msg":"success","userData":{"id":7}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestRenderPutsTheMessageWhereTheSystemHasIt(t *testing.T) {
	for _, c := range []struct{ operation, outcome, pointer, want string }{
		{"subscriber.login", "badRequest", "/msg", `{"code":0,"msg":"no"}`},
		{"watch.login", "invalidBody", "/detail", `{"status_code":"W4900","detail":"no"}`},
		{"watch.signup", "signedUp", "/message", `{"status_code":"W0000","message":"no"}`},
		{"digipay.sendOtp", "badRequest", "/data/message", `{"success":0,"error":[1],"data":{"message":"no"}}`},
		{"verifynow.sendOtp", "badRequest", "/message", `{"responseCode":400,"message":"no"}`},
		{"watch.logout", "loggedOut", "", `{"status_code":"W0000"}`},
	} {
		o := outcome(t, c.operation, c.outcome)
		if got := o.MessageField(); got != c.pointer {
			t.Errorf("the message of %s %s is at %q, not %q", c.operation, c.outcome, got, c.pointer)
		}
		got, err := o.Render(spec.Reply{Message: "no"})
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}

func TestRenderRefusesAFieldThatTheSampleLacks(t *testing.T) {
	o := outcome(t, "subscriber.login", "loggedIn")
	for name, fields := range map[string]spec.Fields{
		"unknown":            {"/signature": 1},
		"unknown and known":  {"/code": 1, "/codes": 1},
		"below a scalar":     {"/code/x": 1},
		"below a missing":    {"/signature/access_token/token": "t"},
		"an object and more": {"/result": map[string]any{}, "/result/access_token": 1},
		"no pointer":         {"code": 1},
		"the whole":          {"": 1},
	} {
		got, err := o.Render(spec.Reply{Fields: fields, Message: "hello"})
		if err == nil || !strings.Contains(err.Error(), "loggedIn") {
			t.Errorf("%s: rendered as %s, %v", name, got, err)
		}
	}
	if _, err := o.Render(spec.Reply{Fields: spec.Fields{"/code": func() {}}}); err == nil {
		t.Error("a value that JSON cannot have is rendered")
	}
}

func TestRenderLeavesTheReplyAndTheSampleAlone(t *testing.T) {
	o := outcome(t, "subscriber.lookup", "exists")
	before := string(o.Sample())
	fields := spec.Fields{"/code": 2}
	got, err := o.Render(spec.Reply{Fields: fields, Message: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	clear(got)
	if string(o.Sample()) != before || len(fields) != 1 {
		t.Errorf("the sample is %s, the fields %v", o.Sample(), fields)
	}
}

func TestOutcomesTellWhatTheirSampleHolds(t *testing.T) {
	o := outcome(t, "subscriber.signup", "signedUp")
	if got := o.Int("/signature/access_token/expiry"); got != 300 {
		t.Errorf("the expiry is %d", got)
	}
	if o.Int("/msg") != 0 || o.Int("/no/such") != 0 || o.Int("") != 0 {
		t.Error("a text or nothing is a number")
	}
	if !o.Has("/signature/access_token") || o.Has("/result") || o.Has("") || o.Has("/msg/x") {
		t.Error("Has is wrong about its fields")
	}
	for _, c := range []struct {
		operation, outcome, field string
		code                      any
	}{
		{"subscriber.login", "deviceLimitExceeded", "code", 16},
		{"digipay.verifyOtp", "verified", "success", 1},
		{"watch.login", "loggedIn", "status_code", "W0000"},
		{"watch.createQrLoginCode", "qrCodeIssued", "", nil},
		{"verifynow.generateToken", "tokenIssued", "status", 200},
		{"verifynow.validateOtp", "wrongOtp", "responseCode", 702},
	} {
		o := outcome(t, c.operation, c.outcome)
		if o.CodeField() != c.field || o.Code != c.code {
			t.Errorf("%s %s has %q %v, not %q %v", c.operation, c.outcome, o.CodeField(), o.Code, c.field, c.code)
		}
	}
}
