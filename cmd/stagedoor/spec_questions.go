package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/spec"
)

func specQuestionsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "questions", Short: "List what the documents leave open",
		Long: `Lists the readings: the places that the documents leave open, each with the honest
ways to understand it. The canonical way stands first. Choose others with
"stagedoor mock --reading ID=OPTION".`,
		Args: cobra.NoArgs,
		RunE: withContract(func(cmd *cobra.Command, c *spec.Contract, _ []string) error {
			w := cmd.OutOrStdout()
			fmt.Fprintln(w, "Questions that the documents leave open; the canonical answer stands first.")
			for _, r := range c.Rows {
				if !derived(r) {
					printQuestion(w, c, r)
				}
			}
			fmt.Fprintln(w, "\nStatuses and codes that are as good as the canonical one, which stands first.")
			var rows [][]string
			for _, r := range c.Rows {
				if derived(r) {
					rows = append(rows, []string{r.ID, optionIDs(r), touched(c, r.Systems, r.Operations)})
				}
			}
			fmt.Fprintln(w)
			table(w, "", rows)
			return nil
		}),
	}
}

// derived says whether a reading follows from what an outcome tolerates. Those
// of readings.yaml have the ids of the ledger, without a dot.
func derived(r spec.Reading) bool { return strings.Contains(r.ID, ".") }

func optionIDs(r spec.Reading) string {
	ids := make([]string, len(r.Options))
	for i, o := range r.Options {
		ids[i] = o.ID
	}
	if r.Open {
		ids = append(ids, "any other failing code")
	}
	return strings.Join(ids, ", ")
}

// printQuestion prints a reading: the question, its options, where it matters.
func printQuestion(w io.Writer, c *spec.Contract, r spec.Reading) {
	fmt.Fprintln(w)
	item(w, "", r.ID+"  ", r.Question)
	rows := make([][]string, len(r.Options))
	for i, o := range r.Options {
		rows[i] = []string{o.ID, o.Summary}
	}
	table(w, "    ", rows)
	if r.Open {
		paragraph(w, "    ", "or any other code of failure")
	}
	item(w, "    ", "in ", touched(c, r.Systems, r.Operations))
}
