package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes of every verb.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	// exitInterrupted is what shells say of a command that SIGINT has ended.
	exitInterrupted = 130
)

// usageError is a mistake in how the command was called: an unknown name, a
// bad value. Everything else that goes wrong is a failure at run time.
type usageError struct{ cause error }

// Error is the text of the cause.
func (e *usageError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *usageError) Unwrap() error { return e.cause }

// usagef makes a usage error, worded as by fmt.Errorf.
func usagef(format string, args ...any) error {
	return &usageError{cause: fmt.Errorf(format, args...)}
}

// exitError ends a verb with an exit code of its own.
type exitError struct {
	code int
	// cause is printed; nil says that what there was to say has been said.
	cause error
}

// Error is the text of the cause, or names the code.
func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.cause }

// run is the whole command: it never ends the process and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &stickyWriter{to: stdout}
	root, started := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.err
	}
	var usage *usageError
	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		if exit.cause != nil {
			fmt.Fprintf(stderr, "stagedoor: %v\n", exit.cause)
		}
		return exit.code
	case !started() || errors.As(err, &usage):
		fmt.Fprintf(stderr, "stagedoor: %v\nRun \"%s --help\" for usage.\n", err, cmd.CommandPath())
		return exitUsage
	default:
		fmt.Fprintf(stderr, "stagedoor: %v\n", err)
		return exitFailed
	}
}

// newRoot returns the tree of verbs. started says whether a verb has begun:
// what cobra complains about before that is how it was called.
func newRoot() (root *cobra.Command, started func() bool) {
	began := false
	root = group("stagedoor", "A mock of documented APIs, and the contract that it keeps",
		`A stateful mock of four documented APIs, and the machine-checkable contract
that it keeps.

Every flag is also an environment variable: --control-addr is
STAGEDOOR_CONTROL_ADDR. A flag wins over its variable.

Exit codes: 0 success, 1 failure at run time, 2 wrong usage, 130 interrupted. exec
ends as its command does.`)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := setFromEnvironment(cmd.Flags()); err != nil {
			return err
		}
		began = true
		return nil
	}
	root.AddCommand(
		mockCommand(), execCommand(),
		inboxCommand(), codeCommand(), clockCommand(), sandboxCommand(), faultCommand(), coverageCommand(),
		specCommand(), explainCommand(), healthCommand(), versionCommand(),
	)
	root.SetHelpCommand(helpCommand(root))
	return root, func() bool { return began }
}

// group returns a command that only holds others. Called by itself, or with a
// name that it does not have, it is a mistake and not a success.
func group(use, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs a command: %s", cmd.CommandPath(), strings.Join(verbs(cmd), ", "))
			}
			hint := ""
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "; did you mean " + near[0] + "?"
			}
			return usagef("unknown command %q for %s%s", args[0], cmd.CommandPath(), hint)
		},
		SuggestionsMinimumDistance: 2,
	}
}

func verbs(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// helpCommand is cobra's, but for its answer to an unknown name, which is
// theirs a success.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Say how a command is used",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("no help for %q: there is no such command", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// stickyWriter remembers the first failure, so that output that was cut off by
// a full disk is not reported as a success.
type stickyWriter struct {
	to  io.Writer
	err error
}

// Write passes p on.
func (w *stickyWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.to.Write(p)
	if err != nil {
		w.err = fmt.Errorf("write the output: %w", err)
	}
	return n, w.err
}
