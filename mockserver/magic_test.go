package mockserver_test

import (
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/sandbox"
)

func TestAMagicEmailChoosesTheOutcomeOfTheOperationThatCarriesIt(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	for _, c := range []struct {
		operation string
		body      body
		want      string
	}{
		{"login", u.byEmail("ann+invalidCredentials@example.com"), "invalidCredentials"},
		{"login", u.byEmail("ann+GONE@example.com"), "gone"},
		{"login", u.byEmail("ann+login.paymentPending@example.com"), "paymentPending"},
		{"login", u.byEmail("ann+signup.gone@example.com"), "invalidCredentials"}, // of another operation: nobody has this address
		{"login", u.byEmail("ann+nonsense@example.com"), "invalidCredentials"},
		{"login", u.byEmail("ann@example.com"), "loggedIn"},
		{"lookup", body{"type": "email", "email": "x+notRegistered@example.com"}, "notRegistered"},
		{"forgotPassword", body{"emailId": "x+tooManyRequests@example.com"}, "tooManyRequests"},
		{"login", u.byPhone("9900001601"), "deviceLimitExceeded"},
		{"login", u.byPhone("9900001799"), "paymentPending"},
		{"login", u.byPhone("9900042900"), "tooManyRequests"},
		{"signup", u.byPhone("9900041000"), "gone"},
		{"signup", u.byPhone("9900001600"), "otpSent"}, // signup has no code 16 and no status 16
	} {
		r := u.call(c.operation, c.body)
		u.outcome(c.want, r)
		if forced := r.header.Get("Stagedoor-Forced"); (forced == "magic") != (u.journalled(r).Forced == "magic") {
			t.Errorf("%s: header says %q, journal %q", c.want, forced, u.journalled(r).Forced)
		}
	}
}

func TestAMagicEmailThatNamesAnOperationWorksUntilThen(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	const email = "ann+requestAccountDeletion.serverError@example.com"
	u.access = u.must("signedUp", "signup", u.byEmail(email)).token()
	u.must("userDetails", "getUserDetails", nil)
	r := u.must("serverError", "requestAccountDeletion", nil)
	if r.header.Get("Stagedoor-Forced") != "magic" {
		t.Errorf("headers %v", r.header)
	}
	u.must("exists", "lookup", body{"type": "email", "email": email})

	const reset = "ann+resetPassword.otpVerificationFailed@example.com"
	u.must("signedUp", "signup", u.onDevice(2).byEmail(reset))
	grant := u.resetGrant(reset)
	if r := u.must("otpVerificationFailed", "resetPassword", grant); r.header.Get("Stagedoor-Forced") != "magic" {
		t.Errorf("the grant was refused for another reason: %v", r.header)
	}
}

func TestEveryMagicPhoneChoosesItsOutcome(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	chosen := 0
	o := mock.Contract().System("subscriber").Operation("login")
	for _, outcome := range o.Outcomes {
		phone, ok := pipeline.MagicPhone(o, outcome)
		if !ok {
			continue
		}
		chosen++
		u.outcome(outcome.Name, u.call("login", u.byPhone(phone)))
	}
	if chosen < 8 {
		t.Errorf("%d outcomes of login have a magic phone", chosen)
	}
}
