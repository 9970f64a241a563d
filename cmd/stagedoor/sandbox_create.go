package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/sandbox"
)

// sandboxCreateFlags are the flags of the verb sandbox create.
type sandboxCreateFlags struct {
	controlFlags
	file, name, otp string
	seed            int64
	reading         []string
}

func sandboxCreateCommand() *cobra.Command {
	f := &sandboxCreateFlags{}
	cmd := &cobra.Command{
		Use: "create [ID]", Short: "Make a sandbox; with an ID, make it or bring it in line", Args: cobra.MaximumNArgs(1),
		Long: `Makes a sandbox and prints its id and its credentials. Without an ID it gets one of
its own. With one the call can be repeated: settings are replaced, credentials
and accounts where the file has them.

The flags win over what the file says.`,
	}
	f.register(cmd.Flags(), false)
	asJSON := jsonFlag(cmd)
	set := cmd.Flags()
	set.StringVar(&f.file, "file", "", "JSON `FILE` that says what it is to be like: settings, credentials, accounts; - is stdin")
	set.StringVar(&f.name, "name", "", "a `TEXT` for people")
	set.Int64Var(&f.seed, "seed", 0, "`NUMBER` that makes codes, tokens and ids reproducible")
	set.StringVar(&f.otp, "otp", "", "codes: `random|fixed:DIGITS`, such as fixed:123456")
	set.StringSliceVar(&f.reading, "reading", nil, "option of one reading, `ID=OPTION` (repeatable; see stagedoor spec questions)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		like, err := f.document(cmd.InOrStdin())
		if err != nil {
			return err
		}
		return f.exchange(cmd, func(ctx context.Context, c *client.Client) error {
			s, err := create(ctx, c, args, like)
			if err != nil {
				return f.inFile(err)
			}
			return printSandbox(cmd.OutOrStdout(), s, *asJSON)
		})
	}
	return cmd
}

func create(ctx context.Context, c *client.Client, args []string, like json.RawMessage) (client.Sandbox, error) {
	if len(args) == 0 {
		return c.CreateSandbox(ctx, like)
	}
	return c.PutSandbox(ctx, args[0], like)
}

// document is the file with the flags on top. Whether it can be followed is for
// the control API to say.
func (f *sandboxCreateFlags) document(stdin io.Reader) (json.RawMessage, error) {
	file := json.RawMessage("{}")
	if f.file != "" {
		var err error
		if file, err = readFile(f.file, stdin); err != nil {
			return nil, err
		}
		if _, err := object(f.file, file); err != nil {
			return nil, err
		}
	}
	changes, err := f.changes()
	if err != nil {
		return nil, err
	}
	patch, err := json.Marshal(changes)
	if err != nil {
		return nil, err
	}
	return sandbox.MergePatch(file, patch)
}

// changes are the flags as a merge patch.
func (f *sandboxCreateFlags) changes() (map[string]any, error) {
	changes := map[string]any{}
	if f.name != "" {
		changes["name"] = f.name
	}
	if f.set.Changed("seed") {
		changes["seed"] = f.seed
	}
	var codes sandbox.OTPSettings
	if err := chooseCodes(f.set, f.otp, &codes); err != nil {
		return nil, err
	}
	switch codes.Mode {
	case sandbox.OTPRandom:
		changes["otp"] = map[string]any{"mode": codes.Mode, "code": nil}
	case sandbox.OTPFixed:
		changes["otp"] = codes
	}
	readings := sandbox.Readings{}
	for _, one := range f.reading {
		id, option, found := strings.Cut(one, "=")
		if !found {
			return nil, usagef("%s: %q is not of the form ID=OPTION", origin(f.set, "reading"), one)
		}
		readings[id] = option
	}
	if len(readings) > 0 {
		changes["readings"] = readings
	}
	return changes, nil
}

// inFile names the file of what the control API refuses.
func (f *sandboxCreateFlags) inFile(err error) error {
	if f.file == "" {
		return err
	}
	return fmt.Errorf("%s: %w", fileText(f.file), err)
}

// readFile reads a file; "-" is stdin.
func readFile(name string, stdin io.Reader) (json.RawMessage, error) {
	read := func() ([]byte, error) { return os.ReadFile(name) }
	if name == "-" {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	data, err := read()
	if err != nil {
		return nil, &usageError{cause: err}
	}
	return bytes.TrimSpace(data), nil
}

// object is the JSON object that a file holds.
func object(file string, data []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return nil, usagef("%s: holds no JSON object", fileText(file))
	}
	return fields, nil
}

// fileText names a file in an error.
func fileText(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}
