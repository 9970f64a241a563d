package mockserver_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// start is a universe of its own mock.
func start(t *testing.T) *universe {
	t.Helper()
	return newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
}

// signedIn says whether the universe's token still opens a protected operation.
func (u *universe) signedIn() bool {
	u.Helper()
	return u.call("getUserDetails", nil).outcome == "userDetails"
}

func TestLogoutEndsTheDeviceItNamesAndNoOther(t *testing.T) {
	for _, c := range []struct {
		name             string
		body             func(current, other *universe) body
		outcome          string
		want             [3]bool // current, other, third
		registeredDevice int
	}{
		{"the current one", func(u, _ *universe) body { return body{"device_id": u.device, "type": "1"} }, "loggedOut", [3]bool{false, true, true}, 2},
		{"type as a number", func(u, _ *universe) body { return body{"device_id": u.device, "type": 1} }, "loggedOut", [3]bool{false, true, true}, 2},
		{"another one", func(u, o *universe) body {
			return body{"device_id": u.device, "oldDeviceId": o.device, "type": "2"}
		}, "loggedOut", [3]bool{true, false, true}, 2},
		{"all but the current one", func(u, _ *universe) body { return body{"device_id": u.device, "type": "-1"} }, "loggedOut", [3]bool{true, false, false}, 1},
		{"another one, not named", func(u, _ *universe) body { return body{"device_id": u.device, "type": "2"} }, "badRequest", [3]bool{true, true, true}, 3},
		{"another one, not registered", func(u, _ *universe) body {
			return body{"device_id": u.device, "oldDeviceId": "ffffffffffffffffffffffffffffffff", "type": "2"}
		}, "badRequest", [3]bool{true, true, true}, 3},
		{"in the name of another device", func(_, o *universe) body { return body{"device_id": o.device, "type": "1"} }, "badRequest", [3]bool{true, true, true}, 3},
		{"an unknown type", func(u, _ *universe) body { return body{"device_id": u.device, "type": "3"} }, "badRequest", [3]bool{true, true, true}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := start(t)
			devices := [3]*universe{u, u.onDevice(2), u.onDevice(3)}
			for _, d := range devices {
				d.loginAs("ann@example.com")
			}
			u.outcome(c.outcome, u.call("logout", c.body(u, devices[1])))
			for i, d := range devices {
				if got := d.signedIn(); got != c.want[i] {
					t.Errorf("device %d is signed in: %v, want %v", i+1, got, c.want[i])
				}
			}
			all, err := u.sandbox.Accounts.ByEmail(t.Context(), "ann@example.com")
			if err != nil || len(all.Devices) != c.registeredDevice {
				t.Errorf("%d devices are registered (%v), want %d", len(all.Devices), err, c.registeredDevice)
			}
		})
	}
}

func TestALogoutFreesASlotForAnotherDevice(t *testing.T) {
	u := start(t)
	for n := range 5 {
		u.onDevice(n).loginAs("ann@example.com")
	}
	sixth := u.onDevice(6)
	sixth.must("deviceLimitExceeded", "login", sixth.byEmail("ann@example.com"))
	first := u.onDevice(0)
	first.loginAs("ann@example.com") // takes no slot
	first.must("loggedOut", "logout", body{"device_id": first.device, "type": "1"})
	sixth.must("loggedIn", "login", sixth.byEmail("ann@example.com"))
}

func TestAResetEndsEverySessionButTheNewOne(t *testing.T) {
	u := start(t)
	earlier := u.onDevice(2)
	earlier.loginAs("ann@example.com")
	grant := u.resetGrant("ann@example.com")
	u.access = u.must("passwordReset", "resetPassword", grant).token()
	if earlier.signedIn() || !u.signedIn() {
		t.Errorf("the earlier session lives: %v; the new one: %v", earlier.signedIn(), u.signedIn())
	}
	u.outcome("otpVerificationFailed", u.call("resetPassword", grant))
	u.outcome("invalidCredentials", u.call("login", u.byEmail("ann@example.com")))
	u.outcome("loggedIn", u.call("login", u.byEmail("ann@example.com").with(body{"password": "abrakadabra"})))
}

