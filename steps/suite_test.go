package steps_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/spec"
	"stagedoor/steps"
	"stagedoor/steps/clause"
	"stagedoor/steps/control"
	"stagedoor/steps/target"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a mock and a suite that is set on it.
type bench struct {
	mock   *mocktest.Mock
	config steps.Config
}

var loaded = sync.OnceValues(spec.Load)

func newBench(t *testing.T) *bench {
	t.Helper()
	contract, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	mock := mocktest.Start(t, mockserver.Config{Contract: contract})
	return &bench{mock: mock, config: steps.Config{
		Contract: contract, Seed: 20, Supplier: supplier(t, contract, mock.URL, mock.ControlURL),
	}}
}

func supplier(t *testing.T, contract *spec.Contract, api, controlAPI string) *steps.Stagedoor {
	t.Helper()
	client := target.NewClient(8)
	t.Cleanup(client.CloseIdleConnections)
	return &steps.Stagedoor{
		Contract: contract, Control: control.New(controlAPI, "", client), BaseURL: api, Client: client,
		Wait: 200 * time.Millisecond,
	}
}

// run runs the suite, which must not fail itself.
func (b *bench) run(t *testing.T) steps.Result {
	t.Helper()
	result, err := steps.Run(t.Context(), b.config)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Scenarios) == 0 {
		t.Fatal("the run had no scenario")
	}
	return result
}

func TestTheMockPassesEveryScenario(t *testing.T) {
	b := newBench(t)
	planned, err := steps.Plan(b.config)
	if err != nil {
		t.Fatal(err)
	}
	result := b.run(t)
	for _, f := range result.Failures() {
		t.Error(f)
	}
	if len(planned) < 150 || len(result.Scenarios) != len(planned) || result.Count(steps.Pass) != len(planned) {
		t.Errorf("%d of %d scenarios passed, %d ran", result.Count(steps.Pass), len(planned), len(result.Scenarios))
	}
	if got := result.Conclusion(); got != steps.Conformant {
		t.Errorf("the run came out %s", got)
	}
	clauses, err := clause.Load(b.config.Contract)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Clauses) != len(clauses.All()) {
		t.Errorf("%d of %d clauses were judged", len(result.Clauses), len(clauses.All()))
	}
	sandboxes, err := b.mock.Sandboxes().List(t.Context())
	if err != nil || len(sandboxes) != 1 {
		t.Errorf("%d sandboxes are left (%v), not the default one alone", len(sandboxes), err)
	}
}

func TestEveryOutcomeOfLoginAndSignupIsMet(t *testing.T) {
	b := newBench(t)
	met := map[steps.Met]bool{}
	for _, s := range b.run(t).Scenarios {
		for _, m := range s.Met {
			met[m] = true
		}
	}
	for _, id := range []string{"login", "verifyLoginOtp", "resendLoginOtp", "signup", "verifySignupOtp", "resendSignupOtp"} {
		op := b.config.Contract.System("subscriber").Operation(id)
		for _, o := range op.Outcomes {
			// A server error cannot be asked for.
			if o.Name != spec.OutcomeServerError && !met[steps.Met{Operation: op.Name(), Outcome: o.Name}] {
				t.Errorf("no scenario meets %s of %s", o.Name, op.Name())
			}
		}
	}
}

func TestAnotherHonestReadingIsNotAccused(t *testing.T) {
	for turn := 1; turn <= 3; turn++ {
		b := newBench(t)
		readings := map[string]any{}
		for _, row := range b.config.Contract.Rows {
			option := row.Options[turn%len(row.Options)]
			readings[row.ID] = option.ID
			for _, effect := range []map[string]int{option.Status, option.Code} {
				for _, number := range effect {
					if strings.HasPrefix(row.ID, "status.") || strings.HasPrefix(row.ID, "code.") {
						readings[row.ID] = number
					}
				}
			}
		}
		s := supplier(t, b.config.Contract, b.mock.URL, b.mock.ControlURL)
		s.Readings = readings
		b.config.Supplier = s
		result := b.run(t)
		for _, f := range result.Failures() {
			t.Errorf("turn %d: %s", turn, f)
		}
	}
}

func TestARunOverNothingFails(t *testing.T) {
	b := newBench(t)
	b.config.Selection = steps.Selection{Systems: []string{"watch"}}
	if _, err := steps.Run(t.Context(), b.config); !errors.Is(err, steps.ErrNothingSelected) {
		t.Errorf("a run over nothing ended with %v", err)
	}
}

