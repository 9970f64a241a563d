package account_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/session"
)

// household has devices d1 to d3. Session s1 is on d1 and live for an hour, s2 on
// d2 and live for a minute; nobody has logged in on d3.
func household() account.Account {
	a := account.Fresh()
	for _, id := range []string{"d1", "d2", "d3"} {
		a.Devices = append(a.Devices, account.Device{ID: id})
	}
	a.Sessions = []session.Session{
		session.New("s1", "d1", "email", now, time.Hour),
		session.New("s2", "d2", "phone", now, time.Minute),
	}
	return a
}

// lists returns devices and sessions in one line.
func lists(a account.Account) string {
	devices, sessions := []string{}, []string{}
	for _, d := range a.Devices {
		devices = append(devices, d.ID)
	}
	for _, s := range a.Sessions {
		sessions = append(sessions, s.ID)
	}
	return fmt.Sprint(devices, sessions)
}

func wantLists(t *testing.T, a account.Account, want string) {
	t.Helper()
	if got := lists(a); got != want {
		t.Errorf("devices and sessions are %s, want %s", got, want)
	}
}

func TestRegisterRefusesADeviceTooMany(t *testing.T) {
	a := household()
	a.AllowedDevices = 4
	if err := a.Register(account.Device{ID: "d4"}); err != nil {
		t.Fatalf("the fourth of four: %v", err)
	}
	if err := a.Register(account.Device{ID: "d5"}); !errors.Is(err, account.ErrDeviceLimit) {
		t.Errorf("the fifth of four: %v, want ErrDeviceLimit", err)
	}
	wantLists(t, a, "[d1 d2 d3 d4] [s1 s2]")
}

func TestRegisterReplacesAKnownDeviceEvenAtTheLimit(t *testing.T) {
	a := household()
	a.AllowedDevices = 3
	if err := a.Register(account.Device{ID: "d2", OS: "Tizen"}); err != nil {
		t.Fatal(err)
	}
	wantLists(t, a, "[d1 d2 d3] [s1 s2]")
	if d, ok := a.Device("d2"); !ok || d.OS != "Tizen" {
		t.Errorf("device d2 is %+v, %v", d, ok)
	}
	if d, ok := a.Device("d9"); ok {
		t.Errorf("an unknown device is %+v", d)
	}
}

func TestLiveSessionEndsAtTheVeryInstant(t *testing.T) {
	a := household()
	expiry := now.Add(time.Minute)
	if !a.HoldsLiveSession("d2", expiry.Add(-1)) {
		t.Error("d2 holds no live session just before the expiry")
	}
	if a.HoldsLiveSession("d2", expiry) || a.HoldsLiveSession("d3", now) {
		t.Error("a device without a live session holds one")
	}
	if s, ok := a.Session("s2", expiry.Add(-1)); !ok || s.DeviceID != "d2" {
		t.Errorf("session s2: %+v, %v", s, ok)
	}
	if _, ok := a.Session("s2", expiry); ok {
		t.Error("session s2 is live at its expiry")
	}
	if _, ok := a.Session("s9", now); ok {
		t.Error("there is a session s9")
	}
}

func TestStartSessionReplacesThoseOfTheDevice(t *testing.T) {
	a := household()
	a.StartSession(session.New("s3", "d1", "email", now, time.Hour), false)
	wantLists(t, a, "[d1 d2 d3] [s2 s3]")
}

func TestStartSessionCanKeepEarlierLiveOnes(t *testing.T) {
	a := household()
	a.StartSession(session.New("s3", "d2", "email", now, time.Hour), true)
	wantLists(t, a, "[d1 d2 d3] [s1 s2 s3]")
	a.StartSession(session.New("s4", "d2", "email", now.Add(time.Minute), time.Hour), true)
	wantLists(t, a, "[d1 d2 d3] [s1 s3 s4]")
}