func TestAResetGrantExpiresAtTheAnnouncedTime(t *testing.T) {
	for seconds, want := range map[int]string{299: "passwordReset", 300: "otpVerificationFailed"} {
		u := start(t)
		u.freeze()
		grant := u.resetGrant("ann@example.com")
		u.advance(time.Duration(seconds) * time.Second)
		u.outcome(want, u.call("resetPassword", grant))
	}
}

func (u *universe) freeze() {
	u.Helper()
	yes := true
	if _, err := u.mock.Sandboxes().MoveClock(u.Context(), u.sandbox.ID, sandbox.ClockChange{Frozen: &yes}); err != nil {
		u.Fatal(err)
	}
}

// sends are the operations that send a code, with the operation that takes it.
var sends = []struct {
	name     string
	send     func(u *universe) reply
	verify   string
	accepted string
	lifetime int
}{
	{"login", func(u *universe) reply { return u.must("otpSent", "login", u.byPhone("9876500001")) }, "verifyLoginOtp", "verified", 120},
	{"login again", func(u *universe) reply {
		sent := u.must("otpSent", "login", u.byPhone("9876500001"))
		return u.must("otpSent", "resendLoginOtp", body{"otpVerificationToken": sent.otpToken()})
	}, "verifyLoginOtp", "verified", 120},
	{"signup", func(u *universe) reply { return u.must("otpSent", "signup", u.byPhone("9876512345")) }, "verifySignupOtp", "verified", 120},
	{"signup again", func(u *universe) reply {
		sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
		return u.must("otpSent", "resendSignupOtp", body{"otpVerificationToken": sent.otpToken()})
	}, "verifySignupOtp", "verified", 300},
	{"password reset", func(u *universe) reply {
		u.auth = u.must("authTokenIssued", "issueAuthToken", nil).token()
		return u.must("otpSent", "forgotPassword", body{"emailId": "ann@example.com"})
	}, "forgotPassword", "resetPending", 300},
	{"feedback", func(u *universe) reply {
		u.loginByPhone("9876500001")
		return u.must("feedbackOtpSent", "submitFeedback", body{"email": "bala@example.com", "feedback": "good"})
	}, "verifyFeedbackEmail", "emailUpdated", 300},
	{"e-mail update", func(u *universe) reply {
		u.loginAs("ann@example.com")
		return u.must("otpSent", "requestEmailUpdate", body{"email": "new@example.com"})
	}, "verifyEmailUpdate", "emailUpdated", 300},
	{"phone update", func(u *universe) reply {
		u.loginAs("ann@example.com")
		return u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})
	}, "verifyPhoneUpdate", "phoneUpdated", 300},
	{"deletion", func(u *universe) reply {
		u.loginAs("ann@example.com")
		return u.must("otpSent", "requestAccountDeletion", nil)
	}, "confirmAccountDeletion", "deletionRequested", 300},
}

func TestEveryCodeLivesAsLongAsAnnounced(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for _, s := range sends {
		for _, late := range []bool{false, true} {
			t.Run(s.name+"/late="+strconv.FormatBool(late), func(t *testing.T) {
				t.Parallel()
				u := newUniverse(t, mock, sandbox.Settings{})
				u.freeze()
				sent := s.send(u)
				if got := sent.body["otpExpiry"]; got != float64(s.lifetime) {
					t.Errorf("otpExpiry %v, want %d", got, s.lifetime)
				}
				wait, want := time.Duration(s.lifetime-1)*time.Second, s.accepted
				if late {
					wait, want = wait+time.Second, "otpVerificationFailed"
				}
				u.advance(wait)
				u.outcome(want, u.call(s.verify, u.answer(sent)))
			})
		}
	}
}

func TestACodeIsGoodOnceAndForItsOwnPurposeOnly(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for _, s := range sends {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			u := newUniverse(t, mock, sandbox.Settings{})
			answer := u.answer(s.send(u))
			if u.auth == "" {
				u.auth = u.must("authTokenIssued", "issueAuthToken", nil).token()
			}
			if u.access == "" {
				u.loginAs("chitra@example.com")
			}
			for _, other := range sends {
				if other.verify != s.verify {
					u.outcome("otpVerificationFailed", u.call(other.verify, answer))
				}
			}
			wrong := answer.with(body{"otp": "1000"})
			if answer["otp"] == "1000" {
				wrong["otp"] = "1001"
			}
			for range 4 {
				u.outcome("otpVerificationFailed", u.call(s.verify, wrong))
			}
			u.outcome(s.accepted, u.call(s.verify, answer))
			if again := u.call(s.verify, answer).outcome; again != "otpVerificationFailed" && again != "sessionDestroyed" {
				t.Errorf("used again, the code answers %s", again)
			}
		})
	}
}

