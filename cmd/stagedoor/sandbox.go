package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stagedoor/mockserver"
	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/sandbox"
)

func sandboxCommand() *cobra.Command {
	cmd := group("sandbox", "Make, show, reset and delete sandboxes",
		"A sandbox is a universe of accounts, clock, inbox and journal, chosen by the\ncredentials that a call carries.")
	cmd.AddCommand(
		sandboxListCommand(), sandboxCreateCommand(),
		sandboxVerb("show", "Show a sandbox and its credentials", (*client.Client).Sandbox),
		sandboxVerb("reset", "Take a sandbox back to its start; settings, credentials and clock stay", (*client.Client).ResetSandbox),
		sandboxDeleteCommand(),
	)
	return cmd
}

func sandboxListCommand() *cobra.Command {
	f := &controlFlags{}
	cmd := &cobra.Command{Use: "list", Short: "List the sandboxes", Args: cobra.NoArgs}
	f.register(cmd.Flags(), false)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error {
			all, err := c.Sandboxes(ctx)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), map[string][]client.Sandbox{"sandboxes": all})
			}
			rows := [][]string{{"ID", "CREATED", "CLOCK", "NAME"}}
			for _, s := range all {
				rows = append(rows, []string{s.ID, s.CreatedAt.Format(time.RFC3339), clockText(s.Clock), orDash(printable(s.Name))})
			}
			table(cmd.OutOrStdout(), "", rows)
			return nil
		})
	}
	return cmd
}

// sandboxVerb is a verb that ends in showing one sandbox.
func sandboxVerb(name, short string, call func(*client.Client, context.Context, string) (client.Sandbox, error)) *cobra.Command {
	f := &controlFlags{}
	cmd := &cobra.Command{Use: name + " [ID]", Short: short, Args: cobra.MaximumNArgs(1)}
	f.register(cmd.Flags(), true)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.chooseSandbox(args); err != nil {
			return err
		}
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error {
			s, err := call(c, ctx, f.sandbox)
			if err != nil {
				return err
			}
			return printSandbox(cmd.OutOrStdout(), s, *asJSON)
		})
	}
	return cmd
}

func sandboxDeleteCommand() *cobra.Command {
	f := &controlFlags{}
	cmd := &cobra.Command{Use: "delete [ID]", Short: "Delete a sandbox with everything in it", Args: cobra.MaximumNArgs(1)}
	f.register(cmd.Flags(), true)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.chooseSandbox(args); err != nil {
			return err
		}
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error { return c.DeleteSandbox(ctx, f.sandbox) })
	}
	return cmd
}

// chooseSandbox takes the sandbox from the arguments, which win over a variable.
func (f *controlFlags) chooseSandbox(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if f.set.Changed("sandbox") && origin(f.set, "sandbox") == "--sandbox" {
		return usagef("give the sandbox once, as an argument or with --sandbox")
	}
	if args[0] == "" {
		return usagef("a sandbox's id cannot be empty")
	}
	f.sandbox = args[0]
	return nil
}

func jsonFlag(cmd *cobra.Command) *bool { return cmd.Flags().Bool("json", false, "print JSON") }

func printSandbox(w io.Writer, s client.Sandbox, asJSON bool) error {
	if asJSON {
		return printJSON(w, s)
	}
	fmt.Fprintf(w, "%s\n\n", s.ID)
	rows := [][]string{}
	for _, row := range [][]string{{"name", printable(s.Name)}, {"seed", fmt.Sprint(s.Seed)}, {"clock", clockText(s.Clock)}, {"codes", codesText(s.OTP)}} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	if len(s.Readings) > 0 {
		rows = append(rows, []string{"readings", chosenText(s.Readings)})
	}
	table(w, "  ", rows)
	fmt.Fprintln(w)
	printCredentials(w, s.Credentials, mockserver.Systems())
	return nil
}

func codesText(o sandbox.OTPSettings) string {
	var words []string
	if o.Mode != "" {
		words = append(words, strings.TrimSpace(o.Mode+" "+o.Code))
	}
	if o.MaxAttempts > 0 {
		words = append(words, fmt.Sprintf("%d attempts", o.MaxAttempts))
	}
	return strings.Join(words, ", ")
}
