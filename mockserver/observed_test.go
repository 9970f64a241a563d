package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// control reads a reply of the control API about the sandbox.
func (u *universe) control(path string, into any) {
	u.Helper()
	resp, err := http.Get(u.mock.ControlURL + "/sandboxes/" + u.sandbox.ID + path)
	if err != nil {
		u.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		u.Fatalf("%s: %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		u.Fatalf("%s: %v", path, err)
	}
}

func TestCallsAreCoveredAsTheyAreAnswered(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{Systems: []string{"subscriber"}, FeedLimit: 1})
	u := newUniverse(t, mock, sandbox.Settings{})
	u.must("loggedIn", "login", u.byEmail("ann@example.com"))
	u.must("serverError", "login", u.byEmail("ann+serverError@example.com"))
	u.must("badRequest", "login", body{})
	o := mock.Contract().System("subscriber").Operation("login")
	u.request(o.Method, o.Route(map[string]string{"token": u.appToken, "device": "fridge", "platform": "tizen"}))
	u.request("GET", "/api/v1/nothing/token/"+u.appToken)

	var c struct {
		Calls, Total, Met, Natural int
		Systems                    []struct{ System string }
		Devices, Platforms         []struct{ Name string }
	}
	u.control("/coverage", &c)
	// The journal keeps one entry; the coverage has them all.
	if c.Calls != 4 || c.Met != 3 || c.Natural != 2 || len(c.Systems) != 1 {
		t.Errorf("coverage %+v, want 4 calls that met 3 outcomes", c)
	}
	if len(c.Devices) != 2 || c.Devices[0].Name != "mobile" || c.Devices[1].Name != journal.OtherSlice || len(c.Platforms) != 2 {
		t.Errorf("devices %+v, platforms %+v", c.Devices, c.Platforms)
	}
}

func TestRefusedCallsAreJournalledWithTheirFindings(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	refused := u.must("badRequest", "login", u.byEmail("ann@example.com").with(body{"email": 5}))
	entry := u.journalled(refused)
	if len(entry.Findings) == 0 || entry.Findings[0].Message == "" || entry.Findings[0].Pointer != "/email" {
		t.Errorf("findings %+v, want the e-mail address and what is wrong with it", entry.Findings)
	}
}

func TestArchiveHoldsNoSecretOfALogin(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{})
	u.auth = u.must("authTokenIssued", "issueAuthToken", nil).token()
	sent := u.must("otpSent", "login", u.byPhone("9876500001"))
	verified := u.must("verified", "verifyLoginOtp", u.answer(sent))
	u.access = verified.token()
	u.must("userDetails", "getUserDetails", nil)

	var kept, hidden json.RawMessage
	u.control("/requests.har?secrets=keep", &kept)
	u.control("/requests.har", &hidden)
	for what, secret := range map[string]string{
		"app token": u.appToken, "auth token": u.auth, "challenge": sent.otpToken(), "code": `"` + u.code(sent.otpToken()) + `\"`, "access token": u.access,
	} {
		if !strings.Contains(string(kept), strings.TrimPrefix(secret, `"`)) {
			t.Errorf("the %s is not in the archive that keeps secrets", what)
		}
		if strings.Contains(string(hidden), secret) {
			t.Errorf("the %s shows", what)
		}
	}
	if !strings.Contains(string(hidden), "redacted-") || !strings.Contains(string(hidden), u.mock.URL) {
		t.Error("the archive has no placeholders, or no absolute URLs")
	}
}
