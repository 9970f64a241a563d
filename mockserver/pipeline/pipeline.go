package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// MaxBody is the largest request body, in bytes, that is read.
const MaxBody = 1 << 20

// Config is what a pipeline stands on.
type Config struct {
	Contract  *spec.Contract
	Sandboxes *sandbox.Registry
	Clock     clock.Clock
	Systems   []System
	// Log gets one record for each answered call.
	Log *slog.Logger
	// Observe is told of each answered call; it may be nil.
	Observe func(Observation)
	// Silent leaves out the Stagedoor-* headers.
	Silent bool
	// Unchecked sends replies without holding them against the contract first.
	Unchecked bool
	// Latency delays every reply.
	Latency time.Duration
}

// Pipeline answers the requests of all its systems.
type Pipeline struct {
	config  Config
	systems map[string]System
	router  *router
}

// New refuses a system that the contract does not know, and one whose
// behaviours and operations do not cover each other.
func New(config Config) (*Pipeline, error) {
	p := &Pipeline{config: config, systems: map[string]System{}}
	var contracts []*spec.System
	for _, system := range config.Systems {
		contract := config.Contract.System(system.Name)
		if contract == nil {
			return nil, fmt.Errorf("no contract for system %q", system.Name)
		}
		if err := system.check(contract); err != nil {
			return nil, err
		}
		p.systems[system.Name] = system
		contracts = append(contracts, contract)
	}
	p.router = newRouter(contracts)
	return p, nil
}

// Systems are the contracts that are answered.
func (p *Pipeline) Systems() []*spec.System { return slices.Clone(p.router.systems) }

// ServeHTTP answers one request: the list in the package comment.
func (p *Pipeline) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if preflight(w, r) {
		return
	}
	x := p.begin(r) // 1
	// A client that goes away in the middle never leaves half a change behind.
	p.answer(context.WithoutCancel(r.Context()), x) // 2 to 7
	x.spoil(r.Context())
	if p.config.Latency > 0 {
		// Only the client's leaving cuts this short; the reply then goes nowhere.
		_ = clock.Sleep(r.Context(), p.config.Latency)
	}
	// Before the reply goes out: who has it can find it in the journal.
	p.record(x) // 8
	x.send(w)
}

// answer decides what the exchange's reply is. Whatever goes wrong, there is
// one: a panic or an unknown error is logged whole and shown as serverError.
func (p *Pipeline) answer(ctx context.Context, x *exchange) {
	defer func() {
		if fault := recover(); fault != nil {
			p.fail(x, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
		}
	}()
	reply, err := p.reply(ctx, x)
	if err == nil && !x.replaced() {
		err = p.render(x, x.swapped(reply)) // 7
	}
	if err != nil {
		p.fail(x, err)
	}
}

// reply runs the phases up to the outcome. The first that answers ends it.
func (p *Pipeline) reply(ctx context.Context, x *exchange) (spec.Reply, error) {
	phases := []func(context.Context, *exchange) (*spec.Reply, error){
		p.findSandbox,      // 2 (1 was done by begin)
		p.preferredOutcome, // 3
		p.faultRule,
		p.carriedMagic,
		p.identify, // 4
		p.countCall,
		p.checkPath,
		p.authorize,
		p.sessionMagic,
		p.checkQuota,
		p.checkInput, // 5
		p.behave,     // 6
	}
	for _, phase := range phases {
		if reply, err := phase(ctx, x); err != nil || reply != nil {
			if err != nil {
				return spec.Reply{}, err
			}
			return *reply, nil
		}
	}
	return spec.Reply{}, errors.New("no phase answered")
}

// fail answers with serverError and says in the log what happened.
func (p *Pipeline) fail(x *exchange, err error) {
	p.config.Log.Error("the mock failed to answer", "method", x.request.Method, "path", x.request.URL.Path, "error", err)
	reply := spec.Reply{Outcome: spec.OutcomeServerError, Reason: "a fault of the mock; its log has the details"}
	if x.operation == nil || x.sandbox == nil || p.render(x, reply) != nil {
		x.problem(http.StatusInternalServerError, "fault of the mock", reply.Reason)
	}
}
