package sandbox_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
	"stagedoor/spec"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// load reads the contract once for all tests; nothing changes it.
var load = sync.OnceValues(spec.Load)

func newRegistry(t *testing.T) (*sandbox.Registry, *clock.Manual) {
	t.Helper()
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewManual(noon)
	r := sandbox.New(sandbox.Config{Contract: contract, Store: store.NewMemory(), Clock: now, Entropy: rand.Reader, FeedLimit: 10})
	d, err := sandbox.Fixture()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Put(t.Context(), sandbox.DefaultID, d); err != nil {
		t.Fatal(err)
	}
	return r, now
}

func create(t *testing.T, r *sandbox.Registry, d sandbox.Document) *sandbox.Sandbox {
	t.Helper()
	s, err := r.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestACredentialLeadsToItsSandbox(t *testing.T) {
	r, _ := newRegistry(t)
	a, b := create(t, r, sandbox.Document{}), create(t, r, sandbox.Document{})
	for _, c := range []struct {
		system, credential string
		want               string
		kind               sandbox.Kind
	}{
		{"subscriber", a.Credentials.Subscriber.AppToken, a.ID, sandbox.Current},
		{"subscriber", b.Credentials.Subscriber.AppToken, b.ID, sandbox.Current},
		{"subscriber", b.Credentials.Subscriber.ExpiredAppToken, b.ID, sandbox.Expired},
		{"digipay", a.Credentials.Digipay.CompanyID, a.ID, sandbox.Current},
		{"watch", a.Credentials.Watch.APIKey, a.ID, sandbox.Current},
		{"watch", a.Credentials.Watch.RevokedAPIKey, a.ID, sandbox.Revoked},
		{"verifynow", b.Credentials.VerifyNow.CustomerID, b.ID, sandbox.Current},
		// One system's credential is another's unknown one.
		{"watch", a.Credentials.Subscriber.AppToken, sandbox.DefaultID, sandbox.Unknown},
		{"subscriber", "nobodys", sandbox.DefaultID, sandbox.Unknown},
		{"subscriber", "", sandbox.DefaultID, sandbox.Unknown},
	} {
		s, kind, err := r.Match(t.Context(), c.system, c.credential)
		if err != nil || s.ID != c.want || kind != c.kind {
			t.Errorf("%s %q leads to %s as %q (%v), want %s as %q", c.system, c.credential, s.ID, kind, err, c.want, c.kind)
		}
	}
}

func TestACredentialInUseIsAConflictThatLeavesNothingBehind(t *testing.T) {
	r, _ := newRegistry(t)
	taken := sandbox.Document{Credentials: &sandbox.Credentials{Watch: sandbox.WatchCredentials{APIKey: "mine"}, Subscriber: sandbox.SubscriberCredentials{AppToken: "demo-app"}}}
	if _, _, err := r.Put(t.Context(), "second", taken); !errors.Is(err, sandbox.ErrConflict) || !strings.Contains(err.Error(), "subscriber.appToken") {
		t.Fatalf("error %v, want a conflict that names the credential", err)
	}
	if _, err := r.Open(t.Context(), "second"); !errors.Is(err, sandbox.ErrNotFound) {
		t.Errorf("the sandbox was made all the same (%v)", err)
	}
	if _, kind, _ := r.Match(t.Context(), "watch", "mine"); kind != sandbox.Unknown {
		t.Error("a credential of the refused sandbox is still claimed")
	}
	ok := sandbox.Document{Credentials: &sandbox.Credentials{Watch: sandbox.WatchCredentials{APIKey: "mine"}}}
	if _, _, err := r.Put(t.Context(), "third", ok); err != nil {
		t.Errorf("the freed credential cannot be used: %v", err)
	}
}

func TestPutIsIdempotentAndKeepsWhatTheDocumentLeavesOut(t *testing.T) {
	r, _ := newRegistry(t)
	d := sandbox.Document{
		Settings:    sandbox.Settings{Name: "checked in", Readings: sandbox.Readings{"S2": "result"}},
		Credentials: &sandbox.Credentials{Subscriber: sandbox.SubscriberCredentials{AppToken: "our-app"}},
	}
	first, made, err := r.Put(t.Context(), "ours", d)
	if err != nil || !made {
		t.Fatalf("made %v, error %v", made, err)
	}
	second, made, err := r.Put(t.Context(), "ours", d)
	if err != nil || made {
		t.Fatalf("made %v again, error %v", made, err)
	}
	if first.Credentials != second.Credentials || first.Seed() != second.Seed() || second.Settings.Name != "checked in" {
		t.Errorf("the second put changed %v to %v", first.Credentials, second.Credentials)
	}
	moved := sandbox.Document{Credentials: &sandbox.Credentials{Subscriber: sandbox.SubscriberCredentials{AppToken: "other-app"}}}
	if _, _, err := r.Put(t.Context(), "ours", moved); err != nil {
		t.Fatal(err)
	}
	if _, kind, _ := r.Match(t.Context(), "subscriber", "our-app"); kind != sandbox.Unknown {
		t.Error("a credential that was replaced still leads somewhere")
	}
	if s, _, _ := r.Match(t.Context(), "subscriber", "other-app"); s.ID != "ours" {
		t.Error("the new credential leads nowhere")
	}
}

func TestARefusedPatchChangesNothing(t *testing.T) {
	r, _ := newRegistry(t)
	s := create(t, r, sandbox.Document{Settings: sandbox.Settings{Name: "before"}})
	for patch, field := range map[string]string{
		`{"name":"after","readings":{"S2":"nonsense"}}`: "readings",
		`{"name":"after","otp":{"mode":"sometimes"}}`:   "otp.mode",
		`{"name":"after","otp":{"mode":"fixed"}}`:       "otp.code",
		`{"name":"after","quota":{"perDay":-1}}`:        "quota.perDay",
		`{"name":"after","accessToken":{"ttl":"1ms"}}`:  "accessToken.ttl",
		`{"name":"after","quotas":{}}`:                  "",
		`[]`:                                            "",
		`{"name":`:                                      "",
	} {
		_, err := r.Patch(t.Context(), s.ID, []byte(patch))
		problem, ok := errors.AsType[*sandbox.Problem](err)
		if !ok || problem.Field != field {
			t.Errorf("%s: error %v, want a problem with %q", patch, err, field)
		}
	}
	now, err := r.Open(t.Context(), s.ID)
	if err != nil || now.Settings.Name != "before" {
		t.Errorf("the name is now %q (%v)", now.Settings.Name, err)
	}
}

func TestConcurrentPatchesAreAllKept(t *testing.T) {
	r, _ := newRegistry(t)
	s := create(t, r, sandbox.Document{})
	patches := []string{`{"name":"n"}`, `{"quota":{"perDay":7}}`, `{"otp":{"maxAttempts":3}}`, `{"readings":{"S2":"result"}}`, `{"verifynow":{"sendsPerDay":4}}`}
	var all sync.WaitGroup
	for _, patch := range patches {
		all.Go(func() {
			if _, err := r.Patch(t.Context(), s.ID, []byte(patch)); err != nil {
				t.Errorf("%s: %v", patch, err)
			}
		})
	}
	all.Wait()
	now, err := r.Open(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := now.Settings
	if got.Name != "n" || got.Quota.PerDay != 7 || got.OTP.MaxAttempts != 3 || got.Readings["S2"] != "result" || got.VerifyNow.SendsPerDay != 4 {
		t.Errorf("settings %+v lack one of the patches", got)
	}
}

func TestASeedDrivesDrawsAndNothingElse(t *testing.T) {
	seed := int64(42)
	draws := func(s *sandbox.Sandbox) string {
		text := ""
		for range 5 {
			rng, err := s.Draw(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprint(rng.Uint64(), " ")
		}
		return text
	}
	r1, _ := newRegistry(t)
	r2, _ := newRegistry(t)
	a := create(t, r1, sandbox.Document{Settings: sandbox.Settings{Seed: &seed}})
	b := create(t, r2, sandbox.Document{Settings: sandbox.Settings{Seed: &seed}})
	c := create(t, r1, sandbox.Document{})
	if draws(a) != draws(b) {
		t.Error("the same seed draws differently")
	}
	if draws(c) == draws(create(t, r1, sandbox.Document{})) {
		t.Error("two sandboxes without a seed draw the same")
	}
	if a.ID == b.ID || a.Credentials == b.Credentials {
		t.Error("a seed makes ids or credentials")
	}
	// A reset starts the draws anew.
	first := draws(create(t, r1, sandbox.Document{Settings: sandbox.Settings{Seed: &seed}}))
	again, err := r1.Reset(t.Context(), a.ID)
	if err != nil || draws(again) != first {
		t.Errorf("after a reset the seed draws differently (%v)", err)
	}
}

func TestResetGoesBackToTheAccountsThatTheSandboxWasMadeWith(t *testing.T) {
	r, _ := newRegistry(t)
	given := account.Fresh()
	given.Email = "first@example.com"
	s := create(t, r, sandbox.Document{Accounts: []account.Account{given}})
	later := account.Fresh()
	later.Email = "later@example.com"
	if _, err := s.Accounts.Create(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.UpdateBy(t.Context(), account.Email("first@example.com"), func(a *account.Account) error {
		a.Email = "changed@example.com"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Reset(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	all, err := s.Accounts.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Email != "first@example.com" {
		t.Errorf("accounts %v (%v), want the first alone", all, err)
	}
	if _, err := s.Accounts.Create(t.Context(), later); err != nil {
		t.Errorf("an identity is still claimed after the reset: %v", err)
	}
}

func TestADeletedSandboxFreesItsCredentials(t *testing.T) {
	r, _ := newRegistry(t)
	s := create(t, r, sandbox.Document{})
	if err := r.Delete(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if _, kind, _ := r.Match(t.Context(), "subscriber", s.Credentials.Subscriber.AppToken); kind != sandbox.Unknown {
		t.Error("its app token still leads somewhere")
	}
	if _, _, err := r.Put(t.Context(), "heir", sandbox.Document{Credentials: &s.Credentials}); err != nil {
		t.Errorf("its credentials cannot be used again: %v", err)
	}
	if err := r.Delete(t.Context(), sandbox.DefaultID); !errors.Is(err, sandbox.ErrDefault) {
		t.Errorf("deleting the default sandbox: %v", err)
	}
}

func TestTheClockMovesForwardOnly(t *testing.T) {
	r, real := newRegistry(t)
	yes, no := true, false
	for i, step := range []struct {
		change sandbox.ClockChange
		passed time.Duration // of the real time, before the change
		want   time.Time     // zero: refused
	}{
		{sandbox.ClockChange{Advance: time.Minute}, 0, noon.Add(time.Minute)},
		{sandbox.ClockChange{Advance: -time.Second}, 0, time.Time{}},
		{sandbox.ClockChange{Frozen: &yes}, time.Second, noon.Add(61 * time.Second)},
		{sandbox.ClockChange{Advance: time.Second}, time.Hour, noon.Add(62 * time.Second)},
		{sandbox.ClockChange{Set: noon}, 0, time.Time{}},
		{sandbox.ClockChange{Set: noon.Add(time.Hour), Advance: time.Second}, 0, time.Time{}},
		{sandbox.ClockChange{Set: noon.Add(time.Hour)}, 0, noon.Add(time.Hour)},
		{sandbox.ClockChange{Frozen: &no}, time.Hour, noon.Add(time.Hour)},
		{sandbox.ClockChange{}, time.Second, noon.Add(time.Hour + time.Second)},
	} {
		real.Advance(step.passed)
		got, err := r.MoveClock(t.Context(), sandbox.DefaultID, step.change)
		if step.want.IsZero() {
			if _, ok := errors.AsType[*sandbox.Problem](err); !ok {
				t.Errorf("step %d: %v, want it refused", i, err)
			}
			continue
		}
		if err != nil || !got.Now.Equal(step.want) {
			t.Errorf("step %d: %v (%v), want %v", i, got.Now, err, step.want)
		}
	}
}

func TestSettingsSurviveTheirJSON(t *testing.T) {
	in := `{"name":"n","seed":7,"otp":{"mode":"fixed","code":"123456","maxAttempts":3},"accessToken":{"ttl":"24h"},"readings":{"S2":"result","status.otpVerificationFailed":401},"quota":{"perDay":5},"verifynow":{"sendsPerDay":2}}`
	var s sandbox.Settings
	if err := json.Unmarshal([]byte(in), &s); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(s)
	if err != nil || string(out) != in {
		t.Errorf("settings became %s (%v)", out, err)
	}
}

func TestAStateDocumentOfAnUnknownVersionOrWithAnUnknownFieldIsRefused(t *testing.T) {
	for document, want := range map[string]string{
		`{"version":2}`:                          "version",
		`{"nmae":"x"}`:                           "nmae",
		`{"accounts":[{"emial":"x"}]}`:           "emial",
		`{"name":1}`:                             "name",
		`{} {}`:                                  "after",
		`{"readings":{"S2":{}}}`:                 "S2",
		`{"otp":{"mode":"fixed","code":"0123"}}`: "otp.code",
	} {
		if _, err := sandbox.DecodeDocument([]byte(document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names %s", document, err, want)
		}
	}
}
