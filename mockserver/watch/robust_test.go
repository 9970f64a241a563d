package watch_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver/journal"
)

func TestTheAuthorizationHeaderIsABearerToken(t *testing.T) {
	c := start(t)
	keys := c.sandbox.Credentials.Watch
	data := []byte(`{"email":"nobody@example.com"}`)
	for authorization, want := range map[string]string{
		"Bearer " + keys.APIKey:         "resetMailed",
		"bearer   " + keys.APIKey + " ": "resetMailed",
		"":                              "authorizationMissing",
		"Bearer":                        "authorizationMissing",
		"Bearer ":                       "authorizationMissing",
		keys.APIKey:                     "authorizationMissing",
		"Basic " + keys.APIKey:          "authorizationMissing",
		"Bearer a " + keys.APIKey:       "authorizationMissing",
		"Bearer nobodys":                "apiKeyInvalid",
		"Bearer " + keys.RevokedAPIKey:  "apiKeyInvalid",
		"Bearer " + keys.ExpiredAPIKey:  "apiKeyInvalid",
	} {
		if r := c.post("/forgot-password", authorization, data); r.outcome != want {
			t.Errorf("Authorization %q answered %s, want %s", authorization, r.outcome, want)
		}
	}
}

func TestTwoAuthorizationHeadersAreUnreadable(t *testing.T) {
	c := start(t)
	req, err := http.NewRequest(http.MethodPost, c.mock.URL+"/v2/watch/auth/logout", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{"Bearer " + c.sandbox.Credentials.Watch.APIKey, "Bearer nobodys"}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Stagedoor-Outcome"); got != "authorizationMissing" {
		t.Errorf("answered %s", got)
	}
}

// malformed are bodies that are no use to any operation.
var malformed = []string{
	"", "null", "[]", `"x"`, "1e999", "{", `{"a":`, "{}", "\xff\xfe", `{"type":"pin"}`,
	`{"type":"pin","credentials":null}`, `{"type":"pin","credentials":[]}`, `{"type":"pin","credentials":{"pin":7}}`,
	`{"type":"pin","credentials":{"pin":""}}`, `{"type":"password","credentials":{"pin":"K7Q2X9"}}`,
	`{"type":"voice","credentials":{"pin":"K7Q2X9"}}`, `{"type":["pin"],"credentials":{"pin":"K7Q2X9"}}`,
	`{"type":"pin","type":"pin","credentials":{"pin":"K7Q2X9"}}`,
	`{"type":"pin","credentials":{"pin":"K7Q2X9"},"persist":"yes"}`,
	`{"token":7}`, `{"token":"","refresh_token":""}`, `{"token":{"a":1},"refresh_token":[]}`,
	`{"email":"no address"}`, `{"email":7}`, `{"reset_code":7,"new_password":{}}`, `{"reset_code":"x"}`,
	`{"username":"new","password":"x"}`, `{"username":{},"email":[],"password":"x"}`,
	`{"device":"Roku"}`, `{"device":null,"udid":null}`, `{"login_code":"x"}`, `{"login_code":7,"udid":7}`,
	strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
	`"` + strings.Repeat("x", 2<<20) + `"`,
}

// awkward are values that keep the contract and are of no use all the same.
var awkward = []string{"\x00", "../../etc/passwd", "a/b", "%00", "é\u202e", "' OR 1=1 --", "a.b.c", "{{.}}"}

func TestNoBodyMakesTheMockFail(t *testing.T) {
	c := start(t)
	bodies := append([]string(nil), malformed...)
	// To the contract a key in another case is an unknown one.
	bodies = append(bodies, `{"type":"pin","credentials":{"pin":"K7Q2X9","PIN":7}}`, `{"type":"pin","credentials":{"pin":"K7Q2X9"},"CREDENTIALS":7}`)
	for _, value := range awkward {
		for _, form := range []body{
			byPIN(value).with(body{"login_code": value}), byPassword(value, value).with(body{"login_code": value}),
			{"token": value}, {"refresh_token": value}, {"email": "x@" + value}, {"reset_code": value, "new_password": value},
			{"login_code": value, "udid": value}, {"device": "Roku", "udid": value}, {"device": value, "udid": value},
			{"username": value, "email": "x@example.com", "password": value},
		} {
			data, err := json.Marshal(form)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, string(data))
		}
	}
	for _, o := range c.mock.Contract().System("watch").Operations {
		for i, b := range bodies {
			r := c.post(strings.TrimPrefix(o.Path, "/v2/watch/auth"), "Bearer "+c.sandbox.Credentials.Watch.APIKey, []byte(b))
			good := i >= len(malformed) && r.status == http.StatusOK
			if !good && (r.status < 400 || r.status >= 500 || !strings.HasPrefix(r.text("status_code"), "W") || r.text("detail") == "") {
				t.Errorf("%s with %.60q answered %d %s: %v", o.ID, b, r.status, r.outcome, r.body)
			}
		}
	}
}

