package steps

import (
	"slices"

	"stagedoor/steps/clause"
)

// Result is what came of a run.
type Result struct {
	// Scenarios in the order of the feature files.
	Scenarios []ScenarioResult
	// Clauses that were judged, in the order of the registry.
	Clauses []ClauseResult
	// Narrowed says that a selection left something out.
	Narrowed bool
	// FailOn is the level from which on a broken clause is a failure of the run.
	FailOn clause.Level
}

// ScenarioResult is what came of one scenario.
type ScenarioResult struct {
	Scenario *Scenario
	// Verdict is the worse of Own and what the findings come to.
	Verdict Verdict
	// Own is what came of the scenario's steps, at the level of its clauses.
	Own Verdict
	// Failure explains every verdict of Own but a pass.
	Failure *Failure
	// Findings are what its replies broke besides.
	Findings []Finding
	// Met are the outcomes that its calls under test were expected to have and had.
	Met []Met
}

// Met is an outcome of an operation that a scenario saw.
type Met struct {
	Operation string // "subscriber.login"
	Outcome   string
}

// ClauseResult is what came of one clause: the worst of its scenarios, or of
// the findings against it.
type ClauseResult struct {
	ID        string
	Verdict   Verdict
	Scenarios []string
}

// Conclusion is what a run comes to.
type Conclusion int

// The conclusions.
const (
	// Conformant: every clause that binds is met, in a run over everything.
	Conformant Conclusion = iota
	// NothingFound: the same of a narrowed run, which says less.
	NothingFound
	// NotConformant: a clause that binds is broken.
	NotConformant
	// Incomplete: none is broken, and some could not be judged.
	Incomplete
	// Faulty: the suite failed.
	Faulty
)

// String is the conclusion in words.
func (c Conclusion) String() string {
	return [...]string{"conformant", "nothing found in a narrowed run", "not conformant", "incomplete", "fault of the suite"}[c]
}

// Conclusion weighs the verdicts: a fault of the suite first, then a broken
// clause that binds, then what could not be judged.
func (r Result) Conclusion() Conclusion {
	is := func(verdicts ...Verdict) bool {
		return slices.ContainsFunc(r.Scenarios, func(s ScenarioResult) bool {
			return slices.Contains(verdicts, s.Verdict) || slices.Contains(verdicts, s.Own)
		})
	}
	switch {
	case is(Errored):
		return Faulty
	case is(failing(r.FailOn)...):
		return NotConformant
	case is(Blocked):
		return Incomplete
	case r.Narrowed:
		return NothingFound
	default:
		return Conformant
	}
}

// failing are the verdicts that a run fails on.
func failing(from clause.Level) []Verdict {
	switch from {
	case clause.May:
		return []Verdict{Fail, Warn, Note}
	case clause.Should:
		return []Verdict{Fail, Warn}
	default:
		return []Verdict{Fail}
	}
}

// Count is how many scenarios have the verdict.
func (r Result) Count(v Verdict) int {
	n := 0
	for _, s := range r.Scenarios {
		if s.Verdict == v {
			n++
		}
	}
	return n
}

// Failures are the explanations of everything that is no pass.
func (r Result) Failures() []*Failure {
	var all []*Failure
	for _, s := range r.Scenarios {
		if s.Failure != nil {
			all = append(all, s.Failure)
		}
		for _, f := range s.Findings {
			all = append(all, f.failure(s.Scenario))
		}
	}
	return all
}

// result is what came of the scenario that the world played.
func (w *world) result() ScenarioResult {
	clauses := w.suite.config.Clauses
	r := ScenarioResult{Scenario: w.scenario, Findings: w.findings, Met: w.met}
	r.Own = judge(w.err, clauses.Strictest(w.scenario.Clauses))
	r.Verdict = r.Own
	if w.err != nil {
		r.Failure = newFailure(w)
	}
	for _, f := range w.findings {
		c, _ := clauses.Clause(f.Clause)
		r.Verdict = max(r.Verdict, breach(c.Level))
	}
	return r
}

// byClause turns the results of scenarios into those of clauses.
func (s *suite) byClause(scenarios []ScenarioResult) []ClauseResult {
	var results []ClauseResult
	for _, c := range s.config.Clauses.All() {
		result := ClauseResult{ID: c.ID}
		for _, scenario := range scenarios {
			judged := c.Implicit && len(scenario.Scenario.steps) > 0
			verdict := Pass
			if slices.Contains(scenario.Scenario.Clauses, c.ID) {
				judged, verdict = true, scenario.Own
			}
			if slices.ContainsFunc(scenario.Findings, func(f Finding) bool { return f.Clause == c.ID }) {
				verdict = max(verdict, breach(c.Level))
			}
			if judged {
				result.Scenarios = append(result.Scenarios, scenario.Scenario.Title)
				result.Verdict = max(result.Verdict, verdict)
			}
		}
		if len(result.Scenarios) > 0 {
			results = append(results, result)
		}
	}
	return results
}
