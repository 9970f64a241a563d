package watch_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestBothKindsOfCredentialsSignIn(t *testing.T) {
	c := start(t)
	for _, b := range []body{byPIN("K7Q2X9"), byPIN("B4M8T3"), byPassword("pia", password), byPassword("rosa", password)} {
		pair := c.login(b)
		for _, token := range []string{pair.access, pair.refresh} {
			if strings.Count(token, ".") != 2 {
				t.Errorf("%q is no JWT", token)
			}
		}
	}
	for _, b := range []body{
		byPIN("k7q2x9"), byPIN("K7Q2X9 "), byPIN(password), byPassword("pia", "wrong"), byPassword("PIA", password),
		byPassword("nobody", password), byPassword("pia@example.com", password), byPassword("ann@example.com", password),
	} {
		c.want("invalidCredentials", "/login", b)
	}
	for _, b := range []body{byPIN("N5W1D6"), byPassword("sam", password)} {
		c.want("permissionDenied", "/login", b)
	}
	// Who is barred is told only to whom has proved it.
	c.want("invalidCredentials", "/login", byPassword("sam", "wrong"))
}

func TestALogoutEndsBothTokensAndNoOtherSession(t *testing.T) {
	c := start(t)
	pair, other := c.login(byPassword("pia", password)), c.login(byPassword("pia", password))
	renewed := c.want("refreshed", "/token/refresh", body{"refresh_token": pair.refresh}).text("token")
	c.want("loggedOut", "/logout", body{"token": pair.access})
	c.want("refreshTokenInvalid", "/token/refresh", body{"refresh_token": pair.refresh})
	for _, token := range []string{pair.access, renewed} {
		c.want("invalidCredentials", "/logout", body{"token": token})
	}
	if !c.signedIn(other) {
		t.Error("the other session has ended")
	}
	c.want("loggedOut", "/logout", body{"token": other.access})
}

func TestARefreshedTokenIsANewOneThatWorks(t *testing.T) {
	c := start(t)
	pair := c.login(byPIN("K7Q2X9"))
	seen := map[string]bool{pair.access: true}
	for range 3 {
		r := c.want("refreshed", "/token/refresh", body{"refresh_token": pair.refresh})
		if seen[r.text("token")] || r.body["refresh_token"] != nil {
			t.Errorf("the reply %v holds an old access token, or a refresh token", r.body)
		}
		seen[r.text("token")] = true
	}
	delete(seen, pair.access)
	for token := range seen {
		c.want("loggedOut", "/logout", body{"token": token})
		break
	}
}

func TestNeitherTokenPassesForTheOther(t *testing.T) {
	c := start(t)
	pair := c.login(byPIN("K7Q2X9"))
	c.want("refreshTokenInvalid", "/token/refresh", body{"refresh_token": pair.access})
	c.want("invalidCredentials", "/logout", body{"token": pair.refresh})
	forged := pair.access[:strings.LastIndex(pair.access, ".")+1] + strings.Repeat("A", 43)
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + pair.access[strings.Index(pair.access, "."):strings.LastIndex(pair.access, ".")+1] + "A"
	for _, token := range []string{forged, unsigned, "..", "a.b.c"} {
		c.want("invalidCredentials", "/logout", body{"token": token})
		c.want("refreshTokenInvalid", "/token/refresh", body{"refresh_token": token})
	}
	c.want("loggedOut", "/logout", body{"token": pair.access})
}

