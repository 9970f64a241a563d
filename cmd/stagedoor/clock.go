package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/sandbox"
)

// clockFlags are the flags of the verb clock.
type clockFlags struct {
	controlFlags
	advance            time.Duration
	to                 string
	freeze, thaw, json bool
}

func clockCommand() *cobra.Command {
	f := &clockFlags{}
	cmd := &cobra.Command{
		Use: "clock", Short: "Show, move, stop or start the clock of a sandbox", Args: cobra.NoArgs,
		Long: `Shows the clock of a sandbox, after moving it where that is asked for. A clock
moves forward only. --advance and --set go with --freeze or --thaw.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			change, err := f.change()
			if err != nil {
				return err
			}
			return f.exchange(cmd, func(ctx context.Context, c *client.Client) error { return f.move(ctx, c, change, cmd.OutOrStdout()) })
		},
	}
	f.register(cmd.Flags(), true)
	cmd.Flags().DurationVar(&f.advance, "advance", 0, "move it on by this `TIME`, such as 121s")
	cmd.Flags().StringVar(&f.to, "set", "", "move it to this `MOMENT`, such as 2030-01-01T00:00:00Z")
	cmd.Flags().BoolVar(&f.freeze, "freeze", false, "stop it")
	cmd.Flags().BoolVar(&f.thaw, "thaw", false, "let it go on from where it stopped")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// change is what the flags ask for.
func (f *clockFlags) change() (change sandbox.ClockChange, err error) {
	if err := errors.Join(notBoth(f.set, "advance", "set"), notBoth(f.set, "freeze", "thaw")); err != nil {
		return change, err
	}
	if f.set.Changed("advance") && f.advance < time.Millisecond {
		return change, usagef("%s: %s is no way forward; a clock moves by 1ms or more", origin(f.set, "advance"), f.advance)
	}
	change.Advance = f.advance
	if f.to != "" {
		if change.Set, err = time.Parse(time.RFC3339, f.to); err != nil {
			return change, usagef("%s: %q is no time such as 2030-01-01T00:00:00Z", origin(f.set, "set"), f.to)
		}
	}
	if f.freeze || f.thaw {
		change.Frozen = &f.freeze
	}
	return change, nil
}

func (f *clockFlags) move(ctx context.Context, c *client.Client, change sandbox.ClockChange, w io.Writer) error {
	read := func() (sandbox.ClockState, error) { return c.Clock(ctx, f.sandbox) }
	if change != (sandbox.ClockChange{}) {
		read = func() (sandbox.ClockState, error) { return c.MoveClock(ctx, f.sandbox, change) }
	}
	state, err := read()
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, state)
	}
	fmt.Fprintln(w, clockText(state))
	return nil
}

func clockText(state sandbox.ClockState) string {
	text := state.Now.Format(time.RFC3339)
	if state.Frozen {
		text += " frozen"
	}
	return text
}