func TestOtherPathsAndMethodsKeepTheEnvelope(t *testing.T) {
	c := start(t)
	if r := c.call("/nowhere", nil); r.status != http.StatusNotFound || r.text("status_code") != "W4900" {
		t.Errorf("no such path: %d %v", r.status, r.body)
	}
	resp, err := http.Get(c.mock.URL + "/v2/watch/auth/login")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET answered %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// The address of a link is the one that the client used, whatever it looks like.
func TestALinkLeadsToWhereTheClientHasReachedTheMock(t *testing.T) {
	c := start(t)
	address := strings.TrimPrefix(c.mock.URL, "http://")
	const path = "/v2/watch/auth/login/qr/get-code"
	for name, r := range map[string]struct{ line, host, want string }{
		"a name":           {"POST " + path + " HTTP/1.1", "mock.example.com:8080", "http://mock.example.com:8080/v2/watch/auth/login/qr?login_code="},
		"none at all":      {"POST " + path + " HTTP/1.0", "", "http://" + address + "/v2/watch/auth/login/qr?login_code="},
		"in the request":   {"POST http://proxied.example.com" + path + " HTTP/1.1", "other.example.com", "http://proxied.example.com/v2/watch/auth/login/qr?login_code="},
		"a zone of spaces": {"POST http://[fe80::1%25%20a]" + path + " HTTP/1.1", "x", "http://[fe80::1%25%20a]/v2/watch/auth/login/qr?login_code="},
	} {
		t.Run(name, func(t *testing.T) {
			header := "Authorization: Bearer " + c.sandbox.Credentials.Watch.APIKey + "\r\nContent-Type: application/json\r\nConnection: close\r\n"
			if r.host != "" {
				header += "Host: " + r.host + "\r\n"
			}
			const body = `{"device":"Roku","udid":"tv-0001"}`
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := fmt.Fprintf(conn, "%s\r\n%sContent-Length: %d\r\n\r\n%s", r.line, header, len(body), body); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got struct {
				URL string `json:"login_url"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusOK || !strings.HasPrefix(got.URL, r.want) {
				t.Errorf("answered %d, login_url %q, want %q", resp.StatusCode, got.URL, r.want)
			}
		})
	}
}

func TestAMagicAddressCountsInItsOwnSession(t *testing.T) {
	c := start(t)
	signup := func(operation string) string {
		name := "magic+" + operation + ".serverError@example.com"
		c.want("signedUp", "/users", body{"username": operation, "email": name, "password": "x"})
		return name
	}
	forced := func(path string, b body) {
		t.Helper()
		if r := c.want("serverError", path, b); r.header.Get("Stagedoor-Forced") != string(journal.ByMagic) {
			t.Errorf("%s is not forced: %v", path, r.header)
		}
	}
	signup("logout")
	forced("/logout", body{"token": c.login(byPassword("logout", "x")).access})
	signup("refreshToken")
	forced("/token/refresh", body{"refresh_token": c.login(byPassword("refreshToken", "x")).refresh})
	forced("/reset-password", body{"reset_code": c.resetCode(signup("resetPassword")), "new_password": "y"})
	signup("getQrLoginToken")
	code := c.loginCode()
	c.want("qrPending", "/login/qr/get-token", poll(code))
	c.want("qrLoggedIn", "/login/qr", byPassword("getQrLoginToken", "x").with(body{"login_code": code}))
	forced("/login/qr/get-token", poll(code))
}

func TestPasswordsPINsStayOutOfTheJournal(t *testing.T) {
	c := start(t)
	c.login(byPIN("K7Q2X9"))
	c.login(byPassword("pia", password))
	c.want("passwordReset", "/reset-password", body{"reset_code": c.resetCode("pia@example.com"), "new_password": "battery-staple"})
	for _, e := range c.sandbox.Journal.After("") {
		for _, secret := range []string{"K7Q2X9", password, "battery-staple"} {
			if strings.Contains(string(e.Request.Body), secret) || strings.Contains(e.Reason, secret) {
				t.Errorf("the journal of %s holds %q", e.Operation, secret)
			}
		}
	}
}
