package main

import (
	"testing"

	"github.com/spf13/pflag"

	"stagedoor/spec"
)

// TestSelfCheckAndExplanationsAreOnUnlessSwitchedOff looks at the config: a
// mock without its self-check differs in nothing that a client could see.
func TestSelfCheckAndExplanationsAreOnUnlessSwitchedOff(t *testing.T) {
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args              []string
		unchecked, silent bool
	}{
		{nil, false, false},
		{[]string{"--no-self-check"}, true, false},
		{[]string{"--no-explain"}, false, true},
		{[]string{"--no-explain=false"}, false, false},
	} {
		f := &mockFlags{}
		set := pflag.NewFlagSet("mock", pflag.ContinueOnError)
		f.register(set)
		if err := set.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		config, err := f.config(contract)
		if err != nil {
			t.Fatalf("%q: %v", c.args, err)
		}
		if config.Unchecked != c.unchecked || config.Silent != c.silent {
			t.Errorf("%q: unchecked %v and silent %v, want %v and %v", c.args, config.Unchecked, config.Silent, c.unchecked, c.silent)
		}
	}
}
