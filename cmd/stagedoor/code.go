package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/inbox"
)

func codeCommand() *cobra.Command {
	f := &controlFlags{}
	var filter inbox.Filter
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "code", Short: "Print the newest one-time code that would be accepted", Args: cobra.NoArgs,
		Long: `Prints the newest live code of a sandbox and nothing else, for scripts:

  code=$(stagedoor code --to 919876500001 --wait 10s)

A code that was used or replaced, is locked or has expired on the sandbox's
clock is not live. Without one it fails.`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if wait < 0 {
			return usagef("%s: %s is below zero", origin(cmd.Flags(), "wait"), wait)
		}
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error {
			code, err := c.Code(ctx, f.sandbox, filter, wait)
			var p *client.Problem
			if errors.As(err, &p) && p.Status == http.StatusNotFound && p.Field() == "code" {
				return fmt.Errorf("no live code in sandbox %s%s; see \"stagedoor inbox\", or wait for one with --wait", f.sandbox, sought(filter))
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), code)
			return nil
		})
	}
	f.register(cmd.Flags(), true)
	cmd.Flags().StringVar(&filter.To, "to", "", "that went to this `ADDRESS`: an e-mail address, or a phone number with its country code")
	cmd.Flags().StringVar(&filter.Token, "token", "", "of the challenge with this `TOKEN`")
	cmd.Flags().DurationVar(&wait, "wait", 0, "how `LONG` to wait for one, such as 10s")
	return cmd
}

// sought words a filter.
func sought(f inbox.Filter) string {
	text := ""
	if f.To != "" {
		text += " to " + f.To
	}
	if f.Token != "" {
		text += " of token " + f.Token
	}
	return text
}
