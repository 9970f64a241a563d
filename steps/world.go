package steps

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"stagedoor/spec"
	"stagedoor/steps/target"
)

// world is the state of one scenario.
type world struct {
	suite    *suite
	scenario *Scenario
	means    *Means
	random   *rand.Rand
	people   map[string]*person
	// appToken stands in for the target's own, where a step chose another.
	appToken *string
	frozen   bool

	// last is the reply of the last call under test; unseen is whether no Then
	// has looked at it yet.
	last   *target.Exchange
	unseen bool
	calls  int
	// secrets are the passwords of the scenario.
	secrets  []string
	findings []Finding
	met      []Met

	step   plannedStep
	next   int
	err    error
	failed plannedStep
	done   bool
}

// begin prepares the scenario that godog is about to run.
func (w *world) begin(ctx context.Context, key string) error {
	scenario := w.suite.planned[key]
	if scenario == nil {
		return fmt.Errorf("%w: a scenario that is not in the plan", errSuite)
	}
	w.scenario = scenario
	w.people = map[string]*person{}
	seed := w.suite.seedOf(scenario)
	w.random = rand.New(rand.NewPCG(uint64(seed), 0x5ca1ab1e))
	if err := ctx.Err(); err != nil {
		return err
	}
	means, err := w.suite.config.Supplier.Supply(ctx, Order{Scenario: scenario, Seed: seed})
	if err != nil {
		return blockedBy(err, "prepare the scenario")
	}
	w.means = means
	return w.checkNeeds()
}

// checkNeeds blocks a scenario whose needs are not met before it sends anything.
func (w *world) checkNeeds() error {
	have := map[string]bool{
		"otp.sms": w.means.SMS != nil, "otp.email": w.means.Email != nil, "clock": w.means.Clock != nil,
		"quota": w.means.States != nil, "state.payment": w.means.States != nil, "state.strictDevices": w.means.States != nil,
	}
	t := w.means.Targets[w.scenario.System]
	if t == nil {
		return blockedBy(nil, "there is no target for %s", w.scenario.System)
	}
	have["state.expiredAppToken"] = t.Credentials.Subscriber.ExpiredAppToken != ""
	for _, need := range w.scenario.Needs {
		if !have[need] {
			return blockedBy(nil, "the scenario needs %s", need)
		}
	}
	return nil
}

// seedOf makes what a scenario draws depend on the run's seed and its title
// alone, so that a narrowed run draws the same. It stays within what JSON
// numbers carry exactly.
func (s *suite) seedOf(scenario *Scenario) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s", s.config.Seed, scenario.key())
	return int64(h.Sum64() >> 12)
}

// end gives back the means and settles the verdict. Godog may still call step
// hooks of a failed scenario after this.
func (w *world) end(ctx context.Context) {
	if w.done {
		return
	}
	w.done = true
	if w.err == nil && w.unseen {
		w.err, w.failed = fmt.Errorf("%w: nobody looked at the reply of %s", errSuite, w.last.Operation.ID), w.step
	}
	if w.means != nil && w.means.Close != nil {
		// Also after an interruption: what was made is taken away.
		if err := w.means.Close(context.WithoutCancel(ctx)); err != nil && w.err == nil {
			w.err, w.failed = blockedBy(err, "clean up"), w.step
		}
	}
	if w.scenario != nil {
		w.suite.collect(w.result())
	}
}

// person returns the person of this name, making one on first use.
func (w *world) person(name string) *person {
	if w.people[name] == nil {
		p := w.suite.identities.person(name, w.random)
		w.people[name] = p
		w.secrets = append(w.secrets, p.password)
	}
	return w.people[name]
}

func (w *world) target() *target.Target { return w.means.Targets[w.scenario.System] }

func (w *world) operation(id string) (*spec.Operation, error) {
	if op := w.target().System.Operation(id); op != nil {
		return op, nil
	}
	return nil, fmt.Errorf("%w: no operation %q", errSuite, id)
}

func (w *world) found(x *target.Exchange, check target.Check, message string) {
	f := Finding{Clause: implicitClauses[check], Message: message, Step: w.step.text, exchange: x}
	if !slices.ContainsFunc(w.findings, f.same) {
		w.findings = append(w.findings, f)
	}
}

// note keeps the first error of the scenario; what follows from it is noise.
func (w *world) note(err error) {
	if w.err == nil && err != nil {
		w.err, w.failed = err, w.step
	}
}

var errNoReply = errors.New("there was no call yet")
