package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/store"
)

// errSpent says that a rule has fired as often as it may.
var errSpent = errors.New("the fault rule is spent")

// SetFaults replaces the fault rules, all or none: what cannot be followed is a
// [Problem] that names the rule. Every rule begins with no hits.
func (r *Registry) SetFaults(ctx context.Context, id string, rules fault.Rules) (*Sandbox, error) {
	checked, err := r.checkFaults("rules", rules)
	if err != nil {
		return nil, err
	}
	var before uint64
	_, err = r.records.Update(ctx, id, func(rec *record) error {
		before = rec.FaultSet
		rec.setFaults(checked)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("sandbox %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if err := tallies(r.config.Store, id, before).Clear(ctx); err != nil {
		return nil, err
	}
	return r.Open(ctx, id)
}

func (r *Registry) checkFaults(field string, rules fault.Rules) (fault.Rules, error) {
	checked, err := fault.Check(r.config.Contract, rules)
	if problem, ok := errors.AsType[*fault.Problem](err); ok {
		return nil, &Problem{Field: field + problem.Field, Detail: problem.Detail}
	}
	return checked, err
}

// setFaults gives the record other rules. Their tallies are new ones: a call in
// flight still counts for the rule that it met.
func (r *record) setFaults(rules fault.Rules) {
	r.Faults = rules
	r.FaultSet++
}

// tallies are those of one set of rules, by rule id.
func tallies(driver store.Driver, id string, set uint64) store.Collection[fault.Tally] {
	return store.NewCollection[fault.Tally](driver, prefix(id)+"fault/"+strconv.FormatUint(set, 10))
}

// HasFaults says whether the sandbox has any fault rules.
func (s *Sandbox) HasFaults() bool { return len(s.faults) > 0 }

// Faults are the fault rules with their hits; never nil.
func (s *Sandbox) Faults(ctx context.Context) (fault.Rules, error) {
	shown := make(fault.Rules, len(s.faults))
	of := tallies(s.driver, s.ID, s.faultSet)
	for i, rule := range s.faults {
		tally, err := of.Get(ctx, rule.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		rule.Hits = tally.Hits
		shown[i] = rule
	}
	return shown, nil
}

// Strike is that of the first fault rule that is about the call and fires, or
// nil. It counts what it finds.
func (s *Sandbox) Strike(ctx context.Context, call *fault.Call) (*fault.Strike, error) {
	for _, rule := range s.faults {
		if !rule.Means(call) {
			continue
		}
		strike, err := s.try(ctx, rule)
		if err != nil || strike != nil {
			return strike, err
		}
	}
	return nil, nil
}

// try decides and counts in one atomic step, so that racing calls never make
// more hits than the rule has.
func (s *Sandbox) try(ctx context.Context, rule fault.Rule) (*fault.Strike, error) {
	of := tallies(s.driver, s.ID, s.faultSet)
	for {
		var strike *fault.Strike
		_, err := of.Update(ctx, rule.ID, func(t *fault.Tally) error {
			was := *t
			if strike = rule.Try(s.seed, t); *t == was {
				return errSpent
			}
			return nil
		})
		switch {
		case errors.Is(err, errSpent):
			return nil, nil
		case errors.Is(err, store.ErrNotFound):
			err = of.Create(ctx, rule.ID, fault.Tally{})
			if err == nil || errors.Is(err, store.ErrExists) {
				continue
			}
		}
		return strike, err
	}
}