func TestANarrowedRunNeverSaysConformant(t *testing.T) {
	b := newBench(t)
	b.config.Selection = steps.Selection{Operations: []string{"subscriber.resendLoginOtp"}, Clauses: []string{"SUB-LOGIN-OTP-09"}}
	result := b.run(t)
	if len(result.Scenarios) != 1 || result.Conclusion() != steps.NothingFound {
		t.Errorf("%d scenarios came out %s", len(result.Scenarios), result.Conclusion())
	}
}

func TestWhatIsOutOfReachIsIncompleteAndNoFailure(t *testing.T) {
	const nowhere = "http://127.0.0.1:1"
	b := newBench(t)
	for name, s := range map[string]*steps.Stagedoor{
		"the target":      supplier(t, b.config.Contract, nowhere, b.mock.ControlURL),
		"the control API": supplier(t, b.config.Contract, b.mock.URL, nowhere),
	} {
		b.config.Supplier = s
		result := b.run(t)
		if result.Conclusion() != steps.Incomplete || result.Count(steps.Blocked) != len(result.Scenarios) {
			t.Errorf("without %s the run came out %s, %d of %d scenarios blocked", name, result.Conclusion(), result.Count(steps.Blocked), len(result.Scenarios))
		}
	}
}

// without takes means away.
type without struct {
	steps.Supplier
	take func(*steps.Means)
}

func (w without) Supply(ctx context.Context, order steps.Order) (*steps.Means, error) {
	m, err := w.Supplier.Supply(ctx, order)
	if err == nil {
		w.take(m)
	}
	return m, err
}

// silence is an inbox in which nothing ever comes.
type silence struct{}

func (silence) Mark(context.Context, string) (string, error)          { return "", nil }
func (silence) Fetch(context.Context, string, string) (string, error) { return "", nil }

func TestAMissingMeansBlocksWhatNeedsItAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		name, clause string
		take         func(*steps.Means)
	}{
		{"clock", "SUB-LOGIN-09", func(m *steps.Means) { m.Clock = nil }},
		{"states", "SUB-LOGIN-13", func(m *steps.Means) { m.States = nil }},
		{"inbox", "SUB-LOGIN-OTP-01", func(m *steps.Means) { m.SMS = nil }},
		{"messages", "SUB-LOGIN-OTP-01", func(m *steps.Means) { m.SMS = silence{} }},
		{"expired token", "SUB-LOGIN-18", func(m *steps.Means) {
			m.Targets["subscriber"].Credentials.Subscriber.ExpiredAppToken = ""
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.config.Supplier = without{b.config.Supplier, c.take}
			b.config.Selection = steps.Selection{Clauses: []string{c.clause, "SUB-SIGNUP-01"}}
			result := b.run(t)
			if got := clauseVerdict(result, c.clause); got != steps.Blocked {
				t.Errorf("%s came out %s", c.clause, got)
			}
			if got := clauseVerdict(result, "SUB-SIGNUP-01"); got != steps.Pass {
				t.Errorf("SUB-SIGNUP-01 came out %s", got)
			}
			if got := result.Conclusion(); got != steps.Incomplete {
				t.Errorf("the run came out %s", got)
			}
		})
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result, err := steps.Run(ctx, b.config)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
	if result.Count(steps.Pass) != 0 || result.Conclusion() != steps.Incomplete {
		t.Errorf("%d scenarios passed in a run that came out %s", result.Count(steps.Pass), result.Conclusion())
	}
}

func TestAReplyThatNobodyLooksAtIsAFaultOfTheSuite(t *testing.T) {
	b := newBench(t)
	rows := "clauses:\n  - {id: SUB-LOGIN-01, level: MAY, text: Some text.}\n"
	for _, id := range []string{"01", "02", "03", "04", "05", "06"} {
		rows += "  - {id: SUB-REPLY-" + id + ", level: MAY, text: Some text., implicit: true}\n"
	}
	clauses, err := clause.Parse([]byte(rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.config.Clauses = clauses
	b.config.Features = fstest.MapFS{"subscriber/login.feature": {Data: []byte(`@subscriber
Feature: Login
  Rule: Somebody looks
    @op:login @clause:SUB-LOGIN-01 @impact:creates
    Scenario: Nobody looks
      Given Asha has an account by e-mail
      When Asha logs in by e-mail
      And Asha logs in by e-mail
      Then the outcome is "loggedIn"
`)}}
	if got := b.run(t).Conclusion(); got != steps.Faulty {
		t.Errorf("the run came out %s", got)
	}
}
