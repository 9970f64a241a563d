package mockserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// body is a JSON object of a request.
type body map[string]any

// with returns the body with other values for some keys; nil removes a key.
func (b body) with(changes body) body {
	out := maps.Clone(b)
	for key, value := range changes {
		if value == nil {
			delete(out, key)
		} else {
			out[key] = value
		}
	}
	return out
}

// universe is a sandbox with a client that speaks the subscriber API in it.
type universe struct {
	*testing.T
	mock    *mocktest.Mock
	sandbox *sandbox.Sandbox
	// The next calls are made with these.
	appToken, access, auth string
	device                 string
}

// newUniverse makes a sandbox with the accounts of the fixtures and these
// settings.
func newUniverse(t *testing.T, mock *mocktest.Mock, settings sandbox.Settings) *universe {
	t.Helper()
	d, err := sandbox.Fixture()
	if err != nil {
		t.Fatal(err)
	}
	s, err := mock.Sandboxes().Create(t.Context(), sandbox.Document{Settings: settings, Accounts: d.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	return &universe{T: t, mock: mock, sandbox: s, appToken: s.Credentials.Subscriber.AppToken, device: "0123456789abcdef0123456789abcdef"}
}

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	body    map[string]any
	outcome string
}

// token is the access token of a reply, wherever it stands.
func (r reply) token() string {
	for _, key := range []string{"result", "signature"} {
		if outer, ok := r.body[key].(map[string]any); ok {
			for _, inner := range outer {
				return inner.(map[string]any)["token"].(string)
			}
		}
	}
	return ""
}

func (r reply) otpToken() string {
	token, _ := r.body["otpVerificationToken"].(string)
	return token
}

// call makes one call of an operation with a JSON body, or none for nil.
func (u *universe) call(operation string, b body) reply {
	u.Helper()
	if b == nil {
		return u.send(operation, nil, "")
	}
	data, err := json.Marshal(b)
	if err != nil {
		u.Fatal(err)
	}
	return u.send(operation, data, "application/json")
}

func (u *universe) send(operation string, data []byte, contentType string) reply {
	u.Helper()
	o := u.mock.Contract().System("subscriber").Operation(operation)
	path := o.Route(map[string]string{"token": u.appToken, "device": "mobile", "platform": "android"})
	req, err := http.NewRequest(o.Method, u.mock.URL+path, bytes.NewReader(data))
	if err != nil {
		u.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if u.access != "" {
		req.Header.Set("AccessToken", u.access)
	}
	if u.auth != "" {
		req.Header.Set("authToken", u.auth)
	}
	return do(u.T, req)
}

// request makes a call without a body to any path.
func (u *universe) request(method, path string) reply {
	u.Helper()
	req, err := http.NewRequest(method, u.mock.URL+path, nil)
	if err != nil {
		u.Fatal(err)
	}
	req.Header.Set("AccessToken", u.access)
	return do(u.T, req)
}

func do(t *testing.T, req *http.Request) reply {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, outcome: resp.Header.Get("Stagedoor-Outcome")}
	if err := json.Unmarshal(data, &r.body); err != nil && req.Method != http.MethodHead {
		t.Fatalf("%s %s answered %d with %q, which is not JSON", req.Method, req.URL.Path, resp.StatusCode, data)
	}
	return r
}

// journalled is the journal's entry of a call, in this sandbox or, for a call
// with nobody's credential, in the default one.
func (u *universe) journalled(r reply) journal.Entry {
	u.Helper()
	d, err := u.mock.Sandboxes().Open(u.Context(), sandbox.DefaultID)
	if err != nil {
		u.Fatal(err)
	}
	id := r.header.Get("Stagedoor-Request")
	for _, j := range []*journal.Journal{u.sandbox.Journal, d.Journal} {
		if entry, ok := j.Get(id); ok && entry.Outcome == r.outcome && entry.Status == r.status {
			return entry
		}
	}
	u.Fatalf("no journal has call %s", id)
	return journal.Entry{}
}

// must makes a call that only prepares what is tested.
func (u *universe) must(outcome, operation string, b body) reply {
	u.Helper()
	r := u.call(operation, b)
	if r.outcome != outcome {
		u.Fatalf("%s answered %s (%s), want %s", operation, r.outcome, r.header.Get("Stagedoor-Reason"), outcome)
	}
	return r
}

// code is the code that was sent with a challenge's token.
func (u *universe) code(token string) string {
	u.Helper()
	messages := u.sandbox.Inbox.List(inbox.Filter{Token: token})
	if len(messages) != 1 {
		u.Fatalf("%d messages with token %q, want 1", len(messages), token)
	}
	return messages[0].Code
}

// answer is the body that presents the right code of a challenge.
func (u *universe) answer(sent reply) body {
	u.Helper()
	return body{"otpVerificationToken": sent.otpToken(), "otp": u.code(sent.otpToken())}
}

func (u *universe) advance(d time.Duration) {
	u.Helper()
	if _, err := u.mock.Sandboxes().MoveClock(context.Background(), u.sandbox.ID, sandbox.ClockChange{Advance: d}); err != nil {
		u.Fatal(err)
	}
}

const password = "MyPass@3221"

// otherdetails is what the document's sample says of a device.
func (u *universe) otherdetails() body {
	return body{
		"dob": "2002-01-01", "gender": "male", "make_model": "Samsung Q80T", "os": "Tizen", "os_version": "5.5",
		"app_version": "v2_1", "app_build_number": "210", "network_type": "wifi", "network_provider": "Jio",
		"screen_resolution": "3840x2160", "latitude": "28.6139", "longitude": "77.2090", "push_device_token": "token_here",
		"device_type": "tv", "platform": "android", "browser": "chrome", "device_unique_id": u.device,
		"onesignal_device_id": "fs95345jfddf", "ip": "192.0.2.1", "country": "India", "state": "Bihar", "city": "Patna",
	}
}

func (u *universe) byEmail(email string) body {
	return body{"login_type": "email", "email": email, "password": password, "otherdetails": u.otherdetails()}
}

func (u *universe) byPhone(phone string) body {
	return body{"login_type": "phone", "countryCode": "91", "phone": phone, "otherdetails": u.otherdetails()}
}

// loginAs opens a session by e-mail; the next calls carry its token.
func (u *universe) loginAs(email string) {
	u.Helper()
	u.access = u.must("loggedIn", "login", u.byEmail(email)).token()
}

// loginByPhone opens a session by phone; the next calls carry its token.
func (u *universe) loginByPhone(phone string) {
	u.Helper()
	sent := u.must("otpSent", "login", u.byPhone(phone))
	u.access = u.must("verified", "verifyLoginOtp", u.answer(sent)).token()
}

// onDevice returns the same universe on another device, without a session.
func (u *universe) onDevice(n int) *universe {
	other := *u
	other.device = fmt.Sprintf("%032x", n)
	other.access = ""
	return &other
}

// resetGrant is the body that resets the password of an account.
func (u *universe) resetGrant(email string) body {
	u.Helper()
	u.auth = u.must("authTokenIssued", "issueAuthToken", nil).token()
	sent := u.must("otpSent", "forgotPassword", body{"emailId": email})
	pending := u.must("resetPending", "forgotPassword", u.answer(sent))
	return body{"otpVerificationToken": pending.otpToken(), "newPassword": "abrakadabra", "otherDetails": u.otherdetails()}
}

// deleteAccount confirms the deletion of the caller's account.
func (u *universe) deleteAccount() {
	u.Helper()
	sent := u.must("otpSent", "requestAccountDeletion", nil)
	u.must("deletionRequested", "confirmAccountDeletion", u.answer(sent))
	u.access = ""
}
