package main

import (
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

func specOutcomesCommand() *cobra.Command {
	var magic bool
	cmd := &cobra.Command{
		Use: "outcomes [SYSTEM]", Short: "List what each operation can answer",
		Long: `Lists every outcome of every operation: a line each, with HTTP status, application
code and text. The outcomes of a system as a whole stand under the system's name.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completing(systemNames),
		RunE: withContract(func(cmd *cobra.Command, c *spec.Contract, args []string) error {
			systems := c.Systems
			if len(args) == 1 {
				s := c.System(args[0])
				if s == nil {
					return unknownSystem(args[0], systemNames(c))
				}
				systems = []*spec.System{s}
			}
			if magic {
				table(cmd.OutOrStdout(), "", magicRows(systems))
				return nil
			}
			rows := [][]string{{"OPERATION", "OUTCOME", "STATUS", "CODE", "MESSAGE"}}
			for _, s := range systems {
				for _, o := range s.Operations {
					rows = append(rows, outcomeRows(o.Name(), o.Outcomes)...)
				}
				rows = append(rows, outcomeRows(s.Name, s.Outcomes)...)
			}
			table(cmd.OutOrStdout(), "", rows)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&magic, "magic", false, "list the identities that choose each outcome, for clients that cannot set a header")
	return cmd
}

func outcomeRows(of string, outcomes []*spec.Outcome) [][]string {
	var rows [][]string
	for _, o := range outcomes {
		rows = append(rows, []string{of, o.Name, strconv.Itoa(o.Status), orDash(code(o)), orDash(message(o))})
	}
	return rows
}

// magicRows lists the identities that choose an outcome. An e-mail address
// counts in whatever request carries it, and in its account's session; a phone
// number in a request that has a field for one.
func magicRows(systems []*spec.System) [][]string {
	rows := [][]string{{"OPERATION", "OUTCOME", "E-MAIL", "PHONE"}}
	for _, s := range systems {
		for _, o := range s.Operations {
			takesPhone := takes(o, "phone", "phone_number", "mobileNumber")
			for _, outcome := range o.Outcomes {
				phone := ""
				if takesPhone {
					phone, _ = pipeline.MagicPhone(o, outcome)
				}
				rows = append(rows, []string{o.Name(), outcome.Name, pipeline.MagicEmail(o, outcome), orDash(phone)})
			}
		}
	}
	return rows
}

// takes says whether a request of the operation has a parameter or a field of
// one of these names.
func takes(o *spec.Operation, names ...string) bool {
	for _, p := range parametersOf(o) {
		if slices.Contains(names, p.Name) {
			return true
		}
	}
	body := published(o).RequestBody
	if body == nil || body.Value.Content.Get("application/json") == nil {
		return false
	}
	return holds(body.Value.Content.Get("application/json").Schema.Value, names)
}

func holds(schema *openapi3.Schema, names []string) bool {
	for name := range schema.Properties {
		if slices.Contains(names, name) {
			return true
		}
	}
	return slices.ContainsFunc(slices.Concat(schema.OneOf, schema.AnyOf), func(branch *openapi3.SchemaRef) bool {
		return holds(branch.Value, names)
	})
}
