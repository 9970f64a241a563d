package mockserver_test

import (
	"net/http"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// reading is one option of a reading and what a client sees of it.
type reading struct {
	id, option string
	see        func(u *universe)
}

// TestReadingsShow runs every option of every switchable reading, the canonical
// one too: a switch that does nothing fails one of them.
func TestReadingsShow(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	covered := map[string]bool{}
	for _, r := range append(wireReadings, behaviourReadings...) {
		covered[r.id+"="+r.option] = true
		t.Run(r.id+"="+r.option, func(t *testing.T) {
			t.Parallel()
			u := newUniverse(t, mock, sandbox.Settings{Readings: sandbox.Readings{r.id: r.option}})
			u.freeze() // lifetimes are looked at to the second
			r.see(u)
		})
	}
	for _, row := range mock.Contract().Rows {
		if row.Derived() {
			continue
		}
		for _, option := range row.Options {
			if !covered[row.ID+"="+option.ID] {
				t.Errorf("no test shows reading %s=%s", row.ID, option.ID)
			}
		}
	}
}

func (u *universe) status(want int, r reply) {
	u.Helper()
	if r.status != want {
		u.Errorf("%s answered with %d, want %d", r.outcome, r.status, want)
	}
}

func (u *universe) holds(key string, r reply) {
	u.Helper()
	if r.body[key] == nil {
		u.Errorf("%s has no %s: %v", r.outcome, key, r.body)
	}
}

func (u *universe) outcome(want string, r reply) {
	u.Helper()
	if r.outcome != want {
		u.Errorf("answered %s (%s), want %s", r.outcome, r.header.Get("Stagedoor-Reason"), want)
	}
}

// expiry is the announced lifetime of the access token under a key.
func expiry(r reply, key string) float64 {
	return r.body[key].(map[string]any)["access_token"].(map[string]any)["expiry"].(float64)
}

func wrongCode(u *universe) reply {
	return u.call("verifyLoginOtp", body{"otpVerificationToken": "0", "otp": "1234"})
}

var wireReadings = []reading{
	{"G3", "tabled", func(u *universe) { u.status(http.StatusBadRequest, wrongCode(u)) }},
	{"G3", "envelope", func(u *universe) {
		u.status(http.StatusOK, wrongCode(u))
		u.status(http.StatusUnauthorized, u.call("login", u.byEmail("nobody@example.com")))
	}},
	{"S2", "sampled", func(u *universe) {
		u.holds("signature", u.must("signedUp", "signup", u.byEmail("new@example.com")))
		u.holds("result", u.must("loggedIn", "login", u.byEmail("ann@example.com")))
	}},
	{"S2", "result", func(u *universe) { u.holds("result", u.must("signedUp", "signup", u.byEmail("new@example.com"))) }},
	{"S2", "signature", func(u *universe) {
		u.holds("signature", u.must("loggedIn", "login", u.byEmail("ann@example.com")))
		u.holds("result", u.must("authTokenIssued", "issueAuthToken", nil))
	}},
	{"S3", "sampled", func(u *universe) {
		u.lives(u.must("signedUp", "signup", u.byEmail("new@example.com")), "signature", 300)
	}},
	{"S3", "uniform", func(u *universe) {
		u.lives(u.must("signedUp", "signup", u.byEmail("new@example.com")), "signature", 86400)
	}},
	{"S8", "sampled", func(u *universe) {
		u.must("loggedIn", "login", u.byEmail("ann@example.com").with(body{"otherdetails": u.otherdetails().with(body{"gender": nil})}))
		u.must("badRequest", "login", u.byEmail("ann@example.com").with(body{"otherdetails": u.otherdetails().with(body{"os": nil})}))
	}},
	{"S8", "strict", func(u *universe) {
		u.must("badRequest", "login", u.byEmail("ann@example.com").with(body{"otherdetails": u.otherdetails().with(body{"gender": nil})}))
		u.must("signedUp", "signup", u.byEmail("new@example.com").with(body{"otherdetails": u.otherdetails().with(body{"ip": nil})}))
	}},
	{"S8", "lax", func(u *universe) {
		u.must("loggedIn", "login", u.byEmail("ann@example.com").with(body{"otherdetails": body{"device_unique_id": u.device}}))
		u.must("badRequest", "login", u.byEmail("ann@example.com").with(body{"otherdetails": body{}}))
	}},
	{"S4", "expiry", func(u *universe) { u.holds("expiry", u.resetPending("ann@example.com")) }},
	{"S4", "otpExpiry", func(u *universe) { u.holds("otpExpiry", u.resetPending("ann@example.com")) }},
	{"S9", "1", func(u *universe) { u.feedbackCode(1) }},
	{"S9", "11", func(u *universe) { u.feedbackCode(11) }},
	{"S13", "refused", func(u *universe) { u.outcome("badRequest", u.signupFromAbroad()) }},
	{"S13", "taken", func(u *universe) { u.outcome("otpSent", u.signupFromAbroad()) }},
	{"M3", "both", func(u *universe) { u.spellings(true, true) }},
	{"M3", "verficationId", func(u *universe) { u.spellings(true, false) }},
	{"M3", "verificationId", func(u *universe) { u.spellings(false, true) }},
	{"S33", "408", func(u *universe) {
		r := u.must("alreadyExists", "signup", u.byEmail("ann@example.com"))
		u.status(http.StatusRequestTimeout, r)
		if again := u.must("alreadyExists", "signup", u.byEmail("ann@example.com")); again.status != r.status {
			u.Errorf("a repeat answered %d", again.status)
		}
	}},
	{"S33", "409", func(u *universe) {
		u.status(http.StatusConflict, u.must("alreadyExists", "signup", u.byEmail("ann@example.com")))
	}},
}

// lives checks the announced lifetime of a token, and that it is true.
func (u *universe) lives(r reply, key string, seconds int) {
	u.Helper()
	if got := expiry(r, key); got != float64(seconds) {
		u.Fatalf("the token announces %v s, want %d", got, seconds)
	}
	u.access = r.token()
	u.advance(time.Duration(seconds-1) * time.Second)
	u.must("userDetails", "getUserDetails", nil)
	u.advance(time.Second)
	u.must("accessTokenExpired", "getUserDetails", nil)
}

func (u *universe) feedbackCode(want float64) {
	u.Helper()
	u.loginByPhone("9876500001")
	r := u.must("feedbackOtpSent", "submitFeedback", body{"email": "bala@example.com", "feedback": "good video"})
	if r.body["code"] != want {
		u.Errorf("code %v, want %v", r.body["code"], want)
	}
}

var behaviourReadings = []reading{
	{"S19", "checked", func(u *universe) { u.outcome("badRequest", u.logoutOfAnUnknownDevice()) }},
	{"S19", "ignored", func(u *universe) { u.outcome("loggedOut", u.logoutOfAnUnknownDevice()) }},
	{"authToken", "checked", func(u *universe) { u.outcome("authTokenMissing", u.resetCode("ann@example.com")) }},
	{"authToken", "ignored", func(u *universe) { u.outcome("resetPending", u.resetCode("ann@example.com")) }},
	{"gone", "gone", func(u *universe) { u.afterDeletion("gone", "gone", "gone", "gone") }},
	{"gone", "pending", func(u *universe) { u.afterDeletion("loggedIn", "otpSent", "exists", "otpSent") }},
	{"gone", "unknown", func(u *universe) {
		u.afterDeletion("invalidCredentials", "invalidCredentials", "notRegistered", "notRegistered")
	}},
	{"S20", "othersEnd", func(u *universe) { u.outcome("sessionDestroyed", u.otherAfterChange()) }},
	{"S20", "othersStay", func(u *universe) { u.outcome("userDetails", u.otherAfterChange()) }},
	{"S21", "stays", func(u *universe) { u.outcome("userDetails", u.oldTokenAfterUpdate()) }},
	{"S21", "ends", func(u *universe) { u.outcome("sessionDestroyed", u.oldTokenAfterUpdate()) }},
	{"S23", "invalidCredentials", func(u *universe) { u.outcome("invalidCredentials", u.call("login", u.byPhone("9876511111"))) }},
	{"S23", "otpSent", func(u *universe) {
		sent := u.must("otpSent", "login", u.byPhone("9876511111"))
		u.outcome("otpSent", u.call("resendLoginOtp", body{"otpVerificationToken": sent.otpToken()}))
		if u.sandbox.Inbox.Len() != 0 {
			u.Error("a message went to somebody who is not registered")
		}
	}},
	{"S24", "notRegistered", func(u *universe) {
		u.outcome("notRegistered", u.call("forgotPassword", body{"emailId": "nobody@example.com"}))
	}},
	{"S24", "otpSent", func(u *universe) {
		u.outcome("otpSent", u.call("forgotPassword", body{"emailId": "nobody@example.com"}))
		if u.sandbox.Inbox.Len() != 0 {
			u.Error("a message went to somebody who is not registered")
		}
	}},
	{"S26", "voids", func(u *universe) { u.outcome("otpVerificationFailed", u.firstOfTwoCodes()) }},
	{"S26", "keeps", func(u *universe) { u.outcome("verified", u.firstOfTwoCodes()) }},
	{"S27", "atVerification", func(u *universe) { u.outcome("otpSent", u.call("login", u.byPhone("9876500009"))) }},
	{"S27", "atLogin", func(u *universe) {
		u.outcome("paymentPending", u.call("login", u.byPhone("9876500009")))
		u.outcome("deviceLimitExceeded", u.call("login", u.byPhone("9876500006")))
	}},
	{"S29", "refused", func(u *universe) { u.outcome("gone", u.call("signup", u.byEmail("lata@example.com"))) }},
	{"S29", "allowed", func(u *universe) {
		u.outcome("signedUp", u.call("signup", u.byEmail("lata@example.com")))
		u.outcome("alreadyExists", u.call("signup", u.byEmail("lata@example.com")))
	}},
	{"S30", "untilLogout", func(u *universe) { u.outcome("deviceLimitExceeded", u.sixthDeviceTomorrow()) }},
	{"S30", "untilExpiry", func(u *universe) { u.outcome("loggedIn", u.sixthDeviceTomorrow()) }},
	{"S31", "replaces", func(u *universe) { u.outcome("sessionDestroyed", u.earlierTokenAfterRelogin()) }},
	{"S31", "keeps", func(u *universe) { u.outcome("userDetails", u.earlierTokenAfterRelogin()) }},
}

func (u *universe) signupFromAbroad() reply {
	return u.call("signup", u.byPhone("2025550123").with(body{"countryCode": "+1", "otherdetails": u.otherdetails().with(body{"country": "US"})}))
}

// spellings checks which spellings of its id a validated code is answered with.
func (u *universe) spellings(sampled, right bool) {
	u.Helper()
	sent := u.asCustomer().verifynow("sendOtp", toNumber)
	id := sent.data("verificationId")
	r := u.verifynow("validateOtp", params{"verificationId": id, "code": u.code(id)})
	u.outcome("verified", r)
	if got := [2]bool{r.data("verficationId") == id, r.data("verificationId") == id}; got != [2]bool{sampled, right} {
		u.Errorf("the spellings are there: %v, want %v: %v", got, [2]bool{sampled, right}, r.body)
	}
}

// resetCode presents a reset code with whatever authToken the universe has.
func (u *universe) resetCode(email string) reply {
	return u.call("forgotPassword", u.answer(u.must("otpSent", "forgotPassword", body{"emailId": email})))
}

func (u *universe) resetPending(email string) reply {
	u.auth = u.sandbox.Credentials.Subscriber.AuthToken
	return u.resetCode(email)
}

func (u *universe) logoutOfAnUnknownDevice() reply {
	u.loginAs("ann@example.com")
	return u.call("logout", body{"device_id": u.device, "oldDeviceId": "ffffffffffffffffffffffffffffffff", "type": "2"})
}

// afterDeletion is what each way to use a deleted account answers.
func (u *universe) afterDeletion(byEmail, byPhone, lookup, forgot string) {
	u.Helper()
	u.outcome(byEmail, u.call("login", u.byEmail("lata@example.com")))
	u.outcome(byPhone, u.call("login", u.byPhone("9876500011")))
	u.outcome(lookup, u.call("lookup", body{"type": "email", "email": "lata@example.com"}))
	u.outcome(forgot, u.call("forgotPassword", body{"emailId": "lata@example.com"}))
}

func (u *universe) otherAfterChange() reply {
	other := u.onDevice(2)
	other.loginAs("ann@example.com")
	u.loginAs("ann@example.com")
	u.must("passwordChanged", "changePassword", body{"old_password": password, "new_password": "mynewpass11456"})
	u.must("userDetails", "getUserDetails", nil)
	return other.call("getUserDetails", nil)
}

func (u *universe) oldTokenAfterUpdate() reply {
	u.loginAs("ann@example.com")
	renewed := *u
	renewed.access = u.must("profileUpdated", "updateProfile", bodies["updateProfile"]).token()
	shown := renewed.must("userDetails", "getUserDetails", nil)
	if name := shown.body["userData"].(map[string]any)["name"]; name != "Anna Email" {
		u.Errorf("the profile shows %v", name)
	}
	return u.call("getUserDetails", nil)
}

func (u *universe) firstOfTwoCodes() reply {
	first := u.must("otpSent", "login", u.byPhone("9876500001"))
	u.must("otpSent", "login", u.byPhone("9876500001"))
	return u.call("verifyLoginOtp", u.answer(first))
}

func (u *universe) sixthDeviceTomorrow() reply {
	for n := range 5 {
		u.onDevice(n).loginAs("ann@example.com")
	}
	u.advance(24 * time.Hour)
	return u.onDevice(6).call("login", u.onDevice(6).byEmail("ann@example.com"))
}

func (u *universe) earlierTokenAfterRelogin() reply {
	u.loginAs("ann@example.com")
	u.must("loggedIn", "login", u.byEmail("ann@example.com"))
	return u.call("getUserDetails", nil)
}