func TestTokensLiveUntilTheInstantOfTheirExpiry(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	const day = 24 * time.Hour
	for _, l := range []struct {
		name     string
		login    body
		settings sandbox.Settings
		lifetime time.Duration
		path     string
		use      func(tokens) body
		alive    string
		dead     string
	}{
		{"access", byPIN("K7Q2X9"), sandbox.Settings{}, 15 * time.Minute, "/logout", ofAccess, "loggedOut", "invalidCredentials"},
		{"access, persisted", byPIN("K7Q2X9").with(body{"persist": true}), sandbox.Settings{}, 15 * time.Minute, "/logout", ofAccess, "loggedOut", "invalidCredentials"},
		{"access, of the sandbox", byPIN("K7Q2X9"), longAccess(time.Minute), time.Minute, "/logout", ofAccess, "loggedOut", "invalidCredentials"},
		{"access, longer than refresh", byPIN("K7Q2X9"), longAccess(2 * day), 2 * day, "/logout", ofAccess, "loggedOut", "invalidCredentials"},
		{"refresh", byPIN("K7Q2X9"), sandbox.Settings{}, day, "/token/refresh", ofRefresh, "refreshed", "refreshTokenInvalid"},
		{"refresh, persisted", byPIN("K7Q2X9").with(body{"persist": true}), sandbox.Settings{}, 30 * day, "/token/refresh", ofRefresh, "refreshed", "refreshTokenInvalid"},
	} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			for _, late := range []bool{false, true} {
				c := newClient(t, mock, l.settings)
				pair := c.login(l.login)
				wait, want := l.lifetime-time.Second, l.alive
				if late {
					wait, want = l.lifetime, l.dead
				}
				c.advance(wait)
				c.want(want, l.path, l.use(pair))
			}
		})
	}
}

func ofAccess(p tokens) body  { return body{"token": p.access} }
func ofRefresh(p tokens) body { return body{"refresh_token": p.refresh} }

func longAccess(ttl time.Duration) sandbox.Settings {
	return sandbox.Settings{AccessToken: sandbox.AccessSettings{TTL: clock.Duration(ttl)}}
}

func TestAnAccessTokenSaysWhenItEnds(t *testing.T) {
	c := start(t)
	pair := c.login(byPIN("K7Q2X9"))
	c.advance(24*time.Hour - time.Minute)
	last := c.want("refreshed", "/token/refresh", body{"refresh_token": pair.refresh}).text("token")
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(last, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		IssuedAt  int64 `json:"iat"`
		ExpiresAt int64 `json:"exp"`
	}
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	if left := claims.ExpiresAt - claims.IssuedAt; left < 59 || left > 60 {
		t.Errorf("a token refreshed a minute before the session ends lives %d s", left)
	}
	c.advance(time.Minute)
	c.want("invalidCredentials", "/logout", body{"token": last})
}

func TestADeletedAccountSignsNobodyIn(t *testing.T) {
	c := start(t)
	pair, code := c.login(byPassword("pia", password)), c.resetCode("pia@example.com")
	a, err := c.sandbox.Accounts.ByUsername(t.Context(), "pia")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.sandbox.Accounts.Update(t.Context(), a.ID, func(a *account.Account) error {
		a.Deletion = account.DeletionRequested
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c.want("invalidCredentials", "/login", byPassword("pia", password))
	c.want("invalidBody", "/reset-password", body{"reset_code": code, "new_password": "new"})
	c.want("resetMailed", "/forgot-password", body{"email": "pia@example.com"})
	if got := c.sandbox.Inbox.Len(); got != 1 {
		t.Errorf("%d mails, want the one from before", got)
	}
	if err := c.sandbox.Accounts.Delete(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	c.want("invalidCredentials", "/logout", body{"token": pair.access})
	c.want("refreshTokenInvalid", "/token/refresh", body{"refresh_token": pair.refresh})
}

func TestSandboxesKnowNothingOfEachOther(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	here, there := newClient(t, mock, sandbox.Settings{}), newClient(t, mock, sandbox.Settings{})
	pair, reset, code := here.login(byPIN("K7Q2X9")), here.resetCode("pia@example.com"), here.loginCode()
	there.want("invalidCredentials", "/logout", body{"token": pair.access})
	there.want("refreshTokenInvalid", "/token/refresh", body{"refresh_token": pair.refresh})
	there.want("invalidBody", "/reset-password", body{"reset_code": reset, "new_password": "new"})
	there.want("invalidBody", "/login/qr", scan(code))
	there.want("invalidBody", "/login/qr/get-token", poll(code))
	there.want("signedUp", "/users", body{"username": "new", "email": "new@example.com", "password": "pw"})
	here.want("invalidCredentials", "/login", byPassword("new", "pw"))
	if there.sandbox.Inbox.Len() != 0 {
		t.Error("a mail went to the wrong inbox")
	}
	if !here.signedIn(pair) {
		t.Error("the session has ended")
	}
}