func TestTheFifthWrongCodeVoidsTheRightOne(t *testing.T) {
	u := start(t)
	sent := u.must("otpSent", "login", u.byPhone("9876500001"))
	answer := u.answer(sent)
	for range 5 {
		u.outcome("otpVerificationFailed", u.call("verifyLoginOtp", answer.with(body{"otp": "0000"})))
	}
	u.outcome("otpVerificationFailed", u.call("verifyLoginOtp", answer))
	u.outcome("otpVerificationFailed", u.call("resendLoginOtp", body{"otpVerificationToken": sent.otpToken()}))
}

func TestAnotherAccountsCodeIsRefusedAndNotSpent(t *testing.T) {
	u := start(t)
	u.loginAs("ann@example.com")
	other := u.onDevice(2)
	other.loginAs("chitra@example.com")
	for _, c := range []struct {
		send, verify, accepted string
		body                   body
	}{
		{"requestEmailUpdate", "verifyEmailUpdate", "emailUpdated", body{"email": "new@example.com"}},
		{"requestPhoneUpdate", "verifyPhoneUpdate", "phoneUpdated", body{"phone": "9876512345"}},
		{"requestAccountDeletion", "confirmAccountDeletion", "deletionRequested", nil},
	} {
		answer := u.answer(u.must("otpSent", c.send, c.body))
		u.outcome("otpVerificationFailed", other.call(c.verify, answer))
		u.outcome(c.accepted, u.call(c.verify, answer))
	}
}

// An answer with 408 may make a client repeat the call: the repeat must meet
// the same state, so the code is not spent.
func TestARepeatAfterA408IsAnsweredIdentically(t *testing.T) {
	twice := func(u *universe, outcome, operation string, b body) {
		t.Helper()
		for range 3 {
			if r := u.must(outcome, operation, b); r.status != http.StatusRequestTimeout {
				t.Errorf("%s answered %d", operation, r.status)
			}
		}
	}
	u := start(t)
	sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
	u.loginAs("ann@example.com")
	email := u.answer(u.must("otpSent", "requestEmailUpdate", body{"email": "new@example.com"}))
	u.must("phoneUpdated", "verifyPhoneUpdate", u.answer(u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})))
	twice(u, "alreadyExists", "verifySignupOtp", u.answer(sent))
	u.onDevice(2).must("signedUp", "signup", u.byEmail("new@example.com"))
	twice(u, "alreadyExists", "verifyEmailUpdate", email)

	strict := u.onDevice(3)
	strict.loginByPhone("9876500007")
	twice(strict, "deviceAlreadyRegistered", "verifyLoginOtp", strict.answer(strict.must("otpSent", "login", strict.byPhone("9876500007"))))
	if !strict.signedIn() {
		t.Error("the session that was there has ended")
	}
}

func TestADeletionCodeGoesToTheAccountsOwnAddress(t *testing.T) {
	u := start(t)
	u.loginByPhone("9876500001")
	u.must("otpSent", "requestAccountDeletion", nil)
	u.loginAs("chitra@example.com")
	u.must("otpSent", "requestAccountDeletion", nil)
	messages := u.sandbox.Inbox.List(inbox.Filter{Purpose: "account_deletion"})
	if len(messages) != 2 || messages[0].To != "919876500001" || messages[0].Channel != inbox.SMS || messages[1].To != "chitra@example.com" || messages[1].Channel != inbox.Email {
		t.Errorf("messages %+v", messages)
	}
}

func TestAWithdrawnDeletionLeavesTheAccount(t *testing.T) {
	u := start(t)
	u.loginAs("ann@example.com")
	u.must("otpSent", "requestAccountDeletion", nil)
	if !u.signedIn() {
		t.Error("asking for the code ended the session")
	}
	u.must("exists", "lookup", body{"type": "email", "email": "ANN@Example.com"})
}

