package watch_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestAResetLinkSetsAPasswordOnceAndEndsEverySession(t *testing.T) {
	c := start(t)
	first, second := c.login(byPassword("pia", password)), c.login(byPassword("pia", password))
	stranger := c.login(byPIN("K7Q2X9"))
	code := c.resetCode("PIA@example.com")
	m := c.mail("pia@example.com")
	link := c.mock.URL + "/v2/watch/auth/reset-password?reset_code=" + code
	if m.Channel != inbox.Email || m.Purpose != "password_reset" || m.Token == "" || !strings.Contains(m.Text, link) {
		t.Errorf("the mail is %+v, want %s in it", m, link)
	}
	if !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(code) {
		t.Errorf("the reset code is %q", code)
	}
	reset := body{"reset_code": code, "new_password": "battery-staple"}
	c.want("passwordReset", "/reset-password", reset)
	c.want("invalidBody", "/reset-password", reset)
	if c.signedIn(first) || c.signedIn(second) || !c.signedIn(stranger) {
		t.Error("the reset ends the account's sessions, and no others")
	}
	c.want("invalidCredentials", "/logout", body{"token": first.access})
	c.want("invalidCredentials", "/login", byPassword("pia", password))
	c.login(byPassword("pia", "battery-staple"))
}

func TestAnUnknownAddressGetsTheSameReplyAndNoMail(t *testing.T) {
	c := start(t)
	known := c.want("resetMailed", "/forgot-password", body{"email": "pia@example.com"})
	unknown := c.want("resetMailed", "/forgot-password", body{"email": "nobody@example.com"})
	if known.status != unknown.status || len(known.body) != len(unknown.body) || known.text("message") != unknown.text("message") {
		t.Errorf("known %v, unknown %v", known.body, unknown.body)
	}
	if got := c.sandbox.Inbox.Len(); got != 1 {
		t.Errorf("%d mails, want one", got)
	}
}

func TestAResetCodeLivesUntilTheInstantOfItsExpiry(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for wait, want := range map[time.Duration]string{time.Hour - time.Second: "passwordReset", time.Hour: "invalidBody"} {
		c := newClient(t, mock, sandbox.Settings{})
		code := c.resetCode("pia@example.com")
		c.advance(wait)
		c.want(want, "/reset-password", body{"reset_code": code, "new_password": "new"})
	}
}

func TestOfRacingResetsWithOneCodeOneIsAccepted(t *testing.T) {
	c := start(t)
	const racers = 50
	count := c.race(racers, "/reset-password", body{"reset_code": c.resetCode("pia@example.com"), "new_password": "new"})
	if count["passwordReset"] != 1 || count["invalidBody"] != racers-1 {
		t.Errorf("outcomes %v, want one passwordReset and the rest refused", count)
	}
}

func TestANewResetLinkVoidsTheOneBefore(t *testing.T) {
	c := start(t)
	before, after := c.resetCode("pia@example.com"), c.resetCode("pia@example.com")
	c.want("invalidBody", "/reset-password", body{"reset_code": before, "new_password": "new"})
	c.want("passwordReset", "/reset-password", body{"reset_code": after, "new_password": "new"})
}

func TestSignupMakesAnAccountUnlessItsNamesAreTaken(t *testing.T) {
	c := start(t)
	fresh := body{"username": "new", "email": "new@example.com", "password": "correct-horse"}
	for _, taken := range []body{{"username": "pia"}, {"email": "pia@example.com"}, {"email": "ANN@example.com"}} {
		c.want("invalidBody", "/users", fresh.with(taken))
	}
	// A refused signup takes nothing.
	c.want("signedUp", "/users", fresh)
	c.want("invalidBody", "/users", fresh)
	c.login(byPassword("new", "correct-horse"))
	c.want("signedUp", "/sign-up", body{"username": "other", "email": "other@example.com", "password": "x"})
	c.want("passwordReset", "/reset-password", body{"reset_code": c.resetCode("other@example.com"), "new_password": "y"})
	c.login(byPassword("other", "y"))
}

func TestRacingSignupsOfOneNameMakeOneAccount(t *testing.T) {
	c := start(t)
	const racers = 30
	count := c.race(racers, "/users", body{"username": "one", "email": "one@example.com", "password": "x"})
	if count["signedUp"] != 1 || count["invalidBody"] != racers-1 {
		t.Errorf("outcomes %v, want one signedUp and the rest refused", count)
	}
}
