package steps

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v21"

	"stagedoor/spec"
	"stagedoor/steps/clause"
)

const (
	fewestSteps = 3
	mostSteps   = 12
)

// The closed lists of tag values. What else a tag may be, the contract and the
// registry of clauses say.
var (
	knownNeeds  = []string{"otp.sms", "otp.email", "clock", "quota", "state.payment", "state.strictDevices", "state.expiredAppToken"}
	knownImpact = []string{"none", "creates", "notifies", "destroys", "floods"}
)

// linter collects what is wrong with the feature files. All of it is looked
// for before anything is sent: a slip in a feature file would otherwise drop a
// scenario without a trace.
type linter struct {
	contract *spec.Contract
	clauses  *clause.Registry
	problems []error
}

func lint(documents []*document, contract *spec.Contract, clauses *clause.Registry) error {
	l := &linter{contract: contract, clauses: clauses}
	titles := map[string]*Scenario{}
	used := map[string]bool{}
	for _, d := range documents {
		l.document(d)
		for _, s := range d.scenarios {
			if other := titles[s.Title]; other != nil {
				l.complain(s, "has the title of %s:%d", other.File, other.Line)
			}
			titles[s.Title] = s
			for _, id := range s.Clauses {
				used[id] = true
			}
			l.scenario(s)
		}
	}
	for _, c := range clauses.All() {
		if !c.Implicit && !used[c.ID] {
			l.problems = append(l.problems, fmt.Errorf("clause %s has no scenario", c.ID))
		}
	}
	l.implicit()
	return errors.Join(l.problems...)
}

func (l *linter) complain(s *Scenario, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s:%d: %q %s", s.File, s.Line, s.Title, fmt.Sprintf(format, args...)))
}

// keyword is how a misspelt keyword looks once Gherkin has taken it for prose.
var keyword = regexp.MustCompile(`(?m)^\s*[A-Z]\w+( [A-Z]\w+)?:`)

// document looks at what no scenario shows: text that Gherkin swallows, rules
// and outlines without scenarios.
func (l *linter) document(d *document) {
	at := func(location *messages.Location, format string, args ...any) {
		l.problems = append(l.problems, fmt.Errorf("%s:%d: %s", d.name, location.Line, fmt.Sprintf(format, args...)))
	}
	feature := d.tree.Feature
	if feature == nil || len(d.scenarios) == 0 {
		l.problems = append(l.problems, fmt.Errorf("%s: has no scenario", d.name))
		return
	}
	if keyword.MatchString(feature.Description) {
		at(feature.Location, "the description holds what looks like a misspelt keyword")
	}
	for _, child := range feature.Children {
		switch {
		case child.Rule == nil && child.Scenario != nil:
			at(child.Scenario.Location, "a scenario stands under a rule")
		case child.Rule == nil:
		case len(child.Rule.Children) == 0:
			at(child.Rule.Location, "a rule without scenarios")
		default:
			if child.Rule.Description != "" {
				at(child.Rule.Location, "a rule has no description; is a keyword misspelt?")
			}
			for _, inner := range child.Rule.Children {
				lintSyntax(inner.Scenario, at)
			}
		}
	}
}

func lintSyntax(s *messages.Scenario, at func(*messages.Location, string, ...any)) {
	if s == nil {
		return
	}
	if s.Description != "" {
		at(s.Location, "a scenario has no description; is a keyword misspelt?")
	}
	if len(s.Steps) == 0 {
		at(s.Location, "a scenario without steps")
	}
	for _, step := range s.Steps {
		if strings.TrimSpace(step.Keyword) == "*" {
			at(step.Location, "a step begins with Given, When, Then, And or But")
		}
	}
	outline := strings.HasPrefix(s.Keyword, "Scenario Outline")
	if outline != (len(s.Examples) > 0) {
		at(s.Location, "an outline has examples, and nothing else has")
	}
	for _, examples := range s.Examples {
		if len(examples.TableBody) == 0 {
			at(examples.Location, "examples without a row")
		}
	}
}

func (l *linter) scenario(s *Scenario) {
	if n := len(s.steps); n < fewestSteps || n > mostSteps {
		l.complain(s, "has %d steps; %d to %d are allowed", n, fewestSteps, mostSteps)
	}
	l.tags(s)
	lastWhen, lastThen := -1, -1
	for i, step := range s.steps {
		switch step.kind {
		case messages.PickleStepType_ACTION:
			lastWhen = i
		case messages.PickleStepType_OUTCOME:
			lastThen = i
		}
		if m := outcomeStep.FindStringSubmatch(step.text); m != nil && !l.hasOutcome(s.System, m[1]) {
			l.complain(s, "line %d: %s has no outcome %q", step.line, s.System, m[1])
		}
		switch n := len(matching(step)); {
		case n == 0:
			l.complain(s, "line %d: no such step: %s", step.line, step.text)
		case n > 1:
			l.complain(s, "line %d: %d definitions match: %s", step.line, n, step.text)
		}
	}
	if lastWhen < 0 || lastThen < lastWhen {
		l.complain(s, "ends without looking at the reply of its last When")
	}
}

var outcomeStep = regexp.MustCompile(`^the outcome is "(.*)"$`)

func (l *linter) hasOutcome(system, name string) bool {
	s := l.contract.System(system)
	return s != nil && slices.ContainsFunc(s.Operations, func(o *spec.Operation) bool { return o.Outcome(name) != nil })
}

func (l *linter) tags(s *Scenario) {
	systems := 0
	for _, tag := range s.tags {
		name, value, valued := strings.Cut(strings.TrimPrefix(tag, "@"), ":")
		known := false
		switch {
		case !valued && l.contract.System(name) != nil:
			systems++
			known = true
		case !valued:
		case name == "op":
			known = l.contract.System(s.System) != nil && l.contract.System(s.System).Operation(value) != nil
		case name == "clause":
			var c clause.Clause
			c, known = l.clauses.Clause(value)
			if c.Implicit {
				l.complain(s, "carries %s, which is judged on every reply", value)
			}
		case name == "needs":
			known = slices.Contains(knownNeeds, value)
		case name == "impact":
			known = slices.Contains(knownImpact, value)
		}
		if !known {
			l.complain(s, "has the unknown tag %s", tag)
		}
	}
	if systems != 1 || len(s.Operations) == 0 || len(s.Clauses) == 0 || s.Impact == "" {
		l.complain(s, "needs the tags of one system, its operations (@op:), its clauses (@clause:) and its impact (@impact:)")
	}
}

// implicit holds the checks of every reply against the registry.
func (l *linter) implicit() {
	var ids []string
	for _, id := range implicitClauses {
		ids = append(ids, id)
		if c, ok := l.clauses.Clause(id); !ok || !c.Implicit {
			l.problems = append(l.problems, fmt.Errorf("clause %s is judged on every reply and is not in the registry as such", id))
		}
	}
	for _, c := range l.clauses.All() {
		if c.Implicit && !slices.Contains(ids, c.ID) {
			l.problems = append(l.problems, fmt.Errorf("clause %s is marked implicit and no check judges it", c.ID))
		}
	}
}
