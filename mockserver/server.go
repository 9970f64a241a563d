package mockserver

import (
	"context"
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
	})
	s.pipeline, err = pipeline.New(pipeline.Config{
		Contract: config.Contract, Sandboxes: s.sandboxes, Clock: config.Clock, Systems: systems, Log: config.Log,
		Silent: config.Silent, Unchecked: config.Unchecked, Latency: config.Latency,
	})
	if err != nil {
		return nil, err
	}
	if _, _, err := s.sandboxes.Put(ctx, sandbox.DefaultID, *config.State); err != nil {
		return nil, fmt.Errorf("make the default sandbox: %w", err)
	}
	s.control = control.New(control.Config{
		Contract: config.Contract, Systems: s.pipeline.Systems(), Sandboxes: s.sandboxes, Clock: config.Clock,
		Token: config.ControlToken, Hosts: config.ControlHosts, Log: config.Log,
	})
	return s, nil
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
