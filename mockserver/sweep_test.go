package mockserver_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// recipe reaches one outcome of one operation the natural way; its last call is
// the one that counts.
type recipe struct {
	system    string // subscriber where it is empty
	operation string
	outcome   string
	settings  sandbox.Settings
	steps     func(u *universe) reply
}

// TestEveryOutcomeIsReachedNaturally makes each operation answer with each of
// its outcomes by requests, the clock, fixtures and sandbox settings alone. What
// cannot be reached so is the checked-in list, no more and no less.
func TestEveryOutcomeIsReachedNaturally(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	reached := &cells{}
	t.Run("recipes", func(t *testing.T) {
		for _, r := range recipes(mock.Contract()) {
			r.system = cmp.Or(r.system, "subscriber")
			t.Run(r.system+"."+r.operation+"/"+r.outcome, func(t *testing.T) {
				t.Parallel()
				u := newUniverse(t, mock, r.settings)
				last := r.steps(u)
				if last.outcome != r.outcome {
					t.Fatalf("answered %s (%s), want %s", last.outcome, last.header.Get("Stagedoor-Reason"), r.outcome)
				}
				entry := u.journalled(last)
				if entry.System != r.system || entry.Operation != r.operation || entry.Outcome != r.outcome || entry.Forced != "" {
					t.Fatalf("the journal says %s/%s forced %q", entry.Operation, entry.Outcome, entry.Forced)
				}
				reached.add(r.system + "." + r.operation + " " + r.outcome)
			})
		}
	})
	data, err := os.ReadFile("testdata/unreached.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields(strings.ReplaceAll(string(data), " ", "/"))
	var unreached []string
	for _, system := range mock.Systems() {
		for _, o := range system.Operations {
			for _, outcome := range o.Outcomes {
				cell := o.Name() + " " + outcome.Name
				if reached.has(cell) {
					continue
				}
				unreached = append(unreached, strings.ReplaceAll(cell, " ", "/"))
				if !slices.Contains(onlyForced, outcome.Name) {
					t.Errorf("%s was not reached", cell)
				}
			}
		}
	}
	slices.Sort(unreached)
	slices.Sort(listed)
	if !slices.Equal(unreached, listed) {
		t.Errorf("testdata/unreached.txt lists %q, but unreached are %q", listed, unreached)
	}
}

// cells is a set for parallel tests.
type cells struct {
	mu  sync.Mutex
	set map[string]bool
}

func (c *cells) add(cell string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set == nil {
		c.set = map[string]bool{}
	}
	c.set[cell] = true
}

func (c *cells) has(cell string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set[cell]
}

// onlyForced are the outcomes that nothing but a forced call or a fault reaches.
var onlyForced = []string{spec.OutcomeServerError, "duplicateResource"}

// recipes are those that the contract implies for many operations, then those
// of single ones.
func recipes(contract *spec.Contract) []recipe {
	var all []recipe
	for _, o := range contract.System("subscriber").Operations {
		all = append(all, general(o)...)
		if o.Requires("AccessToken") {
			all = append(all, protected(o)...)
		}
		if o.Outcome("otpVerificationFailed") != nil {
			all = append(all, recipe{operation: o.ID, outcome: "otpVerificationFailed", steps: unknownChallenge(o)})
		}
	}
	return slices.Concat(all, entrances(), accounts(), passwords(), updates(), departures(), watching(contract), digipayRecipes(), verifynowRecipes())
}

// general are the outcomes that every operation has.
func general(o *spec.Operation) []recipe {
	badRequest := func(u *universe) reply {
		if o.Requires("AccessToken") {
			u.loginAs("ann@example.com")
		}
		if _, takesBody := bodies[o.ID]; !takesBody {
			path := o.Route(map[string]string{"token": u.appToken, "device": "phone", "platform": "android"})
			return u.request(o.Method, path)
		}
		return u.send(o.ID, []byte(`{"broken`), "application/json")
	}
	return []recipe{
		{operation: o.ID, outcome: "badRequest", steps: badRequest},
		{operation: o.ID, outcome: "appTokenInvalid", steps: func(u *universe) reply {
			u.appToken = "nobodys"
			return u.call(o.ID, bodies[o.ID])
		}},
		{operation: o.ID, outcome: "authTokenExpired", steps: func(u *universe) reply {
			u.appToken = u.sandbox.Credentials.Subscriber.ExpiredAppToken
			return u.call(o.ID, bodies[o.ID])
		}},
		{operation: o.ID, outcome: "tooManyRequests", settings: sandbox.Settings{Quota: sandbox.QuotaSettings{PerDay: 2}}, steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			u.call(o.ID, bodies[o.ID])
			return u.call(o.ID, bodies[o.ID])
		}},
	}
}

