package steps

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cucumber/godog"

	"stagedoor/spec"
	"stagedoor/steps/clause"
)

// Selection narrows a run. Names of one kind are alternatives, the kinds must
// all be met; a kind without names admits everything.
type Selection struct {
	Systems []string
	// Operations by name, "login" or "subscriber.login".
	Operations []string
	Clauses    []string
}

// ErrNothingSelected is a selection that no scenario meets. A run over nothing
// is never a success.
var ErrNothingSelected = errors.New("no scenario meets the selection")

func (s Selection) narrows() bool { return len(s.Systems)+len(s.Operations)+len(s.Clauses) > 0 }

// check refuses names that mean nothing: a misspelt one would quietly narrow
// the run to less than was asked for.
func (s Selection) check(contract *spec.Contract, clauses *clause.Registry) error {
	for _, name := range s.Systems {
		if contract.System(name) == nil {
			return fmt.Errorf("select: %w: no system %q", spec.ErrUnknown, name)
		}
	}
	for _, name := range s.Operations {
		if len(contract.Operations(name)) == 0 {
			return fmt.Errorf("select: %w: no operation %q", spec.ErrUnknown, name)
		}
	}
	for _, id := range s.Clauses {
		if _, ok := clauses.Clause(id); !ok {
			return fmt.Errorf("select: %w: no clause %q", spec.ErrUnknown, id)
		}
	}
	return nil
}

func (s Selection) admits(scenario *Scenario) bool {
	return admitsAny(s.Systems, scenario.System) &&
		admitsAny(s.Clauses, scenario.Clauses...) &&
		(len(s.Operations) == 0 || slices.ContainsFunc(scenario.Operations, func(id string) bool {
			return slices.Contains(s.Operations, id) || slices.Contains(s.Operations, scenario.System+"."+id)
		}))
}

func admitsAny(wanted []string, have ...string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(have, func(h string) bool { return slices.Contains(wanted, h) })
}

// choose returns the scenarios that the selection admits and the feature texts
// that hold them and no others. Options.Tags of godog is no way to do this: an
// expression that it misreads selects nothing, and that passes.
func choose(documents []*document, selection Selection) ([]*Scenario, []godog.Feature, error) {
	var chosen []*Scenario
	var texts []godog.Feature
	for _, d := range documents {
		keys := map[string]bool{}
		for _, s := range d.scenarios {
			if selection.admits(s) {
				keys[s.key()] = true
				chosen = append(chosen, s)
			}
		}
		if len(keys) == 0 {
			continue
		}
		text := d.without(keys)
		left, err := parseDocument(d.name, text)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: narrowed: %w", errSuite, err)
		}
		if len(left.scenarios) != len(keys) {
			return nil, nil, fmt.Errorf("%w: narrowing %s left %d scenarios of %d", errSuite, d.name, len(left.scenarios), len(keys))
		}
		texts = append(texts, godog.Feature{Name: d.name, Contents: text})
	}
	if len(chosen) == 0 {
		return nil, nil, ErrNothingSelected
	}
	return chosen, texts, nil
}
