package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/session"
)

// digipay calls an operation of digipay with the sandbox's credentials, unless
// a change takes them away.
func (u *universe) digipay(operation string, b body, changes ...func(http.Header)) reply {
	u.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		u.Fatal(err)
	}
	o := u.mock.Contract().System("digipay").Operation(operation)
	req, err := http.NewRequest(o.Method, u.mock.URL+o.Route(nil), bytes.NewReader(data))
	if err != nil {
		u.Fatal(err)
	}
	own := u.sandbox.Credentials.Digipay
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("CompanyID", own.CompanyID)
	req.Header.Set("Authorization", "Token "+own.Token)
	for _, change := range changes {
		change(req.Header)
	}
	return do(u.T, req)
}

// header sets a header to a value; an empty one takes it away.
func header(name, value string) func(http.Header) {
	return func(h http.Header) {
		if h.Set(name, value); value == "" {
			h.Del(name)
		}
	}
}

// byNumber picks a challenge that goes by SMS.
var byNumber = body{"dial_code": "+91", "phone_number": "987-651-2345", "user_type": 2, "otp_type": 1}

// digipaySend sends a code and returns the body that verifies it.
func (u *universe) digipaySend(b body) body {
	u.Helper()
	u.outcome("otpSent", u.digipay("sendOtp", b))
	return b.with(body{"email": nil, "otp": u.newest().Code})
}

// newest is the message that was sent last.
func (u *universe) newest() inbox.Message {
	u.Helper()
	messages := u.sandbox.Inbox.List(inbox.Filter{})
	if len(messages) == 0 {
		u.Fatal("no message was sent")
	}
	return messages[len(messages)-1]
}

// mistyped is the body with a wrong code of the same length.
func mistyped(b body) body {
	code := b["otp"].(string)
	last := code[len(code)-1]
	return b.with(body{"otp": code[:len(code)-1] + string('0'+(last-'0'+1)%10)})
}

// digipayRecipes reach the outcomes of digipay.
func digipayRecipes() []recipe {
	unauthorized := func(u *universe, operation string) reply {
		for _, change := range []func(http.Header){
			header("Authorization", ""), header("Authorization", "Token nobodys"), header("Authorization", "Bearer "+u.sandbox.Credentials.Digipay.Token),
			header("CompanyID", "ffffffffffffffffffffffffffffffff"), header("CompanyID", "short"),
		} {
			u.outcome("unauthorized", u.digipay(operation, byNumber.with(body{"otp": "123456"}), change))
		}
		return u.digipay(operation, byNumber, header("CompanyID", ""))
	}
	recipes := []recipe{
		{operation: "sendOtp", outcome: "otpSent", steps: func(u *universe) reply { return u.digipay("sendOtp", byNumber) }},
		{operation: "sendOtp", outcome: "badRequest", steps: func(u *universe) reply {
			return u.digipay("sendOtp", byNumber.with(body{"otp_type": 2}))
		}},
		{operation: "sendOtp", outcome: "unauthorized", steps: func(u *universe) reply { return unauthorized(u, "sendOtp") }},
		{operation: "verifyOtp", outcome: "verified", steps: func(u *universe) reply { return u.digipay("verifyOtp", u.digipaySend(byNumber)) }},
		{operation: "verifyOtp", outcome: "badRequest", steps: func(u *universe) reply {
			return u.digipay("verifyOtp", mistyped(u.digipaySend(byNumber)))
		}},
		{operation: "verifyOtp", outcome: "unauthorized", steps: func(u *universe) reply { return unauthorized(u, "verifyOtp") }},
		{operation: "verifyOtp", outcome: "notFound", steps: func(u *universe) reply {
			return u.digipay("verifyOtp", byNumber.with(body{"otp": "123456"}))
		}},
	}
	for i := range recipes {
		recipes[i].system = "digipay"
	}
	return recipes
}

func TestDigipaySendsACodeWhereTheTypeSays(t *testing.T) {
	u := start(t)
	for _, c := range []struct {
		change      body
		channel, to string
	}{
		{body{}, "sms", "919876512345"},
		{body{"otp_type": 7}, "sms", "919876512345"},
		{body{"dial_code": "1", "phone_number": "555-0100"}, "sms", "15550100"},
		{body{"otp_type": 2, "email": "ann@example.com"}, "email", "ann@example.com"},
	} {
		u.digipaySend(byNumber.with(c.change))
		m := u.newest()
		if m.System != "digipay" || m.Purpose != "verify" || m.Channel != c.channel || m.To != c.to || !strings.Contains(m.Text, m.Code) {
			t.Errorf("%v was sent as %+v", c.change, m)
		}
		if !regexp.MustCompile(`^[1-9][0-9]{5}$`).MatchString(m.Code) {
			t.Errorf("code %q, want six digits", m.Code)
		}
	}
}

