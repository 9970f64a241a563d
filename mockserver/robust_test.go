package mockserver_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestOfRacingVerificationsOfOneCodeOneIsAccepted(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	sent := u.must("otpSent", "login", u.byPhone("9876500001"))
	answer := u.answer(sent)
	const racers = 200
	outcomes := make(chan string, racers)
	var ready sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for range racers {
		go func() {
			ready.Done()
			<-start
			outcomes <- u.call("verifyLoginOtp", answer).outcome
		}()
	}
	ready.Wait()
	close(start)
	count := map[string]int{}
	for range racers {
		count[<-outcomes]++
	}
	if count["verified"] != 1 || count["otpVerificationFailed"] != racers-1 {
		t.Errorf("outcomes %v, want one verified and the rest refused", count)
	}
}

func TestRacingSignupsOfOneAddressMakeOneAccount(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	const racers = 50
	outcomes := make(chan string, racers)
	for n := range racers {
		go func() { outcomes <- u.onDevice(n).call("signup", u.byEmail("one@example.com")).outcome }()
	}
	count := map[string]int{}
	for range racers {
		count[<-outcomes]++
	}
	if count["signedUp"] != 1 || count["alreadyExists"] != racers-1 {
		t.Errorf("outcomes %v, want one signedUp and the rest alreadyExists", count)
	}
}

func TestRacingLoginsNeverPassTheDeviceLimit(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	const racers = 40
	outcomes := make(chan string, racers)
	for n := range racers {
		go func() {
			other := u.onDevice(n)
			outcomes <- other.call("login", other.byEmail("ann@example.com")).outcome
		}()
	}
	count := map[string]int{}
	for range racers {
		count[<-outcomes]++
	}
	if count["loggedIn"] != 5 || count["deviceLimitExceeded"] != racers-5 {
		t.Errorf("outcomes %v, want 5 loggedIn and the rest deviceLimitExceeded", count)
	}
}

// malformed are requests as they go over the wire, without Host and framing.
var malformed = []struct{ name, method, target, header, body string }{
	{"no path", "POST", "/", "", ""},
	{"unknown system", "POST", "/api/v2/user/login", "", "{}"},
	{"double slashes", "POST", "//api//v1//user", "", "{}"},
	{"dots", "POST", "/api/v1/../../etc/passwd", "", "{}"},
	{"escaped slash in the token", "POST", "/api/v1/user/login/token/a%2Fb/device/mobile/platform/ios", "", "{}"},
	{"escaped NUL in the token", "POST", "/api/v1/user/login/token/a%00b/device/mobile/platform/ios", "", "{}"},
	{"escaped invalid UTF-8", "POST", "/api/v1/user/login/token/%ff%fe/device/mobile/platform/ios", "", "{}"},
	{"empty token", "POST", "/api/v1/user/login/token//device/mobile/platform/ios", "", "{}"},
	{"empty body", "POST", "LOGIN", "Content-Type: application/json", ""},
	{"null", "POST", "LOGIN", "Content-Type: application/json", "null"},
	{"array", "POST", "LOGIN", "Content-Type: application/json", "[]"},
	{"string", "POST", "LOGIN", "Content-Type: application/json", `"x"`},
	{"number", "POST", "LOGIN", "Content-Type: application/json", "1e999"},
	{"broken JSON", "POST", "LOGIN", "Content-Type: application/json", `{"login_type":`},
	{"invalid UTF-8", "POST", "LOGIN", "Content-Type: application/json", "{\"login_type\":\"\xff\xfe\"}"},
	{"deep nesting", "POST", "LOGIN", "Content-Type: application/json", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)},
	{"deep arrays", "POST", "LOGIN", "Content-Type: application/json", strings.Repeat("[", 100000)},
	{"duplicate keys", "POST", "LOGIN", "Content-Type: application/json", `{"login_type":"email","login_type":"phone"}`},
	{"wrong types", "POST", "LOGIN", "Content-Type: application/json", `{"login_type":{},"otherdetails":[]}`},
	{"form", "POST", "LOGIN", "Content-Type: application/x-www-form-urlencoded", "login_type=email"},
	{"garbled content type", "POST", "LOGIN", "Content-Type: ;;;", "{}"},
	{"two mebibytes", "POST", "LOGIN", "Content-Type: application/json", `"` + strings.Repeat("x", 2<<20) + `"`},
	{"unknown method", "BREW", "LOGIN", "", ""},
	{"lower-case method", "post", "LOGIN", "", "{}"},
	{"CONNECT", "CONNECT", "LOGIN", "", ""},
	{"TRACE", "TRACE", "LOGIN", "", ""},
	{"OPTIONS", "OPTIONS", "LOGIN", "", ""},
	{"OPTIONS of everything", "OPTIONS", "*", "", ""},
	{"Prefer nonsense", "POST", "LOGIN", "Prefer: example=nonsense", "{}"},
	{"Prefer several", "POST", "LOGIN", "Prefer: code=401", "{}"},
	{"Prefer garbled", "POST", "LOGIN", "Prefer: code=,;example==;", "{}"},
	{"access token of three dots", "POST", "DETAILS", "AccessToken: ...", ""},
	{"access token without signature", "POST", "DETAILS", "AccessToken: eyJhbGciOiJub25lIn0.e30.", ""},
	{"access token of spaces", "POST", "DETAILS", "AccessToken:    ", ""},
	{"query nonsense", "POST", "LOGIN?%zz=%zz&;;=", "Content-Type: application/json", "{}"},
}

func TestMalformedRequestsGetJSONAndNeverAServerError(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	at := mock.Contract().System("subscriber")
	route := func(id string) string {
		return at.Operation(id).Route(map[string]string{"token": mock.Credentials.Subscriber.AppToken, "device": "mobile", "platform": "ios"})
	}
	for _, m := range malformed {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			target := strings.NewReplacer("LOGIN", route("login"), "DETAILS", route("getUserDetails")).Replace(m.target)
			status, contentType, body := raw(t, mock, m.method, target, m.header, m.body)
			if status >= 500 || status < 400 {
				t.Errorf("answered %d %s", status, body)
			}
			if contentType != "application/json" && contentType != "application/problem+json" || !json.Valid(body) {
				t.Errorf("answered %s %q", contentType, body)
			}
		})
	}
}

// dial opens a connection to the mocked APIs for the length of the test.
func dial(t *testing.T, mock *mocktest.Mock) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(mock.URL, "http://"), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// raw sends a request that net/http's client would refuse to send.
func raw(t *testing.T, mock *mocktest.Mock, method, target, header, body string) (int, string, []byte) {
	t.Helper()
	conn := dial(t, mock)
	if header != "" {
		header += "\r\n"
	}
	go func() {
		// The mock may answer, and hang up, before it has read everything.
		_, _ = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", method, target, len(body), header, body)
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), data
}
