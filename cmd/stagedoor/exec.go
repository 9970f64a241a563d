package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"stagedoor/mockserver"
	"stagedoor/mockserver/sandbox"
)

// The exit codes of a command that could not be run, as shells have them.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
	exitSignalled     = 128 // and the number of the signal
)

// execution is one run of the verb exec.
type execution struct {
	mockFlags
	evidence string
}

func execCommand() *cobra.Command {
	e := &execution{}
	cmd := &cobra.Command{
		Use: "exec [flags] [--] COMMAND [ARGUMENT …]", Short: "Run a command with a mock of its own",
		Long: `Starts a mock on free ports with a fresh sandbox, runs COMMAND with its addresses
and credentials in the environment, and stops:

  stagedoor exec -- npm test
  stagedoor exec --otp fixed:123456 -- sh -c 'curl -i $STAGEDOOR_SUBSCRIBER_URL/…'

The sandbox begins with the accounts of the default fixtures or of --state. It
is the only one with accounts: a call that carries no credential of it is
refused. COMMAND has in its environment

` + variablesText() + `
by which "stagedoor code" and the other verbs find the sandbox as well.

The exit code is that of COMMAND; 128 and the number of the signal that ended
it; 127 when there is no such command, 126 when it cannot be run. When it is not
0, what the mock saw is left in the folder of --evidence: the calls, the
messages, the coverage and the log.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(`needs a command to run, as in "stagedoor exec -- npm test"`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.run(cmd.Context(), args, cmd.InOrStdin(), inherited(cmd.OutOrStdout()), inherited(cmd.ErrOrStderr()))
		},
	}
	set := cmd.Flags()
	set.SetInterspersed(false) // flags behind COMMAND are its own
	e.register(set)
	for _, name := range []string{"addr", "control-addr"} {
		f := set.Lookup(name)
		f.DefValue = "127.0.0.1:0"
		e.addr, e.controlAddr = f.DefValue, f.DefValue
	}
	set.StringVar(&e.evidence, "evidence", "stagedoor-evidence", "`FOLDER` for what the mock saw, when COMMAND fails")
	return cmd
}

// inherited is the writer that a child process can have as its own.
func inherited(w io.Writer) io.Writer {
	if s, ok := w.(*stickyWriter); ok {
		return s.to
	}
	return w
}

func (e *execution) run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	command := exec.Command(args[0], args[1:]...)
	if command.Err != nil {
		return cannotRun(args[0], command.Err)
	}
	log, err := os.CreateTemp("", "stagedoor-exec-*.log")
	if err != nil {
		return fmt.Errorf("make a file for the log: %w", err)
	}
	defer os.Remove(log.Name())
	defer log.Close()
	// The mock outlives ctx, as it does the signals: it ends after COMMAND.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	m, box, err := e.start(serving, log)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- m.server.Serve(serving, m.api, m.control) }()

	command.Stdin, command.Stdout, command.Stderr = stdin, stdout, stderr
	command.Env = e.environment(m, box)
	failure := conduct(ctx, command)
	if ended, ok := errors.AsType[*exec.ExitError](failure); ok {
		e.report(serving, stderr, witness{mock: m, box: box, log: log}, args[0], ended)
		failure = &exitError{code: exitCode(ended.ProcessState)}
	} else if failure != nil {
		failure = cannotRun(args[0], failure)
	}
	stop()
	if err := <-served; err != nil && failure == nil {
		return fmt.Errorf("the mock: %w", err)
	}
	return failure
}

// start builds the mock and makes the sandbox. The default sandbox is empty and
// has credentials that nobody knows, so that a command which does not use what
// it is given cannot pass by accident, and the credentials of a state are free.
func (e *execution) start(ctx context.Context, log io.Writer) (*mock, *sandbox.Sandbox, error) {
	var document sandbox.Document
	m, err := e.build(ctx, log, func(c *mockserver.Config) {
		document = *c.State
		c.State = &sandbox.Document{}
	})
	if err != nil {
		return nil, nil, err
	}
	if e.state == "" {
		document.Name, document.Credentials = "exec", nil
	}
	box, err := m.server.Sandboxes().Create(ctx, document)
	if err != nil {
		return nil, nil, errors.Join(e.blame(err), m.api.Close(), m.control.Close())
	}
	return m, box, nil
}

// conduct runs a command to its end and passes on the signals that ask this
// process to end.
func conduct(ctx context.Context, command *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				if s != os.Interrupt || !inForeground() {
					_ = command.Process.Signal(s) // it may just have ended
				}
			case <-ctx.Done():
				_ = command.Process.Signal(syscall.SIGTERM)
				return
			case <-ended:
				return
			}
		}
	}()
	return command.Wait()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignalled + int(status.Signal())
	}
	return state.ExitCode()
}

// cannotRun says why a command did not start, as a shell does.
func cannotRun(name string, err error) error {
	code := exitNotExecutable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = exitNotFound
	}
	// The causes of os/exec name the command, and some of them twice.
	if inner, ok := errors.AsType[*exec.Error](err); ok {
		err = inner.Err
	} else if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return &exitError{code: code, cause: fmt.Errorf("run %q: %w", name, err)}
}

// environment is this process's own, with what COMMAND has to know.
func (e *execution) environment(m *mock, box *sandbox.Sandbox) []string {
	v := values{api: baseURL(m.api.Addr(), m.identity), control: baseURL(m.control.Addr(), m.identity), token: e.controlToken, box: box}
	for _, s := range m.server.Systems() {
		v.bases = append(v.bases, [2]string{s.Name, s.Base})
	}
	known := map[string]bool{}
	for _, variable := range variables() {
		known[variable.name] = true
	}
	var env []string
	for _, pair := range os.Environ() {
		// What an outer mock has left would lead elsewhere.
		if name, _, _ := strings.Cut(pair, "="); !known[name] {
			env = append(env, pair)
		}
	}
	for _, variable := range variables() {
		if value := variable.value(v); value != "" {
			env = append(env, variable.name+"="+value)
		}
	}
	return env
}

// controlURL is where this process reaches the control API of its mock.
func (m *mock) controlURL() (*url.URL, error) {
	return url.Parse(baseURL(m.control.Addr(), m.identity))
}
