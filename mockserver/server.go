package mockserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// Server is a mock. Its two handlers may be mounted anywhere; [Server.Serve]
// serves them on listeners of their own.
type Server struct {
	config    Config
	pipeline  *pipeline.Pipeline
	sandboxes *sandbox.Registry
	control   *control.API
}

// New makes a mock with its default sandbox. It refuses a contract and
// behaviours that do not cover each other, and a state that cannot be followed.
func New(ctx context.Context, config Config) (*Server, error) {
	given := config.State != nil
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	systems, err := mounted(config.Systems)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config}
	s.sandboxes = sandbox.New(sandbox.Config{
		Contract: config.Contract, Store: config.Store, Clock: config.Clock, Entropy: config.Entropy, FeedLimit: config.FeedLimit,
		TTL: max(config.SandboxTTL, 0),
	})
	metrics := control.NewMetrics()
	s.pipeline, err = pipeline.New(pipeline.Config{
		Contract: config.Contract, Sandboxes: s.sandboxes, Clock: config.Clock, Systems: systems, Log: config.Log,
		Observe: metrics.Observe, Silent: config.Silent, Unchecked: config.Unchecked, Latency: config.Latency,
	})
	if err != nil {
		return nil, err
	}
	if err := s.makeDefault(ctx, given); err != nil {
		return nil, fmt.Errorf("make the default sandbox: %w", err)
	}
	s.control = control.New(control.Config{
		Contract: config.Contract, Systems: s.pipeline.Systems(), Sandboxes: s.sandboxes, Clock: config.Clock,
		Metrics: metrics, Pprof: config.Pprof, Token: config.ControlToken, Hosts: config.ControlHosts, Log: config.Log,
	})
	return s, nil
}

// makeDefault makes the default sandbox, or brings it in line with a state that
// was given. One that the store already has is left as it is otherwise.
func (s *Server) makeDefault(ctx context.Context, given bool) error {
	if !given {
		_, err := s.sandboxes.Open(ctx, sandbox.DefaultID)
		if !errors.Is(err, sandbox.ErrNotFound) {
			return err
		}
	}
	_, _, err := s.sandboxes.Put(ctx, sandbox.DefaultID, *s.config.State)
	return err
}

// API is the handler of the mocked systems. The contracts are served beside
// them, under /openapi/, where no system has a path.
func (s *Server) API() http.Handler { return control.WithContracts(s.config.Contract, s.pipeline) }

// Control is the handler of the control API.
func (s *Server) Control() http.Handler { return s.control }

// Sandboxes are the mock's universes, for Go programs that embed it.
func (s *Server) Sandboxes() *sandbox.Registry { return s.sandboxes }

// Contract is what the mock behaves by.
func (s *Server) Contract() *spec.Contract { return s.config.Contract }

// Systems are the contracts of the mounted systems.
func (s *Server) Systems() []*spec.System { return s.pipeline.Systems() }
