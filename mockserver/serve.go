package mockserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"stagedoor/mockserver/clock"
)

// grace is how long calls in flight may take to end after the context has.
const grace = 5 * time.Second

// Serve answers on both listeners until ctx ends, then lets the calls in
// flight finish. It returns nil after such an end.
func (s *Server) Serve(ctx context.Context, api, controlAPI net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sweeping sync.WaitGroup
	defer sweeping.Wait()
	sweeping.Go(func() { s.sweep(ctx) })
	listeners := []*listener{
		newListener(ctx, api, s.API()),
		newListener(ctx, controlAPI, s.Control()),
	}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() {
			ended <- l.server.Serve(l.Listener)
			cancel() // one that cannot go on takes the other with it
		}()
	}
	<-ctx.Done()
	deadline, done := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer done()
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.stop(deadline))
	}
	for range listeners {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweep deletes sandboxes that nobody uses until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	// Often enough that one is not kept much longer than it has to be.
	pause := min(s.config.SandboxTTL/16, 10*time.Minute)
	for pause > 0 && clock.Sleep(ctx, pause) == nil {
		deleted, err := s.sandboxes.Sweep(context.WithoutCancel(ctx))
		if err != nil {
			s.config.Log.Error("the mock failed to look for idle sandboxes", "error", err)
		}
		for _, id := range deleted {
			s.config.Log.Info("deleted a sandbox that nobody has used", "sandbox", id, "for", s.config.SandboxTTL)
		}
	}
}

// listener is an HTTP server with the connections on which nothing has been
// asked yet. Clients open such in advance; Shutdown would wait for them.
type listener struct {
	net.Listener
	server *http.Server

	mu     sync.Mutex
	unused map[net.Conn]struct{}
}

func newListener(ctx context.Context, from net.Listener, h http.Handler) *listener {
	l := &listener{Listener: from, unused: map[net.Conn]struct{}{}}
	l.server = &http.Server{
		Handler: h,
		// Long polls end with ctx.
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		// net/http's own answer to OPTIONS * would not pass the pipeline.
		DisableGeneralOptionsHandler: true,
		ConnState:                    l.track,
	}
	return l
}

func (l *listener) track(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if state == http.StateNew {
		l.unused[conn] = struct{}{}
	} else {
		delete(l.unused, conn)
	}
}

// stop lets calls in flight finish until ctx ends.
func (l *listener) stop(ctx context.Context) error {
	closed := make(chan error, 1)
	go func() { closed <- l.server.Shutdown(ctx) }()
	l.mu.Lock()
	for conn := range l.unused {
		_ = conn.Close() // nothing was asked on it
	}
	l.mu.Unlock()
	err := <-closed
	if errors.Is(err, context.DeadlineExceeded) {
		// What has not ended by now waits for a client that does not go on.
		return l.server.Close()
	}
	return err
}