// bodies are the operations that take a body, with one that keeps the contract
// where it matters which.
var bodies = map[string]body{
	"login":                  {"login_type": "email"},
	"verifyLoginOtp":         {"otpVerificationToken": "0", "otp": "1234"},
	"signup":                 {"login_type": "email"},
	"verifySignupOtp":        {"otpVerificationToken": "0", "otp": "1234"},
	"resendLoginOtp":         {"otpVerificationToken": "0"},
	"resendSignupOtp":        {"otpVerificationToken": "0"},
	"lookup":                 {"type": "email", "email": "ann@example.com"},
	"logout":                 {"device_id": "ffffffffffffffffffffffffffffffff", "type": "1"},
	"updateProfile":          {"otherdetails": body{"firstName": "Anna"}},
	"forgotPassword":         {"otpVerificationToken": "0", "otp": 1234},
	"resetPassword":          {"otpVerificationToken": "0", "newPassword": "abrakadabra"},
	"changePassword":         {"old_password": "wrong", "new_password": "abrakadabra"},
	"submitFeedback":         {"email": "ann@example.com", "feedback": "good video"},
	"verifyFeedbackEmail":    {"otpVerificationToken": "0", "otp": "1234"},
	"requestEmailUpdate":     {"email": "new@example.com"},
	"verifyEmailUpdate":      {"otpVerificationToken": "0", "otp": "1234"},
	"requestPhoneUpdate":     {"phone": "9876512345"},
	"verifyPhoneUpdate":      {"otpVerificationToken": "0", "otp": "1234"},
	"confirmAccountDeletion": {"otpVerificationToken": "0", "otp": "1234"},
}

// protected are the outcomes of every operation that wants an access token.
func protected(o *spec.Operation) []recipe {
	return []recipe{
		{operation: o.ID, outcome: "accessTokenMissing", steps: func(u *universe) reply { return u.call(o.ID, bodies[o.ID]) }},
		{operation: o.ID, outcome: "accessTokenInvalid", steps: func(u *universe) reply {
			u.access = "garbled"
			return u.call(o.ID, bodies[o.ID])
		}},
		{operation: o.ID, outcome: "accessTokenExpired", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			u.advance(24 * time.Hour)
			return u.call(o.ID, bodies[o.ID])
		}},
		{operation: o.ID, outcome: "sessionDestroyed", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			u.must("loggedOut", "logout", body{"device_id": u.device, "type": "1"})
			return u.call(o.ID, bodies[o.ID])
		}},
	}
}

// unknownChallenge presents a token that nobody was given.
func unknownChallenge(o *spec.Operation) func(*universe) reply {
	return func(u *universe) reply {
		b := bodies[o.ID]
		switch {
		case o.Requires("AccessToken"):
			u.loginAs("ann@example.com")
		case o.ID == "forgotPassword":
			u.auth = u.sandbox.Credentials.Subscriber.AuthToken
		case o.ID == "resetPassword":
			b = b.with(body{"otherDetails": u.otherdetails()})
		}
		return u.call(o.ID, b)
	}
}