// payload is what a token's payload holds.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTheAccessTokenShowsTheAccount(t *testing.T) {
	u := start(t)
	u.loginByPhone("9876500001")
	sent := u.must("feedbackOtpSent", "submitFeedback", body{"email": "bala@example.com", "feedback": "good"})
	u.access = u.must("emailUpdated", "verifyFeedbackEmail", u.answer(sent)).token()
	u.access = u.must("profileUpdated", "updateProfile", body{"otherdetails": body{"lastName": "Rao", "image": "me.png"}}).token()
	claims := payload(t, u.access)
	for _, name := range []string{"userData", "jti", "iat", "exp"} {
		if claims[name] == nil {
			t.Errorf("the payload lacks %s", name)
		}
	}
	shown := claims["userData"].(map[string]any)
	if shown["name"] != "Bala Rao" || shown["email"] != "bala@example.com" || shown["contact"] != "9876500001" {
		t.Errorf("the payload shows %v", shown)
	}
	device := shown["devices"].(map[string]any)["details"].([]any)[0].(map[string]any)
	if device["osVersion"] != 5.5 || device["OS"] != "Tizen" || device["makemodel"] != "Samsung Q80T" || device["deviceId"] != u.device {
		t.Errorf("the payload shows the device %v", device)
	}
	if shown["image"] != nil {
		t.Error("the picture is in the token")
	}
	details := u.must("userDetails", "getUserDetails", nil).body["userData"].(map[string]any)
	if details["image"] != "me.png" || details["name"] != "Bala Rao" {
		t.Errorf("the details are %v", details)
	}
}

func TestBothSpellingsAndTypesOfTheDocumentAreTaken(t *testing.T) {
	u := start(t)
	login := u.byPhone("9876500001")
	login = login.with(body{"otherDetails": login["otherdetails"], "otherdetails": nil})
	answer := u.answer(u.must("otpSent", "login", login))
	number, err := strconv.Atoi(answer["otp"].(string))
	if err != nil {
		t.Fatal(err)
	}
	u.must("verified", "verifyLoginOtp", answer.with(body{"otp": number}))

	signup := u.answer(u.must("otpSent", "signup", u.byPhone("9876512345")))
	u.must("verified", "verifySignupOtp", signup.with(body{"OTPverificationToken": signup["otpVerificationToken"], "otpVerificationToken": nil}))
}

func TestOneSandboxsTokensAreInvalidInAnother(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	here, there := newUniverse(t, mock, sandbox.Settings{}), newUniverse(t, mock, sandbox.Settings{})
	here.loginAs("ann@example.com")
	sent := here.must("otpSent", "login", here.byPhone("9876500001"))
	there.access = here.access
	there.outcome("accessTokenInvalid", there.call("getUserDetails", nil))
	there.outcome("otpVerificationFailed", there.call("verifyLoginOtp", here.answer(sent)))
	if there.sandbox.Inbox.Len() != 0 || !slices.ContainsFunc(here.sandbox.Inbox.List(inbox.Filter{}), func(m inbox.Message) bool { return m.Token == sent.otpToken() }) {
		t.Error("a message is in the wrong inbox")
	}
}

func TestOneSeedAndTheSameCallsGiveTheSameReplies(t *testing.T) {
	seed := int64(7)
	replies := func() []string {
		u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{Seed: &seed})
		sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
		resent := u.must("otpSent", "resendSignupOtp", body{"otpVerificationToken": sent.otpToken()})
		u.access = u.must("verified", "verifySignupOtp", u.answer(resent)).token()
		return []string{sent.otpToken(), u.code(sent.otpToken()), resent.otpToken(), u.code(resent.otpToken()), payload(t, u.access)["jti"].(string)}
	}
	if first, second := replies(), replies(); !slices.Equal(first, second) {
		t.Errorf("first %v, then %v", first, second)
	}
}

func TestAliasesAreRouted(t *testing.T) {
	u := start(t)
	o := u.mock.Contract().System("subscriber").Operation("forgotPassword")
	if len(o.Aliases) != 1 {
		t.Fatalf("aliases %v", o.Aliases)
	}
	path := strings.NewReplacer("{token}", u.appToken, "{device}", "tv", "{platform}", "tizen").Replace(o.Aliases[0])
	req, err := http.NewRequest(http.MethodPost, u.mock.URL+path, strings.NewReader(`{"emailId":"ann@example.com"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	u.outcome("otpSent", do(t, req))
}
