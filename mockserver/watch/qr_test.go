package watch_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestATelevisionSignsInWithAPhone(t *testing.T) {
	c := start(t)
	r := c.want("qrCodeIssued", "/login/qr/get-code", body{"device": "Roku", "udid": television})
	code := r.text("login_code")
	if want := c.mock.URL + "/v2/watch/auth/login/qr?login_code=" + url.QueryEscape(code); r.text("login_url") != want {
		t.Errorf("login_url %q, want %q", r.text("login_url"), want)
	}
	if r.body["login_code_expiry"] != 300.0 || r.body["polling_interval"] != 10.0 || r.body["page_redirect_time"] != 900.0 {
		t.Errorf("times in %v", r.body)
	}
	for range 3 {
		c.advance(10 * time.Second)
		pending := c.want("qrPending", "/login/qr/get-token", poll(code))
		if token, there := pending.body["token"]; !there || token != nil {
			t.Errorf("pending is %v, want a token that is null", pending.body)
		}
	}
	c.want("qrLoggedIn", "/login/qr", scan(code))
	c.want("deviceNotFound", "/login/qr/get-token", poll(code).with(body{"udid": "tv-0002"}))
	pair := tokensOf(c.want("qrTokenIssued", "/login/qr/get-token", poll(code)))
	c.want("invalidBody", "/login/qr/get-token", poll(code))
	c.want("invalidBody", "/login/qr", scan(code))
	if !c.signedIn(pair) {
		t.Error("the refresh token is of no use")
	}
	c.want("loggedOut", "/logout", body{"token": pair.access})
	if c.signedIn(pair) {
		t.Error("the refresh token survives the logout")
	}
}

func TestRefusedPhonesLeaveTheLoginCodeAlone(t *testing.T) {
	c := start(t)
	code := c.loginCode()
	c.want("invalidCredentials", "/login/qr", byPIN("wrong").with(body{"login_code": code}))
	c.want("permissionDenied", "/login/qr", byPIN("N5W1D6").with(body{"login_code": code}))
	c.want("invalidBody", "/login/qr", scan("UNKNOWN2"))
	c.want("qrPending", "/login/qr/get-token", poll(code))
	c.want("qrLoggedIn", "/login/qr", byPIN("K7Q2X9").with(body{"login_code": code}))
	c.want("qrTokenIssued", "/login/qr/get-token", poll(code))
}

func TestUnsupportedDevicesGetNoLoginCode(t *testing.T) {
	c := start(t)
	for _, device := range []string{"iPad", "AppleTV", "Firestick", "Roku"} {
		c.want("qrCodeIssued", "/login/qr/get-code", body{"device": device, "udid": television})
	}
	for _, device := range []any{"Toaster", "roku", 7} {
		c.want("deviceNotFound", "/login/qr/get-code", body{"device": device, "udid": television})
	}
	for _, b := range []body{{"udid": television}, {"device": "", "udid": television}, {"device": "Roku"}, {"device": "Roku", "udid": ""}} {
		c.want("invalidBody", "/login/qr/get-code", b)
	}
}

func TestALoginCodeLivesUntilTheInstantOfItsExpiry(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	for _, l := range []struct {
		name        string
		prepare     func(c *client, code string)
		path        string
		body        func(code string) body
		alive, dead string
	}{
		{"for the phone", func(*client, string) {}, "/login/qr", scan, "qrLoggedIn", "invalidBody"},
		{"while pending", func(*client, string) {}, "/login/qr/get-token", poll, "qrPending", "invalidBody"},
		{"for the tokens", func(c *client, code string) { c.want("qrLoggedIn", "/login/qr", scan(code)) }, "/login/qr/get-token", poll, "qrTokenIssued", "invalidBody"},
	} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			for _, late := range []bool{false, true} {
				c := newClient(t, mock, sandbox.Settings{})
				code := c.loginCode()
				l.prepare(c, code)
				wait, want := 299*time.Second, l.alive
				if late {
					wait, want = 300*time.Second, l.dead
				}
				c.advance(wait)
				c.want(want, l.path, l.body(code))
			}
		})
	}
}

func TestTokensOfAQRLoginLiveFromTheirIssueOn(t *testing.T) {
	c := start(t)
	code := c.loginCode()
	c.want("qrLoggedIn", "/login/qr", scan(code))
	c.advance(200 * time.Second)
	pair := tokensOf(c.want("qrTokenIssued", "/login/qr/get-token", poll(code)))
	c.advance(24*time.Hour - time.Second)
	if !c.signedIn(pair) {
		t.Error("the refresh token died before its time")
	}
	c.advance(time.Second)
	if c.signedIn(pair) {
		t.Error("the refresh token outlives its time")
	}
}

func TestOneLoginCodeIsCompletedOnceAndFetchedOnce(t *testing.T) {
	c := start(t)
	code := c.loginCode()
	const racers = 50
	if count := c.race(racers, "/login/qr", scan(code)); count["qrLoggedIn"] != 1 || count["invalidBody"] != racers-1 {
		t.Errorf("phones: %v, want one qrLoggedIn and the rest refused", count)
	}
	if count := c.race(racers, "/login/qr/get-token", poll(code)); count["qrTokenIssued"] != 1 || count["invalidBody"] != racers-1 {
		t.Errorf("televisions: %v, want one qrTokenIssued and the rest refused", count)
	}
}

func TestADeviceThatAsksTwiceMayShowEitherCode(t *testing.T) {
	c := start(t)
	first, second := c.loginCode(), c.loginCode()
	if first == second {
		t.Fatal("both codes are the same")
	}
	for _, code := range []string{first, second} {
		c.want("qrLoggedIn", "/login/qr", scan(code))
		c.want("qrTokenIssued", "/login/qr/get-token", poll(code))
	}
}

func TestAResetWithdrawsALoginThatWasNotFetched(t *testing.T) {
	c := start(t)
	code := c.loginCode()
	c.want("qrLoggedIn", "/login/qr", scan(code))
	c.want("passwordReset", "/reset-password", body{"reset_code": c.resetCode("pia@example.com"), "new_password": "new"})
	r := c.want("invalidBody", "/login/qr/get-token", poll(code))
	if reason := r.header.Get("Stagedoor-Reason"); !strings.Contains(reason, "has ended since") {
		t.Errorf("the reason is %q", reason)
	}
}

func TestNoCodePassesForAnother(t *testing.T) {
	c := start(t)
	reset, code := c.resetCode("pia@example.com"), c.loginCode()
	c.want("invalidBody", "/login/qr", scan(reset))
	c.want("invalidBody", "/login/qr/get-token", poll(reset))
	c.want("invalidBody", "/reset-password", body{"reset_code": code, "new_password": "new"})
	c.want("qrLoggedIn", "/login/qr", scan(code))
	c.want("passwordReset", "/reset-password", body{"reset_code": reset, "new_password": "new"})
}
