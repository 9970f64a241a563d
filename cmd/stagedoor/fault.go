package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/fault"
)

func faultCommand() *cobra.Command {
	cmd := group("fault", "Make answers of a sandbox late, broken or different",
		"Rules are in order: the first that means a call and fires acts on it.")
	cmd.AddCommand(
		faultVerb("list", "List the fault rules of a sandbox, with how often they fired", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, id string, _ json.RawMessage) (fault.Rules, error) {
				return c.Faults(ctx, id)
			}),
		faultVerb("set FILE", "Replace the fault rules of a sandbox by those of a JSON file; - is stdin", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, id string, rules json.RawMessage) (fault.Rules, error) {
				return c.PutFaults(ctx, id, rules)
			}),
		faultVerb("clear", "Remove the fault rules of a sandbox", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, id string, _ json.RawMessage) (fault.Rules, error) {
				return c.PutFaults(ctx, id, fault.Rules{})
			}),
	)
	return cmd
}

// faultVerb is a verb that ends in showing the rules there are.
func faultVerb(use, short string, args cobra.PositionalArgs,
	do func(ctx context.Context, c *client.Client, id string, rules json.RawMessage) (fault.Rules, error)) *cobra.Command {
	f := &controlFlags{}
	cmd := &cobra.Command{Use: use, Short: short, Args: args}
	f.register(cmd.Flags(), true)
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var rules json.RawMessage
		if len(args) > 0 {
			var err error
			if rules, err = readRules(args[0], cmd.InOrStdin()); err != nil {
				return err
			}
		}
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error {
			now, err := do(ctx, c, f.sandbox, rules)
			if err != nil && len(args) > 0 {
				return fmt.Errorf("%s: %w", fileText(args[0]), err)
			}
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]fault.Rules{"rules": now})
			}
			printRules(cmd.OutOrStdout(), now)
			return nil
		})
	}
	return cmd
}

// readRules reads a file with a list of rules, or with an object that has one
// under "rules" as the control API shows it.
func readRules(name string, stdin io.Reader) (json.RawMessage, error) {
	data, err := readFile(name, stdin)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("[")) && json.Valid(data) {
		return data, nil
	}
	object, err := object(name, data)
	if err != nil || object["rules"] == nil || len(object) > 1 {
		return nil, usagef(`%s: holds neither a list of rules nor {"rules": [...]}`, fileText(name))
	}
	return object["rules"], nil
}

func printRules(w io.Writer, rules fault.Rules) {
	rows := [][]string{{"ID", "HITS", "MATCH", "EFFECT"}}
	for _, r := range rules {
		rows = append(rows, []string{r.ID, hitsText(r), orWord(words(r.Match), "every call"), words(r.Effect) + conditions(r)})
	}
	table(w, "", rows)
}

func hitsText(r fault.Rule) string {
	if r.Times == nil {
		return fmt.Sprint(r.Hits)
	}
	return fmt.Sprintf("%d of %d", r.Hits, *r.Times)
}

func conditions(r fault.Rule) string {
	text := ""
	if r.When != "" {
		text += ", " + string(r.When) + " the operation"
	}
	if r.Probability != nil {
		text += fmt.Sprintf(", with probability %v", *r.Probability)
	}
	return text
}

// words is a part of a rule as its JSON has it, in one line: "delay=300ms".
func words(part any) string {
	data, err := json.Marshal(part)
	var fields map[string]json.RawMessage
	if err != nil || json.Unmarshal(data, &fields) != nil {
		return ""
	}
	var all []string
	for name, value := range fields {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		all = append(all, name+"="+text)
	}
	slices.Sort(all)
	return printable(strings.Join(all, " "))
}

func orWord(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}
