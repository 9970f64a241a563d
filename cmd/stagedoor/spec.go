package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/spec"
)

func specCommand() *cobra.Command {
	cmd := group("spec", "Print the contract", "Prints the contract: its operations, their outcomes, and what the documents leave open.")
	cmd.AddCommand(specListCommand(), specShowCommand(), specOutcomesCommand(), specQuestionsCommand(), specExportCommand())
	return cmd
}

// withContract makes the body of a verb that reads the contract.
func withContract(body func(cmd *cobra.Command, c *spec.Contract, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := spec.Load()
		if err != nil {
			return err
		}
		return body(cmd, c, args)
	}
}

// completing offers the names that a verb's one argument can be.
func completing(names func(*spec.Contract) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		c, err := spec.Load()
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(c), cobra.ShellCompDirectiveNoFileComp
	}
}

func systemNames(c *spec.Contract) []string {
	var names []string
	for _, s := range c.Systems {
		names = append(names, s.Name)
	}
	return names
}

// unknown is the refusal of a name that is none of the known ones: with the
// one that was probably meant, else with help.
func unknown(what, name string, known []string, help string) error {
	if near := spec.Nearest(name, known); near != "" {
		return usagef("unknown %s %q; did you mean %s?", what, name, near)
	}
	return usagef("unknown %s %q; %s", what, name, help)
}

// unknownSystem is unknown for one of a few names.
func unknownSystem(name string, known []string) error {
	return unknown("system", name, known, "there is "+strings.Join(known, ", "))
}

// touched words a list of operations, "every operation of watch" where it is
// that.
func touched(c *spec.Contract, systems, operations []string) string {
	if len(operations) == 0 {
		return "every operation of " + strings.Join(systems, " and ")
	}
	var words []string
	for _, s := range c.Systems {
		var own []string
		for _, o := range s.Operations {
			if slices.Contains(operations, o.Name()) {
				own = append(own, o.Name())
			}
		}
		if len(own) > 1 && len(own) == len(s.Operations) {
			own = []string{"every operation of " + s.Name}
		}
		words = append(words, own...)
	}
	return strings.Join(words, ", ")
}

// tolerated words what is as good as an outcome's own status and code, "" for
// nothing.
func tolerated(o *spec.Outcome) string {
	var words []string
	if len(o.Tolerate.Status) > 0 {
		words = append(words, "status "+numbers(o.Tolerate.Status))
	}
	if o.Tolerate.Failing {
		words = append(words, "any failing code")
	} else if len(o.Tolerate.Codes) > 0 {
		words = append(words, "code "+numbers(o.Tolerate.Codes))
	}
	return strings.Join(words, "; ")
}

func numbers(values []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(values), " ", ", "), "[]")
}

// code is an outcome's application code as text, "" for none.
func code(o *spec.Outcome) string {
	if o.Code == nil {
		return ""
	}
	return fmt.Sprint(o.Code)
}

// message is the text for people in an outcome's sample, "" for none.
func message(o *spec.Outcome) string {
	value, err := spec.DecodeJSON(o.Sample())
	if err != nil {
		return ""
	}
	for _, key := range strings.Split(strings.TrimPrefix(o.MessageField(), "/"), "/") {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	text, _ := value.(string)
	return text
}
