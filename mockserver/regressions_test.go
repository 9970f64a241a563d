package mockserver_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/account"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
)

func TestTheQuotaCountsRefusedCallsToo(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{Quota: sandbox.QuotaSettings{PerDay: 3}})
	u.access = "garbled"
	for range 3 {
		u.must("accessTokenInvalid", "getUserDetails", nil)
	}
	u.access = ""
	u.outcome("tooManyRequests", u.call("lookup", bodies["lookup"]))
}

func TestOneAccountsCodesNeverVoidAnothers(t *testing.T) {
	u := start(t)
	u.loginAs("ann@example.com")
	other := u.onDevice(2)
	other.loginAs("chitra@example.com")
	answer := u.answer(u.must("otpSent", "requestEmailUpdate", body{"email": "wanted@example.com"}))
	other.must("otpSent", "requestEmailUpdate", body{"email": "wanted@example.com"})
	u.outcome("emailUpdated", u.call("verifyEmailUpdate", answer))
}

func TestASecondCodeVoidsTheFirstWhereverItWent(t *testing.T) {
	u := start(t)
	u.loginAs("ann@example.com")
	first := u.answer(u.must("otpSent", "requestEmailUpdate", body{"email": "one@example.com"}))
	second := u.answer(u.must("otpSent", "requestEmailUpdate", body{"email": "two@example.com"}))
	u.outcome("otpVerificationFailed", u.call("verifyEmailUpdate", first))
	u.outcome("emailUpdated", u.call("verifyEmailUpdate", second))
}

func TestAPasswordNeverChoosesAnOutcomeAndNeverShows(t *testing.T) {
	u := start(t)
	const secret = "hunter2+gone@secret.example"
	r := u.must("signedUp", "signup", u.byEmail("new@example.com").with(body{"password": secret}))
	entry := u.journalled(r)
	if strings.Contains(entry.Reason, "hunter2") || strings.Contains(string(entry.Request.Body), "hunter2") || strings.Contains(r.header.Get("Stagedoor-Reason"), "hunter2") {
		t.Errorf("the password shows: %q %s", entry.Reason, entry.Request.Body)
	}
}

func TestPreferGoesByTheStatusesOfTheSandbox(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{Readings: sandbox.Readings{"S33": "409"}})
	for preference, want := range map[string]string{
		"code=409": "alreadyExists", "code=408": "badRequest", "example=": "badRequest", "example=alreadyexist": "badRequest",
	} {
		resp, data := u.prefer("subscriber", "signup", preference)
		if got := resp.Header.Get("Stagedoor-Outcome"); got != want {
			t.Errorf("Prefer: %s answered %s %s, want %s", preference, got, data, want)
		}
		if preference == "example=alreadyexist" && !strings.Contains(string(data), "did you mean alreadyExists?") {
			t.Errorf("a near miss is answered with %s", data)
		}
	}
}

func TestATokenFromBeforeAResetStaysDead(t *testing.T) {
	seed := int64(1)
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{Seed: &seed})
	u.loginAs("ann@example.com")
	if _, err := u.mock.Sandboxes().Reset(t.Context(), u.sandbox.ID); err != nil {
		t.Fatal(err)
	}
	u.advance(1e9)
	// The same draw gives the new session the id of the old one.
	u.onDevice(2).must("loggedIn", "login", u.onDevice(2).byEmail("ann@example.com"))
	u.outcome("sessionDestroyed", u.call("getUserDetails", nil))
}

func TestALenientLogoutOfNoDeviceEndsNothing(t *testing.T) {
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{}), sandbox.Settings{Readings: sandbox.Readings{"S19": "ignored"}})
	u.loginAs("rosa@example.com")
	before, err := u.sandbox.Accounts.ByEmail(t.Context(), "rosa@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.sandbox.Accounts.Update(t.Context(), before.ID, func(a *account.Account) error {
		watch := a.Sessions[0]
		watch.ID, watch.DeviceID = "of-watch", ""
		a.Sessions = append(a.Sessions, watch)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	u.must("loggedOut", "logout", body{"device_id": u.device, "type": "2"})
	after, err := u.sandbox.Accounts.ByEmail(t.Context(), "rosa@example.com")
	if err != nil || len(after.Sessions) != 2 {
		t.Errorf("%d sessions are left (%v), want both", len(after.Sessions), err)
	}
}

func TestADefaultSandboxInTheStoreIsLeftAsItIs(t *testing.T) {
	driver := store.NewMemory()
	u := newUniverse(t, mocktest.Start(t, mockserver.Config{Store: driver}), sandbox.Settings{})
	u.appToken = u.mock.Credentials.Subscriber.AppToken
	u.must("signedUp", "signup", u.byEmail("new@example.com"))
	again := newUniverse(t, mocktest.Start(t, mockserver.Config{Store: driver}), sandbox.Settings{})
	again.appToken = again.mock.Credentials.Subscriber.AppToken
	again.outcome("exists", again.call("lookup", body{"type": "email", "email": "new@example.com"}))
}

func TestHalfARequestDoesNotKeepTheMockFromStopping(t *testing.T) {
	var conn net.Conn
	t.Cleanup(func() { conn.Close() })             // after the mock has stopped
	mock := mocktest.Start(t, mockserver.Config{}) // fails the test unless it stops cleanly
	var err error
	conn, err = net.Dial("tcp", strings.TrimPrefix(mock.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 100\r\n\r\nhalf")); err != nil {
		t.Fatal(err)
	}
	// The mock has taken the half request up once it answers another one.
	resp, err := http.Get(mock.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
