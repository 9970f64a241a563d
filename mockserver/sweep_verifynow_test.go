package mockserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// params are the query of a request.
type params map[string]string

// with returns the query with other values for some names; "-" takes one away.
func (p params) with(changes params) params {
	out := maps.Clone(p)
	for name, value := range changes {
		if out[name] = value; value == "-" {
			delete(out, name)
		}
	}
	return out
}

// verifynow calls an operation of verifynow with the universe's authToken.
func (u *universe) verifynow(operation string, p params) reply {
	u.Helper()
	o := u.mock.Contract().System("verifynow").Operation(operation)
	return u.verifynowAt(o.Method, o.Route(nil), p)
}

func (u *universe) verifynowAt(method, path string, p params) reply {
	u.Helper()
	query := url.Values{}
	for name, value := range p {
		query.Set(name, value)
	}
	req, err := http.NewRequest(method, u.mock.URL+path+"?"+query.Encode(), nil)
	if err != nil {
		u.Fatal(err)
	}
	if u.auth != "" {
		req.Header.Set("authToken", u.auth)
	}
	return do(u.T, req)
}

// byKey is the query that gives a token.
func (u *universe) byKey() params {
	own := u.sandbox.Credentials.VerifyNow
	return params{"customerId": own.CustomerID, "key": own.Key}
}

// asCustomer gets a token; the next calls carry it.
func (u *universe) asCustomer() *universe {
	u.Helper()
	r := u.verifynow("generateToken", u.byKey())
	u.outcome("tokenIssued", r)
	u.auth, _ = r.body["token"].(string)
	return u
}

var toNumber = params{"countryCode": "91", "mobileNumber": "9876512345", "flowType": "SMS"}

// data is a field of the inner object of a reply.
func (r reply) data(name string) string {
	inner, _ := r.body["data"].(map[string]any)
	text, _ := inner[name].(string)
	return text
}

// verifynowSend sends a code and returns the query that validates it.
func (u *universe) verifynowSend(p params) params {
	u.Helper()
	sent := u.verifynow("sendOtp", p)
	u.outcome("otpSent", sent)
	id := sent.data("verificationId")
	return params{"verificationId": id, "code": u.code(id)}
}

// wrong is the query with a code that is not the one.
func (p params) wrong() params { return p.with(params{"code": "0000"}) }