func TestDigipayVerifiesACodeOnceAsTextOrNumber(t *testing.T) {
	u := start(t)
	right := u.digipaySend(byNumber)
	first := u.digipay("verifyOtp", right)
	u.outcome("verified", first)
	again := u.digipay("verifyOtp", right)
	u.outcome("badRequest", again)
	if reason := again.header.Get("Stagedoor-Reason"); !strings.Contains(reason, "used before") {
		t.Errorf("reason %q", reason)
	}
	number := json.Number(u.digipaySend(byNumber)["otp"].(string))
	second := u.digipay("verifyOtp", byNumber.with(body{"otp": number, "phone_number": "9876512345"}))
	u.outcome("verified", second)
	one, two := first.body["data"].(map[string]any), second.body["data"].(map[string]any)
	if one["user_id"] != two["user_id"] || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(one["user_id"].(string)) {
		t.Errorf("user %v, then %v", one["user_id"], two["user_id"])
	}
	other := u.digipay("verifyOtp", u.digipaySend(byNumber.with(body{"phone_number": "9876512346"})))
	if other.body["data"].(map[string]any)["user_id"] == one["user_id"] {
		t.Error("two numbers are one user")
	}
	token := one["token"].(map[string]any)
	if token["type"] != "Token" || session.Sandbox(token["token"].(string)) != u.sandbox.ID {
		t.Errorf("token %v", token)
	}
}

func TestDigipayFindsAChallengeByAllThatItWasSentFor(t *testing.T) {
	u := start(t)
	right := u.digipaySend(byNumber)
	for _, change := range []body{{"dial_code": "+1"}, {"phone_number": "9876512346"}, {"user_type": 1}, {"otp_type": 3}, {"dial_code": "+919", "phone_number": "876512345"}} {
		u.outcome("notFound", u.digipay("verifyOtp", right.with(change)))
	}
	earlier := right
	right = u.digipaySend(byNumber)
	if earlier["otp"] != right["otp"] {
		u.outcome("badRequest", u.digipay("verifyOtp", earlier))
	}
	u.outcome("verified", u.digipay("verifyOtp", right.with(body{"dial_code": "91"})))
}

func TestDigipayCodesExpireAtTheInstantAnnounced(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for wait, outcome := range map[time.Duration]string{299 * time.Second: "verified", 300*time.Second - 1: "verified", 300 * time.Second: "badRequest"} {
		u := newUniverse(t, mock, sandbox.Settings{})
		u.freeze()
		right := u.digipaySend(byNumber)
		u.advance(wait)
		u.outcome(outcome, u.digipay("verifyOtp", right))
	}
}

func TestDigipayCountsWrongCodes(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for limit, settings := range map[int]sandbox.Settings{5: {}, 2: {OTP: sandbox.OTPSettings{MaxAttempts: 2}}} {
		u := newUniverse(t, mock, settings)
		right := u.digipaySend(byNumber)
		for range limit - 1 {
			u.outcome("badRequest", u.digipay("verifyOtp", mistyped(right)))
		}
		u.outcome("verified", u.digipay("verifyOtp", right))
		right = u.digipaySend(byNumber)
		for range limit {
			u.outcome("badRequest", u.digipay("verifyOtp", mistyped(right)))
		}
		u.outcome("badRequest", u.digipay("verifyOtp", right))
	}
}

func TestOfRacingDigipayVerificationsOneIsAccepted(t *testing.T) {
	u := start(t)
	right := u.digipaySend(byNumber)
	const racers = 200
	count := raced(racers, func(int) string { return u.digipay("verifyOtp", right).outcome })
	if count["verified"] != 1 || count["badRequest"] != racers-1 {
		t.Errorf("outcomes %v, want one verified and the rest refused", count)
	}
}

// raced counts the outcomes of calls that start together.
func raced(racers int, call func(n int) string) map[string]int {
	outcomes := make(chan string, racers)
	var ready sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for n := range racers {
		go func() {
			ready.Done()
			<-start
			outcomes <- call(n)
		}()
	}
	ready.Wait()
	close(start)
	count := map[string]int{}
	for range racers {
		count[<-outcomes]++
	}
	return count
}

func TestDigipaySandboxesKnowNothingOfEachOther(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u, other := newUniverse(t, mock, sandbox.Settings{}), newUniverse(t, mock, sandbox.Settings{})
	right := u.digipaySend(byNumber)
	u.outcome("notFound", other.digipay("verifyOtp", right))
	u.outcome("unauthorized", u.digipay("verifyOtp", right, header("CompanyID", other.sandbox.Credentials.Digipay.CompanyID)))
	u.outcome("verified", u.digipay("verifyOtp", right))
	// Unknown companies are answered by the default sandbox: its token is no way in.
	token := header("Authorization", "Token "+mock.Credentials.Digipay.Token)
	u.outcome("otpSent", u.digipay("sendOtp", byNumber, token, header("CompanyID", mock.Credentials.Digipay.CompanyID)))
	u.outcome("unauthorized", u.digipay("sendOtp", byNumber, token, header("CompanyID", "ffffffffffffffffffffffffffffffff")))
}

