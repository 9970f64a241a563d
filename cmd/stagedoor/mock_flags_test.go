package main

import (
	"testing"
	"time"

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

func TestIdleSandboxesAreKeptForADayUnlessToldOtherwise(t *testing.T) {
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		ttl  time.Duration // of the config, where less than 0 is for ever
		prof bool
	}{
		{nil, 24 * time.Hour, false},
		{[]string{"--sandbox-ttl", "90m", "--pprof"}, 90 * time.Minute, true},
		{[]string{"--sandbox-ttl", "0"}, -1, false},
	} {
		f := &mockFlags{}
		set := pflag.NewFlagSet("mock", pflag.ContinueOnError)
		f.register(set)
		if err := set.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		config, err := f.config(contract)
		if err != nil || config.SandboxTTL != c.ttl || config.Pprof != c.prof {
			t.Errorf("%q: %v and %v, %v; want %v and %v", c.args, config.SandboxTTL, config.Pprof, err, c.ttl, c.prof)
		}
	}
}
