package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"stagedoor/mockserver"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

func mockCommand() *cobra.Command {
	f := &mockFlags{}
	cmd := &cobra.Command{
		Use: "mock", Short: "Serve the mocked APIs", Args: cobra.NoArgs,
		Long: `Serves the mocked APIs and, on an address of its own, the control API, until it is
interrupted. What to call stands on stdout, the log of the calls on stderr.

Settings apply to the default sandbox, on top of what --state says.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.serve(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.register(cmd.Flags())
	return cmd
}

// serve runs the mock until it is told to stop, by ctx or by a signal.
func (f *mockFlags) serve(ctx context.Context, stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the calls in flight
	m, err := f.build(ctx, stderr, func(*mockserver.Config) {})
	if err != nil {
		return err
	}
	b, err := newBanner(ctx, f, m)
	if err != nil {
		return errors.Join(err, m.api.Close(), m.control.Close())
	}
	b.print(stdout)
	m.log.Info("listening", "api", b.api, "control", b.control)
	err = m.server.Serve(ctx, m.api, m.control)
	m.log.Info("stopped")
	return err
}

// mock is a mock that is ready to serve on its listeners.
type mock struct {
	server       *mockserver.Server
	api, control net.Listener
	identity     *tls.Certificate // nil for plain HTTP
	log          *slog.Logger
}

// build makes the mock that the flags ask for. The last word on what it is made
// of is edit's.
func (f *mockFlags) build(ctx context.Context, log io.Writer, edit func(*mockserver.Config)) (*mock, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	m := &mock{log: slog.New(f.logHandler(log))}
	var err error
	if m.identity, err = f.identity(); err != nil {
		return nil, err
	}
	contract, err := spec.Load()
	if err != nil {
		return nil, err
	}
	config, err := f.config(contract)
	if err != nil {
		return nil, err
	}
	config.Log = m.log
	edit(&config)
	if m.server, err = mockserver.New(ctx, config); err != nil {
		return nil, f.blame(err)
	}
	m.api, m.control, err = f.listen(m.identity)
	return m, err
}

// blame names the flag behind an error about the state that the mock starts from.
func (f *mockFlags) blame(err error) error {
	var problem *sandbox.Problem
	if f.state != "" && errors.As(err, &problem) {
		return usagef("%s %s: %w", f.origin("state"), f.state, err)
	}
	return err
}

// listen opens both listeners, or none.
func (f *mockFlags) listen(identity *tls.Certificate) (api, control net.Listener, err error) {
	open := func(flag, value string) (net.Listener, error) {
		address, err := f.address(flag, value)
		if err != nil {
			return nil, err
		}
		l, err := net.ListenTCP("tcp", address)
		if err != nil {
			return nil, f.cannotListen(flag, value, err)
		}
		if identity == nil {
			return l, nil
		}
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*identity}, NextProtos: []string{"http/1.1"}}), nil
	}
	if api, err = open("addr", f.addr); err != nil {
		return nil, nil, err
	}
	if control, err = open("control-addr", f.controlAddr); err != nil {
		return nil, nil, errors.Join(err, api.Close())
	}
	return api, control, nil
}