func TestOneSeedGivesTheSameDigipayCodesAndUsers(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	seed := int64(7)
	var seen [2]string
	for i := range seen {
		u := newUniverse(t, mock, sandbox.Settings{Seed: &seed})
		for n := range 3 {
			right := u.digipaySend(byNumber.with(body{"user_type": n + 1}))
			user := u.digipay("verifyOtp", right).body["data"].(map[string]any)["user_id"]
			seen[i] += fmt.Sprint(right["otp"], user, " ")
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("one seed gave %s and %s", seen[0], seen[1])
	}
}

func TestAMagicAddressOfADigipayChallengeWorksUntilItsOperation(t *testing.T) {
	u := start(t)
	right := u.digipaySend(byNumber.with(body{"otp_type": 2, "email": "ann+verifyOtp.notFound@example.com"}))
	r := u.digipay("verifyOtp", right)
	u.outcome("notFound", r)
	if forced := u.journalled(r).Forced; forced != "magic" {
		t.Errorf("the journal says forced %q", forced)
	}
	right = u.digipaySend(byNumber.with(body{"otp_type": 2, "email": "ann@example.com"}))
	u.outcome("verified", u.digipay("verifyOtp", right))
}

func TestMalformedDigipayRequestsGetTheEnvelope(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	own := mock.Credentials.Digipay
	headers := fmt.Sprintf("CompanyID: %s\r\nAuthorization: Token %s\r\nContent-Type: ", own.CompanyID, own.Token)
	whole := `"dial_code":"+91","phone_number":"9876512345","user_type":2,"otp_type":1`
	for _, m := range []struct{ name, method, target, header, body string }{
		{"no headers", "POST", "/digipay/v3/auth/verify_otp", "", "{}"},
		{"unknown path", "POST", "/digipay/v3/auth/verify", headers + "application/json", "{}"},
		{"wrong method", "GET", "/digipay/v3/auth/verify_otp", headers + "application/json", ""},
		{"trailing slash", "POST", "/digipay/v3/auth/send_otp/", headers + "application/json", "{}"},
		{"empty body", "POST", "/digipay/v3/auth/verify_otp", headers + "application/json", ""},
		{"broken JSON", "POST", "/digipay/v3/auth/verify_otp", headers + "application/json", `{"otp":`},
		{"array", "POST", "/digipay/v3/auth/send_otp", headers + "application/json", "[]"},
		{"form", "POST", "/digipay/v3/auth/send_otp", headers + "application/x-www-form-urlencoded", "dial_code=91"},
		{"number as text", "POST", "/digipay/v3/auth/send_otp", headers + "application/json", strings.Replace("{"+whole+"}", "2", `"2"`, 1)},
		{"fraction", "POST", "/digipay/v3/auth/send_otp", headers + "application/json", strings.Replace("{"+whole+"}", ":2", ":2.0", 1)},
		{"huge type", "POST", "/digipay/v3/auth/send_otp", headers + "application/json", strings.Replace("{"+whole+"}", ":2", ":99999999999999999999", 1)},
		{"no e-mail", "POST", "/digipay/v3/auth/send_otp", headers + "application/json", strings.Replace("{"+whole+"}", `"otp_type":1`, `"otp_type":2,"email":"nowhere"`, 1)},
		{"a second spelling", "POST", "/digipay/v3/auth/verify_otp", headers + "application/json", "{" + whole + `,"otp":"123456","OTP":{},"Phone_Number":5}`},
		{"otp null", "POST", "/digipay/v3/auth/verify_otp", headers + "application/json", "{" + whole + `,"otp":null}`},
		{"otp object", "POST", "/digipay/v3/auth/verify_otp", headers + "application/json", "{" + whole + `,"otp":{}}`},
		{"NUL in the company", "POST", "/digipay/v3/auth/send_otp", "CompanyID: %00", "{" + whole + "}"},
		{"query nonsense", "POST", "/digipay/v3/auth/send_otp?%zz&;=", headers + "application/json", "{}"},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			status, contentType, data := raw(t, mock, m.method, m.target, m.header, m.body)
			var envelope struct {
				Success *int
				Error   []int
				Data    struct{ Message string }
			}
			if err := json.Unmarshal(data, &envelope); err != nil || contentType != "application/json" {
				t.Fatalf("answered %s %q", contentType, data)
			}
			if status < 400 || status >= 500 || envelope.Success == nil || *envelope.Success != 0 || len(envelope.Error) == 0 || envelope.Data.Message == "" {
				t.Errorf("answered %d %s", status, data)
			}
		})
	}
}