// verifynowRecipes reach the outcomes of verifynow.
func verifynowRecipes() []recipe {
	oneADay := sandbox.Settings{VerifyNow: sandbox.VerifyNowSettings{SendsPerDay: 1}}
	validate := func(steps func(u *universe, right params) params) func(*universe) reply {
		return func(u *universe) reply {
			return u.verifynow("validateOtp", steps(u, u.asCustomer().verifynowSend(toNumber)))
		}
	}
	recipes := []recipe{
		{operation: "generateToken", outcome: "tokenIssued", steps: func(u *universe) reply {
			return u.verifynow("generateToken", u.byKey().with(params{"scope": "NEW", "country": "91", "email": "ann@example.com"}))
		}},
		{operation: "generateToken", outcome: "badRequest", steps: func(u *universe) reply {
			u.outcome("badRequest", u.verifynow("generateToken", u.byKey().with(params{"key": "-"})))
			return u.verifynow("generateToken", u.byKey().with(params{"customerId": "-"}))
		}},
		{operation: "generateToken", outcome: "invalidCustomer", steps: func(u *universe) reply {
			u.outcome("invalidCustomer", u.verifynow("generateToken", u.byKey().with(params{"customerId": "C-NOBODY"})))
			return u.verifynow("generateToken", u.byKey().with(params{"key": "d3Jvbmc="}))
		}},
		{operation: "sendOtp", outcome: "otpSent", steps: func(u *universe) reply { return u.asCustomer().verifynow("sendOtp", toNumber) }},
		{operation: "sendOtp", outcome: "badRequest", steps: func(u *universe) reply {
			u.asCustomer()
			for _, change := range []params{
				{"mobileNumber": "-"}, {"mobileNumber": "+919876512345"}, {"flowType": "-"}, {"flowType": "FAX"},
				{"countryCode": "-"}, {"otpLength": "3"}, {"otpLength": "9"}, {"otpLength": "four"},
			} {
				u.outcome("badRequest", u.verifynow("sendOtp", toNumber.with(change)))
			}
			return u.verifynow("sendOtp", params{})
		}},
		{operation: "sendOtp", outcome: "unauthorized", steps: func(u *universe) reply { return unauthorizedCustomer(u, "sendOtp", toNumber) }},
		{operation: "sendOtp", outcome: "invalidCustomer", steps: func(u *universe) reply {
			return u.asCustomer().verifynow("sendOtp", toNumber.with(params{"customerId": "C-NOBODY"}))
		}},
		{operation: "sendOtp", outcome: "invalidCountryCode", steps: func(u *universe) reply {
			return u.asCustomer().verifynow("sendOtp", toNumber.with(params{"countryCode": "999"}))
		}},
		{operation: "sendOtp", outcome: "requestAlreadyExists", steps: func(u *universe) reply {
			right := u.asCustomer().verifynowSend(toNumber)
			again := u.verifynow("sendOtp", toNumber.with(params{"flowType": "WHATSAPP"}))
			if again.data("verificationId") != right["verificationId"] {
				u.Errorf("pending is %v, want the id of the first, %s", again.body, right["verificationId"])
			}
			return again
		}},
		{operation: "sendOtp", outcome: "maximumLimitReached", settings: oneADay, steps: func(u *universe) reply {
			u.freeze()
			u.outcome("verified", u.verifynow("validateOtp", u.asCustomer().verifynowSend(toNumber)))
			return u.verifynow("sendOtp", toNumber)
		}},
		{operation: "validateOtp", outcome: "verified", steps: validate(func(_ *universe, right params) params { return right })},
		{operation: "validateOtp", outcome: "badRequest", steps: validate(func(_ *universe, right params) params { return right.with(params{"code": "-"}) })},
		{operation: "validateOtp", outcome: "unauthorized", steps: func(u *universe) reply {
			return unauthorizedCustomer(u, "validateOtp", params{"verificationId": "2949", "code": "1476"})
		}},
		{operation: "validateOtp", outcome: "invalidVerificationId", steps: validate(func(u *universe, right params) params {
			u.outcome("invalidVerificationId", u.verifynow("validateOtp", right.with(params{"verificationId": "abc"})))
			return right.with(params{"verificationId": "1"})
		})},
		{operation: "validateOtp", outcome: "wrongOtp", steps: validate(func(_ *universe, right params) params { return right.wrong() })},
		{operation: "validateOtp", outcome: "verificationFailed", steps: validate(func(u *universe, right params) params {
			for range 5 {
				u.outcome("wrongOtp", u.verifynow("validateOtp", right.wrong()))
			}
			return right
		})},
		{operation: "validateOtp", outcome: "alreadyVerified", steps: validate(func(u *universe, right params) params {
			u.outcome("verified", u.verifynow("validateOtp", right))
			return right
		})},
		{operation: "validateOtp", outcome: "verificationExpired", steps: validate(func(u *universe, right params) params {
			u.advance(time.Minute)
			return right
		})},
	}
	for i := range recipes {
		recipes[i].system = "verifynow"
	}
	return recipes
}

// unauthorizedCustomer calls an operation with every kind of token that is none.
func unauthorizedCustomer(u *universe, operation string, p params) reply {
	for _, token := range []string{"", "  ", "garbled", "a.b.c", "eyJhbGciOiJub25lIn0.e30."} {
		u.auth = token
		u.outcome("unauthorized", u.verifynow(operation, p))
	}
	// A genuine token of another system is forged here.
	u.auth = u.must("loggedIn", "login", u.byEmail("ann@example.com")).token()
	u.outcome("unauthorized", u.verifynow(operation, p))
	u.asCustomer()
	u.advance(24 * time.Hour)
	return u.verifynow(operation, p)
}

func TestVerifynowSendsACodeOfTheLengthAskedFor(t *testing.T) {
	u := start(t).asCustomer()
	for length, pattern := range map[string]string{"-": `^[1-9][0-9]{3}$`, "4": `^[1-9][0-9]{3}$`, "6": `^[1-9][0-9]{5}$`, "8": `^[1-9][0-9]{7}$`} {
		number := "987650000" + strings.Trim(length, "-")
		right := u.verifynowSend(toNumber.with(params{"otpLength": length, "mobileNumber": number, "customerId": u.sandbox.Credentials.VerifyNow.CustomerID}))
		m := u.newest()
		if m.System != "verifynow" || m.Purpose != "verify" || m.Channel != "sms" || m.To != "91"+number || m.Token != right["verificationId"] {
			t.Errorf("it was sent as %+v", m)
		}
		if !regexp.MustCompile(pattern).MatchString(m.Code) || !regexp.MustCompile(`^[1-9][0-9]{8}$`).MatchString(right["verificationId"]) {
			t.Errorf("otpLength %s: code %q of %q", length, m.Code, right["verificationId"])
		}
	}
}

