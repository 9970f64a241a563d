package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/cucumber/godog"

	"stagedoor/features"
	"stagedoor/spec"
	"stagedoor/steps/clause"
)

// Config says what is run against what.
type Config struct {
	Contract *spec.Contract
	// Clauses is the registry of obligations; nil loads that of the project.
	Clauses *clause.Registry
	// Features holds the feature files; nil means those of the project.
	Features  fs.FS
	Selection Selection
	// FailOn is the level from which on a broken clause makes the run not
	// conformant; empty means MUST.
	FailOn clause.Level
	// Supplier prepares what each scenario may use.
	Supplier Supplier
	// Concurrency is how many scenarios run side by side; zero is eight.
	Concurrency int
	// Seed makes identities and sandboxes reproducible.
	Seed int64
	// Progress gets a character for each step, and nothing if it is nil.
	Progress io.Writer
}

const defaultConcurrency = 8

func (c Config) withDefaults() (Config, error) {
	if c.Contract == nil || c.Supplier == nil {
		return c, fmt.Errorf("%w: a run needs a contract and a supplier", errSuite)
	}
	if c.Clauses == nil {
		clauses, err := clause.Load(c.Contract)
		if err != nil {
			return c, err
		}
		c.Clauses = clauses
	}
	if c.Features == nil {
		c.Features = features.FS()
	}
	if c.Concurrency == 0 {
		c.Concurrency = defaultConcurrency
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	return c, nil
}

// suite is one run.
type suite struct {
	config     Config
	identities *identities
	planned    map[string]*Scenario

	mu      sync.Mutex
	results map[string]ScenarioResult
}

// Plan lists the scenarios that a run with this configuration would run. It
// sends nothing.
func Plan(config Config) ([]*Scenario, error) {
	if config.Supplier == nil {
		config.Supplier = &Stagedoor{}
	}
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	scenarios, _, err := plan(config)
	return scenarios, err
}

func plan(config Config) ([]*Scenario, []godog.Feature, error) {
	documents, err := parse(config.Features)
	if err != nil {
		return nil, nil, err
	}
	if err := lint(documents, config.Contract, config.Clauses); err != nil {
		return nil, nil, fmt.Errorf("features: %w", err)
	}
	if err := config.Selection.check(config.Contract, config.Clauses); err != nil {
		return nil, nil, err
	}
	return choose(documents, config.Selection)
}

// Run plays the selected scenarios and says what came of each. The error is for
// a run that could not be: nothing selected ([ErrNothingSelected]), feature
// files that break their rules, an interruption. What an implementation does
// is in the result alone.
//
// Godog keeps its seed in the environment: a process runs one suite at a time.
func Run(ctx context.Context, config Config) (Result, error) {
	config, err := config.withDefaults()
	if err != nil {
		return Result{}, err
	}
	scenarios, texts, err := plan(config)
	if err != nil {
		return Result{}, err
	}
	s := &suite{
		config: config, identities: &identities{taken: map[string]bool{}},
		planned: map[string]*Scenario{}, results: map[string]ScenarioResult{},
	}
	for _, scenario := range scenarios {
		s.planned[scenario.key()] = scenario
	}
	status := godog.TestSuite{
		Name:                "stagedoor",
		ScenarioInitializer: s.initialize,
		Options: &godog.Options{
			Strict: true, Format: "progress", NoColors: true, Output: config.Progress,
			Concurrency: config.Concurrency, DefaultContext: ctx, FeatureContents: texts,
		},
	}.Run()
	result := Result{Narrowed: config.Selection.narrows(), FailOn: config.FailOn}
	for _, scenario := range scenarios {
		result.Scenarios = append(result.Scenarios, s.resultOf(scenario))
	}
	result.Clauses = s.byClause(result.Scenarios)
	return result, errors.Join(ctx.Err(), s.crossCheck(result, status))
}

// crossCheck holds our books against godog's: a failure that only one of the
// two saw is a fault of the suite.
func (s *suite) crossCheck(result Result, status int) error {
	smooth := true
	for _, r := range result.Scenarios {
		smooth = smooth && r.Own == Pass
	}
	if smooth != (status == 0) {
		return fmt.Errorf("%w: godog ended with %d, and our own count of failures says otherwise", errSuite, status)
	}
	return nil
}

func (s *suite) resultOf(scenario *Scenario) ScenarioResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.results[scenario.key()]; ok {
		return r
	}
	return ScenarioResult{Scenario: scenario, Verdict: Errored, Own: Errored, Failure: &Failure{
		Scenario: scenario, Clauses: scenario.Clauses, Verdict: Errored, Line: scenario.Line, Reason: "the scenario never ran",
	}}
}

func (s *suite) collect(r ScenarioResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results[r.Scenario.key()] = r
}

// initialize gives a scenario its world. Hooks recover: a panic in one would
// end the process.
func (s *suite) initialize(sc *godog.ScenarioContext) {
	w := &world{suite: s}
	sc.Before(func(ctx context.Context, pickle *godog.Scenario) (_ context.Context, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%w: panic: %v", errSuite, p)
			}
			w.note(err)
		}()
		return ctx, w.begin(ctx, pickle.Uri+"\x00"+pickle.Name)
	})
	sc.StepContext().Before(func(ctx context.Context, _ *godog.Step) (context.Context, error) {
		if w.scenario != nil && w.next < len(w.scenario.steps) && w.err == nil {
			w.step = w.scenario.steps[w.next]
			w.next++
		}
		return ctx, nil
	})
	sc.StepContext().After(func(ctx context.Context, _ *godog.Step, _ godog.StepResultStatus, err error) (context.Context, error) {
		w.note(err)
		return ctx, nil
	})
	sc.After(func(ctx context.Context, _ *godog.Scenario, err error) (_ context.Context, fault error) {
		defer func() {
			if p := recover(); p != nil {
				fault = fmt.Errorf("%w: panic: %v", errSuite, p)
			}
		}()
		w.note(err)
		before := w.err
		w.end(ctx)
		if before == nil {
			return ctx, w.err
		}
		return ctx, nil
	})
	w.register(sc)
}