// entrances are login and signup, and the verification of their codes.
func entrances() []recipe {
	return []recipe{
		{operation: "login", outcome: "loggedIn", steps: func(u *universe) reply { return u.call("login", u.byEmail("ann@example.com")) }},
		{operation: "login", outcome: "otpSent", steps: func(u *universe) reply { return u.call("login", u.byPhone("9876500001")) }},
		{operation: "login", outcome: "credentialsMissing", steps: func(u *universe) reply {
			return u.call("login", u.byEmail("ann@example.com").with(body{"password": nil}))
		}},
		{operation: "login", outcome: "invalidCredentials", steps: func(u *universe) reply {
			return u.call("login", u.byEmail("ann@example.com").with(body{"password": "wrong"}))
		}},
		{operation: "login", outcome: "paymentNotVerified", steps: func(u *universe) reply { return u.call("login", u.byEmail("ila@example.com")) }},
		{operation: "login", outcome: "paymentPending", steps: func(u *universe) reply { return u.call("login", u.byEmail("jaya@example.com")) }},
		{operation: "login", outcome: "paymentFailed", steps: func(u *universe) reply { return u.call("login", u.byEmail("kiran@example.com")) }},
		{operation: "login", outcome: "deviceAlreadyRegistered", steps: func(u *universe) reply {
			u.loginAs("hari@example.com")
			return u.call("login", u.byEmail("hari@example.com"))
		}},
		{operation: "login", outcome: "deviceLimitExceeded", steps: func(u *universe) reply { return u.call("login", u.byEmail("gopal@example.com")) }},
		{operation: "login", outcome: "gone", steps: func(u *universe) reply { return u.call("login", u.byEmail("lata@example.com")) }},
		{operation: "verifyLoginOtp", outcome: "verified", steps: verifyLogin("9876500001")},
		{operation: "verifyLoginOtp", outcome: "paymentNotVerified", steps: verifyLogin("9876500008")},
		{operation: "verifyLoginOtp", outcome: "paymentPending", steps: verifyLogin("9876500009")},
		{operation: "verifyLoginOtp", outcome: "paymentFailed", steps: verifyLogin("9876500010")},
		{operation: "verifyLoginOtp", outcome: "deviceLimitExceeded", steps: verifyLogin("9876500006")},
		{operation: "verifyLoginOtp", outcome: "deviceAlreadyRegistered", steps: func(u *universe) reply {
			u.loginByPhone("9876500007")
			return verifyLogin("9876500007")(u)
		}},
		{operation: "verifyLoginOtp", outcome: "gone", steps: func(u *universe) reply {
			u.loginByPhone("9876500001")
			sent := u.must("otpSent", "login", u.byPhone("9876500001"))
			u.deleteAccount()
			return u.call("verifyLoginOtp", u.answer(sent))
		}},
		{operation: "resendLoginOtp", outcome: "otpSent", steps: func(u *universe) reply {
			sent := u.must("otpSent", "login", u.byPhone("9876500001"))
			return u.call("resendLoginOtp", body{"otpVerificationToken": sent.otpToken()})
		}},
		{operation: "signup", outcome: "signedUp", steps: func(u *universe) reply { return u.call("signup", u.byEmail("new@example.com")) }},
		{operation: "signup", outcome: "otpSent", steps: func(u *universe) reply { return u.call("signup", u.byPhone("9876512345")) }},
		{operation: "signup", outcome: "credentialsMissing", steps: func(u *universe) reply {
			return u.call("signup", u.byPhone("9876512345").with(body{"phone": ""}))
		}},
		{operation: "signup", outcome: "alreadyExists", steps: func(u *universe) reply { return u.call("signup", u.byEmail("ann@example.com")) }},
		{operation: "signup", outcome: "gone", steps: func(u *universe) reply { return u.call("signup", u.byEmail("lata@example.com")) }},
		{operation: "verifySignupOtp", outcome: "verified", steps: func(u *universe) reply {
			return u.call("verifySignupOtp", u.answer(u.must("otpSent", "signup", u.byPhone("9876512345"))))
		}},
		{operation: "verifySignupOtp", outcome: "alreadyExists", steps: func(u *universe) reply {
			sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
			u.loginAs("ann@example.com")
			u.must("phoneUpdated", "verifyPhoneUpdate", u.answer(u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})))
			return u.call("verifySignupOtp", u.answer(sent))
		}},
		{operation: "verifySignupOtp", outcome: "gone", steps: func(u *universe) reply {
			sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
			u.loginAs("ann@example.com")
			u.must("phoneUpdated", "verifyPhoneUpdate", u.answer(u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})))
			u.deleteAccount()
			return u.call("verifySignupOtp", u.answer(sent))
		}},
		{operation: "resendSignupOtp", outcome: "otpSent", steps: func(u *universe) reply {
			sent := u.must("otpSent", "signup", u.byPhone("9876512345"))
			return u.call("resendSignupOtp", body{"otpVerificationToken": sent.otpToken()})
		}},
	}
}

