package mockserver

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/digipay"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
	"stagedoor/mockserver/subscriber"
	"stagedoor/mockserver/verifynow"
	"stagedoor/mockserver/watch"
	"stagedoor/spec"
)

// Config says what a mock is made of. The zero value is the mock that
// `stagedoor mock` starts: all systems, the default sandbox of the fixtures, a
// memory store, the real time, no log.
type Config struct {
	// Contract is the contract to behave by; nil loads the embedded one.
	Contract *spec.Contract
	// Systems to mount, by name; empty means all that have a behaviour.
	Systems []string
	// Store keeps the state; nil means memory.
	Store store.Driver
	// Clock is the real time, as far as the mock is concerned.
	Clock clock.Clock
	// Entropy makes ids and credentials; nil means crypto/rand.
	Entropy io.Reader
	// State is the default sandbox; nil means that of the fixtures.
	State *sandbox.Document
	// Log gets a record for each answered call.
	Log *slog.Logger
	// Latency delays every reply of the APIs.
	Latency time.Duration
	// Silent leaves the Stagedoor-* headers out.
	Silent bool
	// Unchecked sends replies without holding them against the contract first.
	Unchecked bool
	// FeedLimit bounds inbox and journal of each sandbox; 0 means 10 000 entries.
	FeedLimit int
	// SandboxTTL is how long a sandbox other than the default one is kept that
	// nobody calls; 0 means 24 hours, less than that for ever.
	SandboxTTL time.Duration
	// ControlToken, where set, must come with every call of the control API.
	ControlToken string
	// Pprof serves the profiles of the Go runtime on the control API.
	Pprof bool
	// ControlHosts are further names by which the control API may be called.
	ControlHosts []string
}

const (
	defaultFeedLimit  = 10_000
	defaultSandboxTTL = 24 * time.Hour
)

// withDefaults fills in what is absent.
func (c Config) withDefaults() (Config, error) {
	if c.Contract == nil {
		contract, err := spec.Load()
		if err != nil {
			return c, err
		}
		c.Contract = contract
	}
	if c.Store == nil {
		c.Store = store.NewMemory()
	}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	if c.Entropy == nil {
		c.Entropy = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.FeedLimit == 0 {
		c.FeedLimit = defaultFeedLimit
	}
	if c.SandboxTTL == 0 {
		c.SandboxTTL = defaultSandboxTTL
	}
	if c.State == nil {
		state, err := sandbox.Fixture()
		if err != nil {
			return c, err
		}
		c.State = &state
	}
	return c, nil
}

// behaviours are the systems that have a behaviour package.
func behaviours() []pipeline.System {
	return []pipeline.System{
		subscriber.System(),
		digipay.System(),
		watch.System(),
		verifynow.System(),
	}
}

// Systems lists the names of the systems that can be mounted.
func Systems() []string {
	var names []string
	for _, s := range behaviours() {
		names = append(names, s.Name)
	}
	return names
}

// mounted are the chosen systems.
func mounted(names []string) ([]pipeline.System, error) {
	all := behaviours()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []pipeline.System
	for _, name := range names {
		i := slices.IndexFunc(all, func(s pipeline.System) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("system %q has no behaviour; there is %s", name, strings.Join(Systems(), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
