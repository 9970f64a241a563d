package sandbox_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/session"
)

// person is an account with an e-mail address.
func person(email string) account.Account {
	a := account.Fresh()
	a.Email = email
	return a
}

// export returns the state of a sandbox, through its JSON.
func export(t *testing.T, r *sandbox.Registry, id string) sandbox.Document {
	t.Helper()
	d, err := r.Export(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := sandbox.DecodeDocument(data)
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return back
}

func TestImportReplacesEverything(t *testing.T) {
	r, _ := newRegistry(t)
	before := create(t, r, sandbox.Document{
		Settings: sandbox.Settings{Name: "before", Quota: sandbox.QuotaSettings{PerDay: 3}},
		Accounts: []account.Account{person("old@example.com")},
		Faults:   fault.Rules{{ID: "r", Effect: fault.Effect{Status: 500}}},
	})
	if _, err := before.Draw(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.MoveClock(t.Context(), before.ID, sandbox.ClockChange{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	seed, earlier := int64(7), sandbox.ClockState{Now: noon.Add(-24 * time.Hour), Frozen: true}
	after, made, err := r.Import(t.Context(), before.ID, sandbox.Document{
		Settings: sandbox.Settings{Name: "after", Seed: &seed}, Clock: &earlier,
		Credentials: &sandbox.Credentials{Subscriber: sandbox.SubscriberCredentials{AppToken: "brought-along"}},
		Accounts:    []account.Account{person("new@example.com")},
	})
	if err != nil || made {
		t.Fatalf("made %v, error %v", made, err)
	}
	if got := after.Clock(noon); got != earlier {
		t.Errorf("clock %+v, want that of the document, though it is earlier", got)
	}
	if after.Settings.Name != "after" || after.Settings.Quota.PerDay != 0 || after.HasFaults() {
		t.Errorf("settings %+v and faults %v, want those of the document alone", after.Settings, after.HasFaults())
	}
	if n, err := after.Counted(t.Context(), "draws"); err != nil || n != 0 {
		t.Errorf("%d draws, %v", n, err)
	}
	all, err := after.Accounts.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Email != "new@example.com" || all[0].ID != 1001 {
		t.Errorf("accounts %+v, %v", all, err)
	}
	if s, kind, _ := r.Match(t.Context(), "subscriber", "brought-along"); s.ID != before.ID || kind != sandbox.Current {
		t.Errorf("the credential that came along leads to %s", s.ID)
	}
	for system, old := range map[string]string{"subscriber": before.Credentials.Subscriber.AppToken, "watch": before.Credentials.Watch.APIKey} {
		if _, kind, _ := r.Match(t.Context(), system, old); kind != sandbox.Unknown {
			t.Errorf("a credential of %s from before still leads somewhere", system)
		}
	}
}

func TestARefusedImportChangesNothing(t *testing.T) {
	r, _ := newRegistry(t)
	other := create(t, r, sandbox.Document{})
	mine := create(t, r, sandbox.Document{Settings: sandbox.Settings{Name: "mine"}, Accounts: []account.Account{person("ann@example.com")}})
	before := export(t, r, mine.ID)
	live := otp.Challenge{Token: "t", Purpose: otp.Login, IssuedAt: noon, ExpiresAt: noon.Add(1), MaxAttempts: 5, State: otp.Live}
	with := func(change func(*otp.Challenge)) sandbox.Document {
		c := live
		change(&c)
		return sandbox.Document{Challenges: map[string][]otp.Challenge{"watch": {c}}}
	}
	never := sandbox.ClockState{Now: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	for field, d := range map[string]sandbox.Document{
		"accounts[1].email":    {Accounts: []account.Account{person("bob@example.com"), person("BOB@example.com")}},
		"accounts[0]":          {Accounts: []account.Account{{}}},
		"challenges":           {Challenges: map[string][]otp.Challenge{"radio": {live}}},
		"challenges.watch[0]":  with(func(c *otp.Challenge) { c.Token = "" }),
		"challenges.watch[0] ": with(func(c *otp.Challenge) { c.State = "asleep" }),
		"challenges.watch[0]  ": with(func(c *otp.Challenge) {
			c.ExpiresAt = time.Time{}
		}),
		"challenges.watch[1].token": {Challenges: map[string][]otp.Challenge{"watch": {live, live}}},
		"counters.draws":            {Counters: sandbox.Counters{"draws": 1 << 60}},
		"readings":                  {Settings: sandbox.Settings{Readings: sandbox.Readings{"S2": "perhaps"}}},
		"quota.perDay":              {Settings: sandbox.Settings{Quota: sandbox.QuotaSettings{PerDay: -1}}},
		"clock.now":                 {Clock: &never},
		"faults[0].effect":          {Faults: fault.Rules{{}}},
	} {
		_, _, err := r.Import(t.Context(), mine.ID, d)
		if problem, ok := errors.AsType[*sandbox.Problem](err); !ok || problem.Field != strings.TrimSpace(field) {
			t.Errorf("%s: error %v", field, err)
		}
	}
	taken := sandbox.Document{Credentials: &sandbox.Credentials{Watch: sandbox.WatchCredentials{APIKey: other.Credentials.Watch.APIKey}}}
	if _, _, err := r.Import(t.Context(), mine.ID, taken); !errors.Is(err, sandbox.ErrConflict) || !strings.Contains(err.Error(), "credentials.watch.apiKey") {
		t.Errorf("a credential of another sandbox: %v, want a conflict that names it", err)
	}
	if _, _, err := r.Import(t.Context(), "fresh", taken); !errors.Is(err, sandbox.ErrConflict) {
		t.Errorf("the same into a sandbox that is not there: %v", err)
	}
	if _, err := r.Open(t.Context(), "fresh"); !errors.Is(err, sandbox.ErrNotFound) {
		t.Errorf("the refused import made it: %v", err)
	}
	if _, _, err := r.Import(t.Context(), "Not An Id", sandbox.Document{}); err == nil {
		t.Error("an id that is none is taken")
	}
	if after := export(t, r, mine.ID); !reflect.DeepEqual(after, before) {
		t.Errorf("the state is now %+v, want %+v", after, before)
	}
}

func TestAnImportGoesOnCountingWhereTheExportStood(t *testing.T) {
	r, _ := newRegistry(t)
	spent := 1
	s := create(t, r, sandbox.Document{
		Accounts: []account.Account{person("first@example.com"), person("last@example.com")},
		Faults:   fault.Rules{{ID: "once", Effect: fault.Effect{Status: 500}, Times: &spent}},
	})
	if err := s.Accounts.Delete(t.Context(), 1002); err != nil {
		t.Fatal(err)
	}
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	call := &fault.Call{Operation: contract.System("watch").Operations[0]}
	if strike, err := s.Strike(t.Context(), call); err != nil || strike == nil {
		t.Fatalf("strike %v, %v", strike, err)
	}
	d := export(t, r, s.ID)
	elsewhere, _ := newRegistry(t)
	copied, made, err := elsewhere.Import(t.Context(), s.ID, d)
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	if strike, err := copied.Strike(t.Context(), call); err != nil || strike != nil {
		t.Errorf("a spent fault rule fires again: %v, %v", strike, err)
	}
	if a, err := copied.Accounts.Create(t.Context(), person("next@example.com")); err != nil || a.ID != 1003 {
		t.Errorf("the next account is %d, %v; want 1003, as the number of a deleted one is not given again", a.ID, err)
	}
	if copied.Seed() != s.Seed() {
		t.Errorf("seed %d, want %d", copied.Seed(), s.Seed())
	}
}

func TestARunningClockGoesOnFromWhereItWasExported(t *testing.T) {
	r, _ := newRegistry(t)
	s := create(t, r, sandbox.Document{})
	if _, err := r.MoveClock(t.Context(), s.ID, sandbox.ClockChange{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	d := export(t, r, s.ID)
	elsewhere, real := newRegistry(t)
	real.Advance(1000 * time.Hour) // later in the real world
	copied, _, err := elsewhere.Import(t.Context(), s.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	if got := copied.Clock(real.Now()); !got.Now.Equal(noon.Add(time.Hour)) || got.Frozen {
		t.Errorf("clock %+v, want it to run from where it was", got)
	}
	if got := copied.Now(real.Now().Add(time.Minute)); !got.Equal(noon.Add(61 * time.Minute)) {
		t.Errorf("a minute later it shows %v", got)
	}
}

func TestResetAfterAnImportEndsItsSessions(t *testing.T) {
	r, _ := newRegistry(t)
	a := person("ann@example.com")
	a.Sessions = []session.Session{{ID: "s", DeviceID: "d", Generation: 1, StartedAt: noon, ExpiresAt: noon.Add(time.Hour)}}
	if _, _, err := r.Import(t.Context(), "team", sandbox.Document{Accounts: []account.Account{a}}); err != nil {
		t.Fatal(err)
	}
	sessions := func() int {
		s, err := r.Open(t.Context(), "team")
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Accounts.List(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("accounts %v, %v", all, err)
		}
		return len(all[0].Sessions)
	}
	if n := sessions(); n != 1 {
		t.Errorf("%d sessions were imported, want 1", n)
	}
	if _, err := r.Reset(t.Context(), "team"); err != nil {
		t.Fatal(err)
	}
	if n := sessions(); n != 0 {
		t.Errorf("%d sessions outlive a reset", n)
	}
}

func TestOneSeedMakesTheSamePeopleInEveryImport(t *testing.T) {
	people := func() []account.Account {
		r, _ := newRegistry(t)
		seed := int64(3)
		s, _, err := r.Import(t.Context(), "team", sandbox.Document{Settings: sandbox.Settings{Seed: &seed}, Generate: 50})
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Accounts.List(t.Context())
		if err != nil || len(all) != 50 {
			t.Fatalf("%d accounts, %v", len(all), err)
		}
		return all
	}
	if !reflect.DeepEqual(people(), people()) {
		t.Error("they are others")
	}
}