func verifyLogin(phone string) func(*universe) reply {
	return func(u *universe) reply {
		return u.call("verifyLoginOtp", u.answer(u.must("otpSent", "login", u.byPhone(phone))))
	}
}

// accounts are looking up, logging out and reading.
func accounts() []recipe {
	return []recipe{
		{operation: "lookup", outcome: "exists", steps: func(u *universe) reply {
			return u.call("lookup", body{"type": "phone", "phone": "9876500001", "countryCode": "91"})
		}},
		{operation: "lookup", outcome: "notRegistered", steps: func(u *universe) reply {
			return u.call("lookup", body{"type": "email", "email": "nobody@example.com"})
		}},
		{operation: "lookup", outcome: "gone", steps: func(u *universe) reply {
			return u.call("lookup", body{"type": "email", "email": "lata@example.com"})
		}},
		{operation: "lookup", outcome: "credentialsMissing", steps: func(u *universe) reply { return u.call("lookup", body{"type": "email"}) }},
		{operation: "logout", outcome: "loggedOut", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("logout", body{"device_id": u.device, "type": "-1"})
		}},
		{operation: "updateProfile", outcome: "profileUpdated", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("updateProfile", bodies["updateProfile"])
		}},
		{operation: "getUserDetails", outcome: "userDetails", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("getUserDetails", nil)
		}},
		{operation: "issueAuthToken", outcome: "authTokenIssued", steps: func(u *universe) reply { return u.call("issueAuthToken", nil) }},
		{operation: "submitFeedback", outcome: "feedbackSubmitted", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("submitFeedback", bodies["submitFeedback"])
		}},
		{operation: "submitFeedback", outcome: "feedbackOtpSent", steps: func(u *universe) reply {
			u.loginByPhone("9876500001")
			return u.call("submitFeedback", body{"email": "bala@example.com", "feedback": "good video"})
		}},
		{operation: "verifyFeedbackEmail", outcome: "emailUpdated", steps: func(u *universe) reply {
			u.loginByPhone("9876500001")
			sent := u.must("feedbackOtpSent", "submitFeedback", body{"email": "bala@example.com", "feedback": "good video"})
			return u.call("verifyFeedbackEmail", u.answer(sent))
		}},
		{operation: "verifyFeedbackEmail", outcome: "alreadyExists", steps: func(u *universe) reply {
			u.loginByPhone("9876500001")
			sent := u.must("feedbackOtpSent", "submitFeedback", body{"email": "ann@example.com", "feedback": "good video"})
			return u.call("verifyFeedbackEmail", u.answer(sent))
		}},
	}
}

