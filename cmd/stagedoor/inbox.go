package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/inbox"
)

// inboxFlags are the flags of the verb inbox.
type inboxFlags struct {
	controlFlags
	filter       inbox.Filter
	wait         time.Duration
	follow, json bool
}

func inboxCommand() *cobra.Command {
	f := &inboxFlags{}
	cmd := &cobra.Command{
		Use: "inbox", Short: "Show what a sandbox sent: SMS and e-mail, with their codes", Args: cobra.NoArgs,
		Long: `Shows the messages that a sandbox sent, oldest first. Times are those of the
sandbox's clock.

With --wait it waits until there is one, and fails when none comes. With
--follow it goes on with those that come, until it is interrupted; as JSON, with
one object on each line.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.exchange(cmd, func(ctx context.Context, c *client.Client) error { return f.show(ctx, c, cmd.OutOrStdout()) })
		},
	}
	f.register(cmd.Flags(), true)
	set := cmd.Flags()
	set.StringVar(&f.filter.To, "to", "", "only those to this `ADDRESS`: an e-mail address, or a phone number with its country code")
	set.StringVar(&f.filter.Channel, "channel", "", "only those that went by `CHANNEL`: sms or email")
	set.StringVar(&f.filter.Purpose, "purpose", "", "only those for `PURPOSE`, such as login or password_reset")
	set.StringVar(&f.filter.Token, "token", "", "only that of the challenge with this `TOKEN`")
	set.StringVar(&f.filter.After, "after", "", "only those newer than the message with this `ID`")
	set.DurationVar(&f.wait, "wait", 0, "how `LONG` to wait for a message, such as 10s")
	set.BoolVar(&f.follow, "follow", false, "go on with the messages that come")
	set.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (f *inboxFlags) show(ctx context.Context, c *client.Client, w io.Writer) error {
	if err := notBoth(f.set, "wait", "follow"); err != nil {
		return err
	}
	if f.wait < 0 {
		return usagef("%s: %s is below zero", origin(f.set, "wait"), f.wait)
	}
	if f.follow {
		return f.goOn(ctx, c, w)
	}
	messages, err := c.Messages(ctx, f.sandbox, f.filter, f.wait)
	switch {
	case err != nil:
		return err
	case len(messages) == 0 && f.wait > 0:
		return fmt.Errorf("no message came to sandbox %s within %s", f.sandbox, f.wait)
	case f.json:
		return printJSON(w, map[string][]inbox.Message{"messages": messages})
	}
	rows := [][]string{messageHeading()}
	for _, m := range messages {
		rows = append(rows, messageRow(m))
	}
	table(w, "", rows)
	return nil
}

// goOn prints messages as they come. To be interrupted is how it ends.
func (f *inboxFlags) goOn(ctx context.Context, c *client.Client, w io.Writer) error {
	print := func(row []string) error {
		_, err := fmt.Fprintf(w, "%-5s %-20s %-10s %-7s %-16s %-8s %s\n", row[0], row[1], row[2], row[3], row[4], row[5], row[6])
		return err
	}
	if !f.json {
		if err := print(messageHeading()); err != nil {
			return err
		}
	}
	for {
		messages, err := c.Messages(ctx, f.sandbox, f.filter, time.Minute)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range messages {
			f.filter.After = m.ID
			if f.json {
				err = json.NewEncoder(w).Encode(m)
			} else {
				err = print(messageRow(m))
			}
			if err != nil {
				return err
			}
		}
	}
}

// messageHeading and messageRow have the address last: e-mail addresses can be long.
func messageHeading() []string {
	return []string{"ID", "AT", "SYSTEM", "CHANNEL", "PURPOSE", "CODE", "TO"}
}

func messageRow(m inbox.Message) []string {
	return []string{m.ID, m.At.UTC().Format(time.RFC3339), m.System, m.Channel, m.Purpose, orDash(m.Code), printable(m.To)}
}
