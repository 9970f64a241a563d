package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"stagedoor/spec"
)

func specShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show OPERATION", Short: "Show one operation: what it takes and what it answers",
		Long: `Shows the operation with this operationId, in every system that has it; name one
system as in watch.login.`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: completing((*spec.Contract).OperationNames),
		RunE: withContract(func(cmd *cobra.Command, c *spec.Contract, args []string) error {
			operations := c.Operations(args[0])
			if len(operations) == 0 {
				return unknown("operation", args[0], operationIDs(c), "see stagedoor spec list")
			}
			for i, o := range operations {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				showOperation(cmd.OutOrStdout(), o)
			}
			return nil
		}),
	}
}

// operationIDs are all names that an operation goes by.
func operationIDs(c *spec.Contract) []string {
	names := c.OperationNames()
	for _, s := range c.Systems {
		for _, o := range s.Operations {
			names = append(names, o.ID)
		}
	}
	return names
}

// published is the operation as its OpenAPI file has it.
func published(o *spec.Operation) *openapi3.Operation {
	return o.System.Doc.Paths.Value(strings.TrimPrefix(o.Path, o.System.Base)).GetOperation(o.Method)
}

func showOperation(w io.Writer, o *spec.Operation) {
	showHead(w, o)
	doc := published(o)
	fmt.Fprintf(w, "\n  credentials  %s\n", credentialWords(o))
	if parameters := parametersOf(o); len(parameters) > 0 {
		fmt.Fprintln(w, "\n  parameters")
		var rows [][]string
		for _, p := range parameters {
			need := "optional"
			if p.Required {
				need = "required"
			}
			rows = append(rows, []string{p.Name, p.In, need, scalar(p.Schema.Value)})
		}
		table(w, "    ", rows)
	}
	if doc.RequestBody != nil {
		showBody(w, doc.RequestBody.Value)
	}
	if len(o.Refusals) > 0 {
		fmt.Fprintln(w, "\n  refusals")
		showRefusals(w, o)
	}
	fmt.Fprintln(w, "\n  outcomes")
	showOutcomes(w, o)
}

// showHead prints what every account of an operation begins with.
func showHead(w io.Writer, o *spec.Operation) {
	fmt.Fprintf(w, "%s: %s\n", o.Name(), o.Summary)
	fmt.Fprintf(w, "  %s %s\n", o.Method, o.Path)
	for _, alias := range o.Aliases {
		fmt.Fprintf(w, "  %s %s (alias)\n", o.Method, alias)
	}
	fmt.Fprintf(w, "  %s\n", foundation(o.Basis, o.Source))
	if description := published(o).Description; description != "" {
		fmt.Fprintln(w)
		paragraph(w, "  ", plain(description))
	}
}

// foundation says how well something is founded, and where.
func foundation(basis spec.Basis, source spec.Source) string {
	if source.String() == "" {
		return basis.String()
	}
	return basis.String() + ": " + source.String()
}

func credentialWords(o *spec.Operation) string {
	if len(o.Security) == 0 {
		return "none"
	}
	var words []string
	for _, name := range o.Security {
		scheme := o.System.Doc.Components.SecuritySchemes[name].Value
		header := "Authorization: Bearer"
		if scheme.Type == "apiKey" {
			header = scheme.Name
		}
		words = append(words, name+" (header "+header+")")
	}
	return strings.Join(words, ", ")
}

func parametersOf(o *spec.Operation) []*openapi3.Parameter {
	item := o.System.Doc.Paths.Value(strings.TrimPrefix(o.Path, o.System.Base))
	var all []*openapi3.Parameter
	for _, ref := range slices.Concat(item.Parameters, published(o).Parameters) {
		all = append(all, ref.Value)
	}
	return all
}

func showBody(w io.Writer, body *openapi3.RequestBody) {
	need := "optional"
	if body.Required {
		need = "required"
	}
	for _, mediaType := range slices.Sorted(maps.Keys(body.Content)) {
		fmt.Fprintf(w, "\n  body  %s, %s\n", mediaType, need)
		if schema := body.Content[mediaType].Schema; schema != nil {
			p := schemaPrinter{w: w, indent: "    "}
			p.print("body", schema)
		}
	}
}

func showRefusals(w io.Writer, o *spec.Operation) {
	var rows [][]string
	for _, field := range slices.Sorted(maps.Keys(o.Refusals)) {
		r := o.Refusals[field]
		switch {
		case r.Missing == r.Invalid:
			rows = append(rows, []string{field, r.Missing})
		default:
			if r.Missing != "" {
				rows = append(rows, []string{field + " missing", r.Missing})
			}
			if r.Invalid != "" {
				rows = append(rows, []string{field + " invalid", r.Invalid})
			}
		}
	}
	rows = append(rows, []string{"anything else", o.System.DefaultRefusal})
	table(w, "    ", rows)
}

func showOutcomes(w io.Writer, o *spec.Operation) {
	rows := [][]string{{"NAME", "STATUS", "CODE", "MESSAGE", "BASIS", "SOURCE", "AS GOOD"}}
	for _, outcome := range o.Outcomes {
		good := tolerated(outcome)
		if others := o.Alternatives[outcome.Name]; len(others) > 0 {
			good = strings.TrimPrefix(good+"; outcome "+strings.Join(others, ", "), "; ")
		}
		rows = append(rows, []string{
			outcome.Name, strconv.Itoa(outcome.Status), orDash(code(outcome)), orDash(message(outcome)),
			outcome.Basis.String(), orDash(shortSource(outcome.Source)), orDash(good),
		})
	}
	table(w, "    ", rows)
}

// shortSource is the form of a source that explain takes: subscriber-api:681.
func shortSource(s spec.Source) string {
	if s.Document == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.Document, s.Line)
}