// passwords are forgetting, resetting and changing.
func passwords() []recipe {
	code := func(u *universe) body {
		return u.answer(u.must("otpSent", "forgotPassword", body{"emailId": "ann@example.com"}))
	}
	return []recipe{
		{operation: "forgotPassword", outcome: "otpSent", steps: func(u *universe) reply { return u.call("forgotPassword", body{"emailId": "ann@example.com"}) }},
		{operation: "forgotPassword", outcome: "notRegistered", steps: func(u *universe) reply {
			return u.call("forgotPassword", body{"emailId": "nobody@example.com"})
		}},
		{operation: "forgotPassword", outcome: "gone", steps: func(u *universe) reply { return u.call("forgotPassword", body{"emailId": "lata@example.com"}) }},
		{operation: "forgotPassword", outcome: "authTokenMissing", steps: func(u *universe) reply { return u.call("forgotPassword", code(u)) }},
		{operation: "forgotPassword", outcome: "authTokenInvalid", steps: func(u *universe) reply {
			u.auth = "unknown"
			return u.call("forgotPassword", code(u))
		}},
		{operation: "forgotPassword", outcome: "resetPending", steps: func(u *universe) reply {
			u.auth = u.must("authTokenIssued", "issueAuthToken", nil).token()
			return u.call("forgotPassword", code(u))
		}},
		{operation: "resetPassword", outcome: "passwordReset", steps: func(u *universe) reply {
			return u.call("resetPassword", u.resetGrant("ann@example.com"))
		}},
		{operation: "resetPassword", outcome: "gone", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			grant := u.resetGrant("ann@example.com")
			u.deleteAccount()
			return u.call("resetPassword", grant)
		}},
		{operation: "changePassword", outcome: "passwordChanged", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("changePassword", body{"old_password": password, "new_password": "mynewpass11456"})
		}},
		{operation: "changePassword", outcome: "invalidCredentials", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("changePassword", bodies["changePassword"])
		}},
	}
}

// updates change the address of an account.
func updates() []recipe {
	return []recipe{
		{operation: "requestEmailUpdate", outcome: "otpSent", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("requestEmailUpdate", body{"email": "new@example.com"})
		}},
		{operation: "requestEmailUpdate", outcome: "alreadyExists", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("requestEmailUpdate", body{"email": "chitra@example.com"})
		}},
		{operation: "verifyEmailUpdate", outcome: "emailUpdated", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("verifyEmailUpdate", u.answer(u.must("otpSent", "requestEmailUpdate", body{"email": "new@example.com"})))
		}},
		{operation: "verifyEmailUpdate", outcome: "alreadyExists", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			sent := u.must("otpSent", "requestEmailUpdate", body{"email": "new@example.com"})
			u.onDevice(2).must("signedUp", "signup", u.byEmail("new@example.com"))
			return u.call("verifyEmailUpdate", u.answer(sent))
		}},
		{operation: "requestPhoneUpdate", outcome: "otpSent", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("requestPhoneUpdate", body{"phone": "9876512345"})
		}},
		{operation: "requestPhoneUpdate", outcome: "alreadyExists", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("requestPhoneUpdate", body{"phone": "9876500001"})
		}},
		{operation: "verifyPhoneUpdate", outcome: "phoneUpdated", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("verifyPhoneUpdate", u.answer(u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})))
		}},
		{operation: "verifyPhoneUpdate", outcome: "alreadyExists", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			sent := u.must("otpSent", "requestPhoneUpdate", body{"phone": "9876512345"})
			other := u.onDevice(2)
			other.must("verified", "verifySignupOtp", other.answer(other.must("otpSent", "signup", other.byPhone("9876512345"))))
			return u.call("verifyPhoneUpdate", u.answer(sent))
		}},
	}
}

// departures delete accounts.
func departures() []recipe {
	return []recipe{
		{operation: "requestAccountDeletion", outcome: "otpSent", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("requestAccountDeletion", nil)
		}},
		{operation: "confirmAccountDeletion", outcome: "deletionRequested", steps: func(u *universe) reply {
			u.loginAs("ann@example.com")
			return u.call("confirmAccountDeletion", u.answer(u.must("otpSent", "requestAccountDeletion", nil)))
		}},
	}
}
