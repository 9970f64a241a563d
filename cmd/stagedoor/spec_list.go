package main

import (
	"github.com/spf13/cobra"

	"stagedoor/spec"
)

func specListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the operations: name, method, path", Args: cobra.NoArgs,
		RunE: withContract(func(cmd *cobra.Command, c *spec.Contract, _ []string) error {
			var rows [][]string
			for _, s := range c.Systems {
				for _, o := range s.Operations {
					rows = append(rows, []string{o.Name(), o.Method, o.Path})
				}
			}
			table(cmd.OutOrStdout(), "", rows)
			return nil
		}),
	}
}
