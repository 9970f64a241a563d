package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"stagedoor/spec"
)

// controlName is the name of the mock's own API, which is no system but has an
// OpenAPI file like one.
const controlName = "control"

func specExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export SYSTEM", Short: "Print a system's OpenAPI file",
		Long: `Prints the OpenAPI file of a system, or of the mock's control API under the name
"control".`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: completing(exportable),
	}
	format := cmd.Flags().String("format", "yaml", "`FORMAT` of the file: yaml or json")
	cmd.RunE = withContract(func(cmd *cobra.Command, c *spec.Contract, args []string) error {
		if *format != "yaml" && *format != "json" {
			return usagef("%s: %q is unknown; use yaml or json", origin(cmd.Flags(), "format"), *format)
		}
		if c.System(args[0]) == nil && args[0] != controlName {
			return unknownSystem(args[0], exportable(c))
		}
		data, err := spec.File(args[0] + ".yaml")
		if err != nil {
			return err
		}
		if *format == "json" {
			if data, err = toJSON(data); err != nil {
				return fmt.Errorf("write %s as JSON: %w", args[0], err)
			}
		}
		_, err = cmd.OutOrStdout().Write(data)
		return err
	})
	return cmd
}

func exportable(c *spec.Contract) []string { return append(systemNames(c), controlName) }

// toJSON keeps the order of the keys.
func toJSON(data []byte) ([]byte, error) {
	compact, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n'), nil
}
