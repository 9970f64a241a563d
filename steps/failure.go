package steps

import (
	"errors"
	"fmt"
	"strings"

	"stagedoor/steps/target"
)

// Failure explains why a scenario is no pass. Its text is complete: a reader
// needs no other output to see what was asked, what came, and how to repeat it.
type Failure struct {
	Scenario *Scenario
	Clauses  []string
	Verdict  Verdict
	// Step and Line are where it came out.
	Step string
	Line int
	// Expected and Actual are empty where nothing was compared.
	Expected string
	Actual   string
	// Reason is why, where nothing was compared.
	Reason   string
	Findings []string
	// Exchange is the call it is about, nil where there was none.
	Exchange *target.Exchange
}

func newFailure(w *world) *Failure {
	f := &Failure{
		Scenario: w.scenario, Clauses: w.scenario.Clauses, Step: w.failed.text, Line: w.failed.line,
		Verdict: judge(w.err, w.suite.config.Clauses.Strictest(w.scenario.Clauses)), Exchange: w.last,
	}
	if f.Line == 0 {
		f.Line = w.scenario.Line
	}
	var deviates *deviation
	var blocked *obstacle
	switch {
	case errors.As(w.err, &deviates):
		f.Expected, f.Actual, f.Findings = deviates.expected, deviates.actual, deviates.findings
		f.Exchange = deviates.exchange
	case errors.As(w.err, &blocked):
		f.Reason = blocked.Error()
		if blocked.exchange != nil {
			f.Exchange = blocked.exchange
		}
	default:
		f.Reason = w.err.Error()
	}
	return f
}

// failure explains a finding.
func (f Finding) failure(s *Scenario) *Failure {
	return &Failure{
		Scenario: s, Clauses: []string{f.Clause}, Step: f.Step, Line: s.lineOf(f.Step),
		Expected: "a reply of " + f.exchange.Operation.ID + " that keeps the contract", Actual: f.exchange.Actual(),
		Findings: []string{f.Message}, Exchange: f.exchange,
	}
}

func (s *Scenario) lineOf(step string) int {
	for _, planned := range s.steps {
		if planned.text == step {
			return planned.line
		}
	}
	return s.Line
}

// String is the whole of it, over several lines.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n", f.Scenario.File, f.Scenario.Line, f.Scenario.Title)
	fmt.Fprintf(&b, "  clause:   %s\n", strings.Join(f.Clauses, ", "))
	if f.Scenario.Rule != "" {
		fmt.Fprintf(&b, "  rule:     %s\n", f.Scenario.Rule)
	}
	if f.Step != "" {
		fmt.Fprintf(&b, "  step:     %s (line %d)\n", f.Step, f.Line)
	}
	if f.Reason != "" {
		fmt.Fprintf(&b, "  reason:   %s\n", f.Reason)
	}
	if f.Expected != "" {
		fmt.Fprintf(&b, "  expected: %s\n  actual:   %s\n", f.Expected, f.Actual)
	}
	for _, finding := range f.Findings {
		fmt.Fprintf(&b, "  finding:  %s\n", finding)
	}
	if f.Exchange != nil {
		fmt.Fprintf(&b, "  exchange:\n    %s\n", strings.ReplaceAll(f.Exchange.Dump(), "\n", "\n    "))
		fmt.Fprintf(&b, "  again:    %s\n", f.Exchange.Curl())
	}
	return b.String()
}