func TestSessionsOfNoDeviceAreBoundedToo(t *testing.T) {
	a := household()
	others := len(a.Sessions)
	for n := range 200 {
		a.StartSession(session.New(fmt.Sprint("k", n), "", "pin", now, time.Hour), true)
	}
	if got := len(a.Sessions) - others; got != 128 {
		t.Errorf("%d sessions of no device are kept, want 128", got)
	}
	if _, ok := a.Session("k199", now); !ok {
		t.Error("the newest one has ended")
	}
}

func TestKeptSessionsAreBounded(t *testing.T) {
	a := household()
	for n := range 100 {
		a.StartSession(session.New(fmt.Sprint("k", n), "d2", "email", now, time.Hour), true)
	}
	if len(a.Sessions) > 20 {
		t.Errorf("%d sessions are kept", len(a.Sessions))
	}
	if _, ok := a.Session("s1", now); !ok {
		t.Error("the session of another device was dropped")
	}
	if _, ok := a.Session("k99", now); !ok {
		t.Error("the newest session was dropped")
	}
}

func TestRenewSessionCountsGenerations(t *testing.T) {
	a := household()
	later := now.Add(30 * time.Second)
	s, ok := a.RenewSession("s2", later, later.Add(time.Hour))
	if !ok || s.TokenID() != "s2.2" || !s.ExpiresAt.Equal(later.Add(time.Hour)) {
		t.Errorf("renewed: %+v, %v", s, ok)
	}
	if kept, _ := a.Session("s2", later); kept != s {
		t.Errorf("kept %+v", kept)
	}
	if _, ok := a.RenewSession("s1", now.Add(time.Hour), now.Add(2*time.Hour)); ok {
		t.Error("an expired session was renewed")
	}
	if _, ok := a.RenewSession("s9", now, later); ok {
		t.Error("an unknown session was renewed")
	}
}

func TestEndingSessions(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*account.Account)
		want string
	}{
		"one":                           {func(a *account.Account) { a.EndSession("s1") }, "[d1 d2 d3] [s2]"},
		"a device":                      {func(a *account.Account) { a.EndDevice("d1") }, "[d2 d3] [s2]"},
		"a device without sessions":     {func(a *account.Account) { a.EndDevice("d3") }, "[d1 d2] [s1 s2]"},
		"others and their devices":      {func(a *account.Account) { a.EndOthers("s1") }, "[d1] [s1]"},
		"others, devices stay":          {func(a *account.Account) { a.EndOtherSessions("s2") }, "[d1 d2 d3] [s2]"},
		"all, devices stay":             {func(a *account.Account) { a.EndSessions() }, "[d1 d2 d3] []"},
		"all":                           {func(a *account.Account) { a.EndAll() }, "[] []"},
		"nothing, while all are live":   {func(a *account.Account) { a.FreeExpired(now) }, "[d1 d2 d3] [s1 s2]"},
		"the expired":                   {func(a *account.Account) { a.FreeExpired(now.Add(time.Minute)) }, "[d1 d3] [s1]"},
		"the expired, not a moment ago": {func(a *account.Account) { a.FreeExpired(now.Add(time.Minute - 1)) }, "[d1 d2 d3] [s1 s2]"},
	} {
		t.Run(name, func(t *testing.T) {
			a := household()
			c.end(&a)
			wantLists(t, a, c.want)
		})
	}
	a := household()
	if !a.EndDevice("d1") || a.EndDevice("d1") || a.EndDevice("d9") {
		t.Error("EndDevice does not say whether there was one")
	}
	if !a.EndSession("s2") || a.EndSession("s2") {
		t.Error("EndSession does not say whether there was one")
	}
}

func TestFreeExpiredSparesADeviceWithOneLiveSession(t *testing.T) {
	a := household()
	a.Sessions = append(a.Sessions, session.New("s3", "d2", "email", now, time.Hour))
	a.FreeExpired(now.Add(time.Minute))
	wantLists(t, a, "[d1 d2 d3] [s1 s2 s3]")
}