func TestVerifynowIgnoresWhatItDoesNotNeed(t *testing.T) {
	u := start(t).asCustomer()
	o := u.mock.Contract().System("verifynow").Operation("sendOtp")
	for content, data := range map[string]string{"application/json": `{"broken`, "application/x-www-form-urlencoded": "mobileNumber=1&%zz"} {
		number := "98765000" + fmt.Sprint(len(data))
		req, err := http.NewRequest(o.Method, u.mock.URL+o.Route(nil)+"?countryCode=91&flowType=SMS&type=OTP&mobileNumber="+number, strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", content)
		req.Header.Set("authToken", u.auth)
		sent := do(t, req)
		u.outcome("otpSent", sent)
		id := sent.data("verificationId")
		right := params{"verificationId": id, "code": u.code(id), "langid": "en", "flowType": "SMS", "type": "OTP", "customerId": "C-NOBODY"}
		u.outcome("verified", u.verifynowAt(http.MethodGet, "/verification/v3/validateOtp/", right))
	}
}

func TestVerifynowTellsOneVerificationFromItsSendToItsEnd(t *testing.T) {
	u := start(t).asCustomer()
	sent := u.verifynow("sendOtp", toNumber)
	u.outcome("otpSent", sent)
	id := sent.data("verificationId")
	verified := u.verifynow("validateOtp", params{"verificationId": id, "code": u.code(id)})
	u.outcome("verified", verified)
	for _, name := range []string{"verificationId", "mobileNumber", "transactionId"} {
		if sent.data(name) == "" || sent.data(name) != verified.data(name) {
			t.Errorf("%s is %q, then %q", name, sent.data(name), verified.data(name))
		}
	}
	if verified.data("verficationId") != id || sent.data("mobileNumber") != "9876512345" || sent.data("timeout") != "60" {
		t.Errorf("sent %v, verified %v", sent.body, verified.body)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(sent.data("transactionId")) {
		t.Errorf("transactionId %q", sent.data("transactionId"))
	}
}

func TestVerifynowCodesExpireAtTheInstantAnnounced(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for wait, outcome := range map[time.Duration]string{59 * time.Second: "verified", time.Minute - 1: "verified", time.Minute: "verificationExpired"} {
		u := newUniverse(t, mock, sandbox.Settings{}).asCustomer()
		u.freeze()
		right := u.verifynowSend(toNumber)
		u.advance(wait)
		u.outcome(outcome, u.verifynow("validateOtp", right))
	}
}

func TestAVerifynowCodeThatExpiredStaysSoAfterTheNext(t *testing.T) {
	u := start(t).asCustomer()
	u.freeze()
	first := u.verifynowSend(toNumber)
	u.advance(time.Minute - 1)
	u.outcome("requestAlreadyExists", u.verifynow("sendOtp", toNumber))
	u.advance(1)
	second := u.verifynowSend(toNumber)
	u.outcome("verificationExpired", u.verifynow("validateOtp", first))
	u.outcome("verified", u.verifynow("validateOtp", second))
	third := u.verifynowSend(toNumber)
	u.outcome("alreadyVerified", u.verifynow("validateOtp", second))
	u.outcome("verified", u.verifynow("validateOtp", third))
}

func TestVerifynowVoidsAfterTheAttemptsOfTheSandbox(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{OTP: sandbox.OTPSettings{MaxAttempts: 2, Mode: sandbox.OTPFixed, Code: "12345678"}}).asCustomer()
	right := u.verifynowSend(toNumber.with(params{"otpLength": "5"}))
	if right["code"] != "12345" {
		t.Errorf("code %q, want the first digits of the fixed one", right["code"])
	}
	u.outcome("wrongOtp", u.verifynow("validateOtp", right.wrong()))
	u.outcome("wrongOtp", u.verifynow("validateOtp", right.wrong()))
	u.outcome("verificationFailed", u.verifynow("validateOtp", right.wrong()))
	u.outcome("verificationFailed", u.verifynow("validateOtp", right))
	u.verifynowSend(toNumber)
}

func TestVerifynowCountsWhatItSentPerNumberAndDay(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{VerifyNow: sandbox.VerifyNowSettings{SendsPerDay: 2}})
	u.freeze()
	if _, err := u.mock.Sandboxes().MoveClock(t.Context(), u.sandbox.ID, sandbox.ClockChange{Set: time.Date(2090, 1, 1, 23, 50, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	u.asCustomer()
	for range 2 {
		u.verifynowSend(toNumber)
		// What is refused is not counted, and the pending one is told first.
		u.outcome("requestAlreadyExists", u.verifynow("sendOtp", toNumber))
		u.advance(time.Minute)
	}
	u.outcome("maximumLimitReached", u.verifynow("sendOtp", toNumber))
	u.verifynowSend(toNumber.with(params{"mobileNumber": "9876512346"}))
	u.advance(8*time.Minute - 1)
	u.outcome("maximumLimitReached", u.verifynow("sendOtp", toNumber))
	u.advance(1)
	u.verifynowSend(toNumber)
}

func TestOfRacingVerifynowValidationsOneIsAccepted(t *testing.T) {
	u := start(t).asCustomer()
	right := u.verifynowSend(toNumber)
	const racers = 200
	count := raced(racers, func(int) string { return u.verifynow("validateOtp", right).outcome })
	if count["verified"] != 1 || count["alreadyVerified"] != racers-1 {
		t.Errorf("outcomes %v, want one verified and the rest alreadyVerified", count)
	}
}

func TestOfRacingVerifynowSendsOneGoesOut(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{VerifyNow: sandbox.VerifyNowSettings{SendsPerDay: 2}}).asCustomer()
	const racers = 100
	count := raced(racers, func(int) string { return u.verifynow("sendOtp", toNumber).outcome })
	if count["otpSent"] != 1 || count["requestAlreadyExists"] != racers-1 {
		t.Errorf("outcomes %v, want one otpSent and the rest refused", count)
	}
	m := u.newest()
	u.outcome("verified", u.verifynow("validateOtp", params{"verificationId": m.Token, "code": m.Code}))
	// Those that were refused were not counted.
	u.verifynowSend(toNumber)
	if n := len(u.sandbox.Inbox.List(inbox.Filter{})); n != 2 {
		t.Errorf("%d messages were sent, want 2", n)
	}
}

func TestVerifynowSandboxesKnowNothingOfEachOther(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u, other := newUniverse(t, mock, sandbox.Settings{}).asCustomer(), newUniverse(t, mock, sandbox.Settings{}).asCustomer()
	right := u.verifynowSend(toNumber)
	u.outcome("invalidVerificationId", other.verifynow("validateOtp", right))
	other.verifynowSend(toNumber)
	u.outcome("unauthorized", u.verifynow("sendOtp", toNumber.with(params{"customerId": other.sandbox.Credentials.VerifyNow.CustomerID})))
	u.outcome("invalidCustomer", u.verifynow("generateToken", u.byKey().with(params{"key": other.sandbox.Credentials.VerifyNow.Key})))
	u.outcome("verified", u.verifynow("validateOtp", right))
	for _, e := range u.sandbox.Journal.After("") {
		if e.Outcome == "invalidVerificationId" {
			t.Error("the other sandbox's call is in this one's journal")
		}
	}
}

func TestAVerifynowTokenNamesItsSandboxEvenWhenTheCustomerIsUnknown(t *testing.T) {
	u := start(t).asCustomer()
	r := u.verifynow("sendOtp", toNumber.with(params{"customerId": "C-NOBODY"}))
	u.outcome("invalidCustomer", r)
	if _, ok := u.sandbox.Journal.Get(r.header.Get("Stagedoor-Request")); !ok {
		t.Error("the call is not in the journal of the token's sandbox")
	}
	// A sandbox that is not there leaves it to the default one.
	u.auth = "eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vYm9keXMifQ.e30.x"
	u.outcome("unauthorized", u.verifynow("sendOtp", toNumber))
}

func TestVerifynowSaysWhenAKeyLostItsPlusSigns(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	d := sandbox.Document{Credentials: &sandbox.Credentials{VerifyNow: sandbox.VerifyNowCredentials{CustomerID: "C-PLUS", Key: "+++/++w="}}}
	if _, _, err := mock.Sandboxes().Put(t.Context(), "plus", d); err != nil {
		t.Fatal(err)
	}
	u := newUniverse(t, mock, sandbox.Settings{})
	u.outcome("tokenIssued", u.verifynow("generateToken", params{"customerId": "C-PLUS", "key": "+++/++w="}))
	r := u.verifynow("generateToken", params{"customerId": "C-PLUS", "key": "   /  w="})
	u.outcome("invalidCustomer", r)
	if reason := r.header.Get("Stagedoor-Reason"); !strings.Contains(reason, "%2B") {
		t.Errorf("reason %q", reason)
	}
}

func TestOneSeedGivesTheSameVerifynowCodesAndIDs(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	seed := int64(7)
	var seen [2]string
	for i := range seen {
		u := newUniverse(t, mock, sandbox.Settings{Seed: &seed}).asCustomer()
		for n := range 3 {
			sent := u.verifynow("sendOtp", toNumber.with(params{"mobileNumber": fmt.Sprintf("987650000%d", n)}))
			seen[i] += sent.data("verificationId") + u.code(sent.data("verificationId")) + sent.data("transactionId") + " "
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("one seed gave %s and %s", seen[0], seen[1])
	}
}

func TestMalformedVerifynowRequestsGetTheEnvelope(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	token := mockToken(t, mock)
	const send, validate = "/verification/v3/send", "/verification/v3/validateOtp"
	for _, m := range []struct{ name, method, target, header, body string }{
		{"no query", "GET", "/auth/v1/authentication/token", "", ""},
		{"query nonsense", "GET", "/auth/v1/authentication/token?%zz=%zz&;;=&customerId", "", ""},
		{"customer of NUL", "GET", "/auth/v1/authentication/token?customerId=%00&key=%ff", "", ""},
		{"long customer", "GET", "/auth/v1/authentication/token?key=a&customerId=" + strings.Repeat("x", 5000), "", ""},
		{"wrong method", "POST", "/auth/v1/authentication/token", "", ""},
		{"unknown path", "GET", "/verification/v3/nothing", token, ""},
		{"send without a token", "POST", send + "?countryCode=91", "", ""},
		{"send of a form", "POST", send, token + "\r\nContent-Type: application/x-www-form-urlencoded", "countryCode=91&mobileNumber=9876512345&flowType=SMS"},
		{"send of JSON", "POST", send, token + "\r\nContent-Type: application/json", `{"countryCode":"91"}`},
		{"send by GET", "GET", send, token, ""},
		{"send of two mebibytes", "POST", send + "?countryCode=91&mobileNumber=9876512345&flowType=SMS", token, strings.Repeat("x", 2<<20)},
		{"length beyond int64", "POST", send + "?countryCode=91&mobileNumber=9876512345&flowType=SMS&otpLength=99999999999999999999", token, ""},
		{"empty length", "POST", send + "?countryCode=91&mobileNumber=9876512345&flowType=SMS&otpLength=", token, ""},
		{"length with a zero", "POST", send + "?countryCode=91&mobileNumber=9876512345&flowType=SMS&otpLength=04", token, ""},
		{"invalid UTF-8", "POST", send + "?countryCode=%ff&mobileNumber=%fe&flowType=%fd", token, ""},
		{"validate without anything", "GET", validate, token, ""},
		{"validate with a slash in the id", "GET", validate + "?verificationId=..%2f..&code=1", token, ""},
		{"validate with NUL", "GET", validate + "?verificationId=1&code=%00", token, ""},
		{"validate with a long id", "GET", validate + "?verificationId=" + strings.Repeat("9", 100) + "&code=1", token, ""},
		{"a token without signature", "GET", validate + "?verificationId=1&code=1", "authToken: eyJhbGciOiJub25lIiwia2lkIjoiZGVmYXVsdCJ9.e30.", ""},
		{"a token of nobody's sandbox", "GET", validate + "?verificationId=1&code=1", "authToken: eyJraWQiOiIuLi8uLiJ9.e30.x", ""},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			status, contentType, data := raw(t, mock, m.method, m.target, m.header, m.body)
			var envelope struct {
				ResponseCode int
				Message      string
			}
			if err := json.Unmarshal(data, &envelope); err != nil || contentType != "application/json" {
				t.Fatalf("answered %s %q", contentType, data)
			}
			if status < 400 || status >= 500 || envelope.ResponseCode == 0 || envelope.Message == "" {
				t.Errorf("answered %d %s", status, data)
			}
		})
	}
}

// mockToken is the authToken header of the default sandbox's customer.
func mockToken(t *testing.T, mock *mocktest.Mock) string {
	t.Helper()
	u := newUniverse(t, mock, sandbox.Settings{})
	own := mock.Credentials.VerifyNow
	r := u.verifynow("generateToken", params{"customerId": own.CustomerID, "key": own.Key})
	u.outcome("tokenIssued", r)
	return "authToken: " + r.body["token"].(string)
}
