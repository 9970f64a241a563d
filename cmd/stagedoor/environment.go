package main

import (
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// originKey is the annotation of a flag whose value came from the environment.
const originKey = "stagedoor-origin"

// variable is the environment variable of a flag: STAGEDOOR_CONTROL_ADDR for
// control-addr.
func variable(flag string) string {
	return "STAGEDOOR_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// setFromEnvironment gives the flags that were not set their variables'
// values. An empty variable counts as absent, as compose files write it.
func setFromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value := os.Getenv(name)
		if f.Changed || value == "" || f.Name == "help" || failed != nil {
			return
		}
		if err := f.Value.Set(value); err != nil {
			failed = usagef("%s: invalid value %q: %w", name, value, err)
			return
		}
		f.Changed = true
		f.Annotations = map[string][]string{originKey: {name}}
	})
	return failed
}

// origin names where a flag's value came from: "--addr" or "STAGEDOOR_ADDR".
func origin(flags *pflag.FlagSet, name string) string {
	if f := flags.Lookup(name); f != nil && len(f.Annotations[originKey]) > 0 {
		return f.Annotations[originKey][0]
	}
	return "--" + name
}
