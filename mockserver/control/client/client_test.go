package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stagedoor/mockserver"
	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// over is the client of an address, on connections that end with the test.
func over(t *testing.T, base, token string) *client.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return client.New(base, token).Over(&http.Client{Transport: transport})
}

// start is a mock at a fixed time, with a client of it.
func start(t *testing.T) (*mocktest.Mock, *client.Client) {
	t.Helper()
	mock := mocktest.Start(t, mockserver.Config{Clock: clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))})
	return mock, over(t, mock.ControlURL, "")
}

// must is the value of a call that must not fail: must(c.Clock(ctx, id))(t).
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// status is that of the problem that an error is, or 0.
func status(err error) int {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return 0
	}
	return p.Status
}

func TestASandboxIsMadeChangedResetAndDeleted(t *testing.T) {
	_, c := start(t)
	ctx, seed := t.Context(), int64(7)
	fresh := account.Fresh()
	fresh.Email, fresh.Password = "zoe@example.com", "pw"
	made := must(c.CreateSandbox(ctx, client.NewSandbox{
		Settings: sandbox.Settings{Name: "checkout", Seed: &seed, OTP: sandbox.OTPSettings{Mode: sandbox.OTPFixed, Code: "123456"}},
		Accounts: []any{fresh, map[string]any{"phone": "9876512345"}, client.Generated{Count: 2}},
	}))(t)
	if made.ID == "" || made.Name != "checkout" || made.Seed != 7 || made.Credentials.Subscriber.AppToken == "" || made.Clock.Now.IsZero() {
		t.Errorf("made %+v", made)
	}
	accounts := must(c.Accounts(ctx, made.ID))(t)
	if len(accounts) != 4 || accounts[0].Email != "zoe@example.com" {
		t.Errorf("it has the accounts %+v", accounts)
	}
	patched := must(c.PatchSandbox(ctx, made.ID, map[string]any{"name": nil, "quota": map[string]any{"perDay": 3}}))(t)
	if patched.Name != "" || patched.Quota.PerDay != 3 || patched.OTP.Code != "123456" {
		t.Errorf("patched %+v", patched)
	}
	if err := c.DeleteAccount(ctx, made.ID, accounts[0].ID); err != nil {
		t.Fatal(err)
	}
	if reset := must(c.ResetSandbox(ctx, made.ID))(t); !reflect.DeepEqual(reset.Credentials, made.Credentials) {
		t.Errorf("a reset changed the credentials: %+v", reset.Credentials)
	}
	if accounts := must(c.Accounts(ctx, made.ID))(t); len(accounts) != 4 {
		t.Errorf("a reset left %d accounts", len(accounts))
	}
	shown := must(c.Sandbox(ctx, made.ID))(t)
	all := must(c.Sandboxes(ctx))(t)
	if len(all) != 2 || !slices.ContainsFunc(all, func(s client.Sandbox) bool { return reflect.DeepEqual(s, shown) }) {
		t.Errorf("the list is %+v", all)
	}
	if err := c.DeleteSandbox(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sandbox(ctx, made.ID); status(err) != http.StatusNotFound {
		t.Errorf("a deleted sandbox is shown: %v", err)
	}
}

func TestPuttingASandboxTwiceLeavesOne(t *testing.T) {
	_, c := start(t)
	like := json.RawMessage(`{"credentials": {"subscriber": {"appToken": "team-a"}}, "accounts": [{"email": "zoe@example.com"}]}`)
	first := must(c.PutSandbox(t.Context(), "team-a", like))(t)
	second := must(c.PutSandbox(t.Context(), "team-a", like))(t)
	if first.ID != "team-a" || first.Credentials.Subscriber.AppToken != "team-a" || !reflect.DeepEqual(first, second) {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestAStateIsExportedAndImported(t *testing.T) {
	_, c := start(t)
	ctx := t.Context()
	document := must(c.State(ctx, sandbox.DefaultID))(t)
	if len(document.Accounts) == 0 || document.Credentials == nil {
		t.Fatalf("the state is %+v", document)
	}
	if _, err := c.PutState(ctx, "other", document); status(err) != http.StatusConflict {
		t.Errorf("with credentials in use elsewhere: %v", err)
	}
	document.Name, document.Accounts = "mine", document.Accounts[:1]
	if put := must(c.PutState(ctx, sandbox.DefaultID, document))(t); put.Name != "mine" || !reflect.DeepEqual(&put.Credentials, document.Credentials) {
		t.Errorf("imported %+v", put)
	}
	if accounts := must(c.Accounts(ctx, sandbox.DefaultID))(t); len(accounts) != 1 {
		t.Errorf("it has %d accounts", len(accounts))
	}
}

func TestAnAccountIsMadeChangedAndDeleted(t *testing.T) {
	_, c := start(t)
	ctx := t.Context()
	fresh := account.Fresh()
	fresh.Email, fresh.Password = "zoe@example.com", "pw"
	made := must(c.CreateAccount(ctx, sandbox.DefaultID, fresh))(t)
	if made.ID == 0 || made.AllowedDevices != 5 {
		t.Errorf("made %+v", made)
	}
	changed := must(c.PatchAccount(ctx, sandbox.DefaultID, made.ID, map[string]any{"payment": account.Pending}))(t)
	if changed.Payment != account.Pending || changed.Password != "pw" {
		t.Errorf("changed %+v", changed)
	}
	if shown := must(c.Account(ctx, sandbox.DefaultID, made.ID))(t); !reflect.DeepEqual(shown, changed) {
		t.Errorf("shown %+v", shown)
	}
	if _, err := c.CreateAccount(ctx, sandbox.DefaultID, map[string]any{"email": "zoe@example.com"}); status(err) != http.StatusConflict {
		t.Errorf("a taken address: %v", err)
	}
	if err := c.DeleteAccount(ctx, sandbox.DefaultID, made.ID); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteAccount(ctx, sandbox.DefaultID, made.ID); status(err) != http.StatusNotFound {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestTheClockIsMovedStoppedAndStarted(t *testing.T) {
	_, c := start(t)
	ctx, began := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	expect := func(what string, got sandbox.ClockState, now time.Time, frozen bool) {
		t.Helper()
		if !got.Now.Equal(now) || got.Frozen != frozen {
			t.Errorf("%s: %+v, want %v, frozen %v", what, got, now, frozen)
		}
	}
	expect("at first", must(c.Clock(ctx, sandbox.DefaultID))(t), began, false)
	expect("advanced", must(c.Advance(ctx, sandbox.DefaultID, 121*time.Second))(t), began.Add(121*time.Second), false)
	expect("frozen", must(c.Freeze(ctx, sandbox.DefaultID))(t), began.Add(121*time.Second), true)
	to := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	expect("set", must(c.SetClock(ctx, sandbox.DefaultID, to))(t), to, true)
	expect("thawed", must(c.Thaw(ctx, sandbox.DefaultID))(t), to, false)
	_, err := c.SetClock(ctx, sandbox.DefaultID, began)
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != http.StatusBadRequest || p.Field() != "set" {
		t.Errorf("into the past: %v", err)
	}
}

func TestAWaitEndsWithTheMessage(t *testing.T) {
	mock, c := start(t)
	box := must(mock.Sandboxes().Open(t.Context(), sandbox.DefaultID))(t)
	box.Inbox.Deliver(inbox.Message{Channel: inbox.SMS, To: "919876500001", Code: "1111", Purpose: "login", Text: "1111"})
	before := must(c.Messages(t.Context(), sandbox.DefaultID, inbox.Filter{}, 0))(t)
	if len(before) != 1 || before[0].Code != "1111" {
		t.Fatalf("the inbox is %+v", before)
	}
	got := make(chan []inbox.Message)
	go func() {
		messages, err := c.Messages(t.Context(), sandbox.DefaultID, inbox.Filter{To: "+91 98765 00002", Channel: inbox.SMS, After: before[0].ID}, time.Hour)
		if err != nil {
			t.Error(err)
		}
		got <- messages
	}()
	box.Inbox.Deliver(inbox.Message{Channel: inbox.SMS, To: "919876500001", Code: "2222", Text: "2222"})
	box.Inbox.Deliver(inbox.Message{Channel: inbox.SMS, To: "919876500002", Code: "3333", Text: "3333"})
	if messages := <-got; len(messages) != 1 || messages[0].Code != "3333" {
		t.Errorf("got %+v", messages)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	_, c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := c.Code(ctx, sandbox.DefaultID, inbox.Filter{To: "nobody@example.com"}, time.Hour)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestTheCodeOfALoginIsRead(t *testing.T) {
	mock, c := start(t)
	if _, err := c.Code(t.Context(), sandbox.DefaultID, inbox.Filter{}, 0); status(err) != http.StatusNotFound {
		t.Errorf("without a code: %v", err)
	}
	askForCode(t, mock)
	messages := must(c.Messages(t.Context(), sandbox.DefaultID, inbox.Filter{Purpose: "password_reset"}, 0))(t)
	if len(messages) != 1 {
		t.Fatalf("the inbox is %+v", messages)
	}
	if code := must(c.Code(t.Context(), sandbox.DefaultID, inbox.Filter{Token: messages[0].Token}, time.Second))(t); code != messages[0].Code {
		t.Errorf("the code is %q, the message %+v", code, messages[0])
	}
}

// askForCode has the mock send a code.
func askForCode(t *testing.T, mock *mocktest.Mock) {
	t.Helper()
	request := must(http.NewRequestWithContext(t.Context(), http.MethodPost,
		mock.URL+"/api/v1/forgot/password/verify/otp/token/"+mock.Credentials.Subscriber.AppToken+"/device/mobile/platform/android",
		strings.NewReader(`{"emailId": "ann@example.com"}`)))(t)
	request.Header.Set("Content-Type", "application/json")
	request.Close = true
	reply := must(http.DefaultClient.Do(request))(t)
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		t.Fatalf("the mock answers %s", reply.Status)
	}
}

func TestFaultRulesAreReplacedAllOrNone(t *testing.T) {
	_, c := start(t)
	times := 2
	rules := must(c.PutFaults(t.Context(), sandbox.DefaultID, fault.Rules{
		{Match: fault.Match{Operation: "login"}, Effect: fault.Effect{Outcome: "paymentPending"}, Times: &times},
	}))(t)
	if len(rules) != 1 || rules[0].ID == "" || *rules[0].Times != 2 {
		t.Errorf("put %+v", rules)
	}
	_, err := c.PutFaults(t.Context(), sandbox.DefaultID, []map[string]any{{"match": map[string]any{}, "effect": map[string]any{"outcome": "nothing"}}})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Field() != "rules[0].effect.outcome" {
		t.Errorf("an unknown outcome: %v", err)
	}
	if now := must(c.Faults(t.Context(), sandbox.DefaultID))(t); !reflect.DeepEqual(now, rules) {
		t.Errorf("afterwards %+v", now)
	}
}

func TestTheJournalIsReadFilteredAndEmptied(t *testing.T) {
	mock, c := start(t)
	askForCode(t, mock)
	all := must(c.Requests(t.Context(), sandbox.DefaultID, journal.Filter{}))(t)
	if len(all) != 1 || all[0].Operation != "forgotPassword" || all[0].Outcome != "otpSent" {
		t.Fatalf("the journal is %+v", all)
	}
	for _, f := range []journal.Filter{{After: all[0].ID}, {Operation: "login"}, {Outcome: "gone"}, {Since: all[0].At.Add(time.Second)}, {Until: all[0].At}} {
		if some := must(c.Requests(t.Context(), sandbox.DefaultID, f))(t); len(some) != 0 {
			t.Errorf("%+v passes %+v", f, some)
		}
	}
	code := must(c.Code(t.Context(), sandbox.DefaultID, inbox.Filter{}, 0))(t)
	token := must(c.Messages(t.Context(), sandbox.DefaultID, inbox.Filter{}, 0))(t)[0].Token
	for _, keep := range []bool{false, true} {
		var archive bytes.Buffer
		if err := c.HAR(t.Context(), sandbox.DefaultID, journal.Filter{}, keep, &archive); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(archive.Bytes()) || strings.Contains(archive.String(), token) != keep {
			t.Errorf("keeping %v, with the code %s and the token %s: %s", keep, code, token, &archive)
		}
	}
	if err := c.ClearRequests(t.Context(), sandbox.DefaultID); err != nil {
		t.Fatal(err)
	}
	if all := must(c.Requests(t.Context(), sandbox.DefaultID, journal.Filter{}))(t); len(all) != 0 {
		t.Errorf("the emptied journal is %+v", all)
	}
}

func TestCoverageHasTheCellsThatWereMet(t *testing.T) {
	mock, c := start(t)
	askForCode(t, mock)
	got := must(c.Coverage(t.Context(), sandbox.DefaultID))(t)
	if got.Calls != 1 || got.Met != 1 || got.Natural != 1 || got.Total < 100 || len(got.Systems) != len(mockserver.Systems()) {
		t.Errorf("the totals are %+v of %+v", got.CoverageTotals, got.Systems)
	}
	i := slices.IndexFunc(got.Operations, func(o client.OperationCoverage) bool {
		return o.Operation == "forgotPassword" && o.System == "subscriber"
	})
	if i < 0 || !slices.Contains(got.Operations[i].Outcomes, client.OutcomeCoverage{Outcome: "otpSent", Status: 200, Natural: 1}) {
		t.Errorf("the operations are %+v", got.Operations)
	}
}

// TestTypesKeepEverythingThatTheMockShows holds the types against the wire: a
// field that the API has and a type has not would be lost.
func TestTypesKeepEverythingThatTheMockShows(t *testing.T) {
	mock, c := start(t)
	ctx, id := t.Context(), sandbox.DefaultID
	askForCode(t, mock)
	quota := map[string]any{"quota": map[string]any{"perDay": 9}, "otp": map[string]any{"maxAttempts": 3}, "accessToken": map[string]any{"ttl": "24h"},
		"readings": map[string]any{"S2": "result", "S33": 409}, "verifynow": map[string]any{"sendsPerDay": 4}}
	must(c.PatchSandbox(ctx, id, quota))(t)
	must(c.PutFaults(ctx, id, []any{map[string]any{"match": map[string]any{"body": map[string]any{"email": "a@b"}}, "effect": map[string]any{
		"delay": map[string]any{"min": "1s", "max": "2s"}, "outcome": "gone"}, "when": "after", "times": 3, "probability": 0.5}}))(t)
	for path, typed := range map[string]any{
		"":          must(c.Sandbox(ctx, id))(t),
		"/messages": map[string]any{"messages": must(c.Messages(ctx, id, inbox.Filter{}, 0))(t)},
		"/clock":    must(c.Clock(ctx, id))(t),
		"/accounts": map[string]any{"accounts": must(c.Accounts(ctx, id))(t)},
		"/requests": map[string]any{"requests": must(c.Requests(ctx, id, journal.Filter{}))(t)},
		"/faults":   map[string]any{"rules": must(c.Faults(ctx, id))(t)},
		"/coverage": must(c.Coverage(ctx, id))(t),
		"/state":    must(c.State(ctx, id))(t),
	} {
		reply := must(http.Get(mock.ControlURL + "/sandboxes/" + id + path))(t)
		var wire, kept any
		err := json.NewDecoder(reply.Body).Decode(&wire)
		reply.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(must(json.Marshal(typed))(t), &kept); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(wire, kept) {
			t.Errorf("%s shows %v\nand the client keeps %v", path, wire, kept)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestTheControlTokenIsSent(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{ControlToken: "sesame"})
	if _, err := over(t, mock.ControlURL, "").Sandboxes(t.Context()); status(err) != http.StatusUnauthorized {
		t.Errorf("without a token: %v", err)
	}
	if _, err := over(t, mock.ControlURL+"/", "sesame").Sandboxes(t.Context()); err != nil {
		t.Errorf("with the token: %v", err)
	}
	if err := over(t, mock.ControlURL, "").Ready(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
}

func TestSandboxIDsStayInTheirPlace(t *testing.T) {
	_, c := start(t)
	for _, id := range []string{"", "..", "default/clock", "default?x=y", "a b%"} {
		if _, err := c.Sandbox(t.Context(), id); status(err) != http.StatusNotFound {
			t.Errorf("sandbox %q: %v", id, err)
		}
	}
}
