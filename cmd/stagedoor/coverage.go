package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/journal"
)

// coverageFlags are the flags of the verb coverage.
type coverageFlags struct {
	controlFlags
	systems        []string
	min            float64
	failOnFindings bool
	junit          string
	json           bool
}

func coverageCommand() *cobra.Command {
	f := &coverageFlags{}
	cmd := &cobra.Command{
		Use: "coverage", Short: "Show which outcomes of which operations clients have met", Args: cobra.NoArgs,
		Long: `Shows which outcomes of which operations the clients of a sandbox have met, by
themselves or forced. It fails when fewer are met than --min says, and with
--fail-on-findings when a call that the journal still has broke the contract.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.min < 0 || f.min > 100 {
				return usagef("%s: %v is no percentage from 0 to 100", origin(f.set, "min"), f.min)
			}
			return f.exchange(cmd, func(ctx context.Context, c *client.Client) error { return f.judge(ctx, c, cmd.OutOrStdout()) })
		},
	}
	f.register(cmd.Flags(), true)
	set := cmd.Flags()
	set.StringSliceVar(&f.systems, "systems", nil, "`NAMES` of the systems to look at (default all that are served)")
	set.Float64Var(&f.min, "min", 0, "fail below this `PERCENTAGE` of outcomes met")
	set.BoolVar(&f.failOnFindings, "fail-on-findings", false, "fail when a call broke the contract")
	set.StringVar(&f.junit, "junit", "", "write a JUnit report to `FILE`")
	set.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// judge shows the coverage and fails below the minimum, or with findings.
func (f *coverageFlags) judge(ctx context.Context, c *client.Client, w io.Writer) error {
	coverage, err := c.Coverage(ctx, f.sandbox)
	if err != nil {
		return err
	}
	if err := f.narrow(&coverage); err != nil {
		return err
	}
	var gates []gate
	if f.set.Changed("min") {
		gates = append(gates, f.minimum(coverage.CoverageTotals))
	}
	if f.failOnFindings {
		requests, err := c.Requests(ctx, f.sandbox, journal.Filter{})
		if err != nil {
			return err
		}
		gates = append(gates, f.findings(requests))
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, coverage.Operations, gates); err != nil {
			return err
		}
	}
	if f.json {
		if err := printJSON(w, coverage); err != nil {
			return err
		}
	} else {
		printCoverage(w, coverage)
	}
	var failed []string
	for _, g := range gates {
		if g.failure != "" {
			failed = append(failed, g.failure)
		}
	}
	if len(failed) > 0 {
		return errors.New(strings.Join(failed, "; "))
	}
	return nil
}

// narrow leaves the systems that were asked for.
func (f *coverageFlags) narrow(c *client.Coverage) error {
	if len(f.systems) == 0 {
		return nil
	}
	var served []string
	for _, s := range c.Systems {
		served = append(served, s.System)
	}
	for _, name := range f.systems {
		if !slices.Contains(served, name) {
			return fmt.Errorf("%s: %w", origin(f.set, "systems"), unknownSystem(name, served))
		}
	}
	other := func(system string) bool { return !slices.Contains(f.systems, system) }
	c.Systems = slices.DeleteFunc(c.Systems, func(s client.SystemCoverage) bool { return other(s.System) })
	c.Operations = slices.DeleteFunc(c.Operations, func(o client.OperationCoverage) bool { return other(o.System) })
	// Those are counted over all systems.
	c.Devices, c.Platforms = []client.SliceCoverage{}, []client.SliceCoverage{}
	var t client.CoverageTotals
	for _, s := range c.Systems {
		t.Calls, t.Total, t.Met, t.Natural = t.Calls+s.Calls, t.Total+s.Total, t.Met+s.Met, t.Natural+s.Natural
	}
	t.Percent = math.Round(10*percent(t)) / 10
	c.CoverageTotals = t
	return nil
}

// percent is that of the outcomes met, not rounded: 79.96 is below 80.
func percent(t client.CoverageTotals) float64 {
	if t.Total == 0 {
		return 0
	}
	return 100 * float64(t.Met) / float64(t.Total)
}

// gate is a condition that the clients have to fulfil.
type gate struct {
	name string
	// failure says how it is not fulfilled; "" if it is. details has more lines.
	failure, details string
}

func (f *coverageFlags) minimum(t client.CoverageTotals) gate {
	g := gate{name: fmt.Sprintf("at least %v %% of the outcomes are met", f.min)}
	if got := percent(t); got < f.min {
		g.failure = fmt.Sprintf("%.1f %% of the outcomes are met, %d of %d; %v %% are wanted", got, t.Met, t.Total, f.min)
	}
	return g
}

func (f *coverageFlags) findings(requests []journal.Entry) gate {
	g := gate{name: "no call breaks the contract"}
	var lines []string
	for _, r := range requests {
		if len(f.systems) > 0 && !slices.Contains(f.systems, r.System) {
			continue
		}
		for _, found := range r.Findings {
			lines = append(lines, fmt.Sprintf("request %s, %s %s: %s %s: %s", r.ID, r.Request.Method, r.Request.URL, found.In, found.Pointer, found.Rule))
		}
	}
	if len(lines) > 0 {
		g.failure = counted(len(lines), "finding") + " in the calls, first: " + printable(lines[0])
		g.details = strings.Join(lines, "\n")
	}
	return g
}

func printCoverage(w io.Writer, c client.Coverage) {
	var idle []string
	for _, o := range c.Operations {
		name := o.System + "." + o.Operation
		if o.Calls == 0 {
			idle = append(idle, name)
			continue
		}
		var met, unmet []string
		for _, cell := range o.Outcomes {
			switch {
			case cell.Natural > 0:
				met = append(met, cell.Outcome)
			case cell.Forced > 0:
				met = append(met, cell.Outcome+" (forced)")
			default:
				unmet = append(unmet, cell.Outcome)
			}
		}
		fmt.Fprintf(w, "%s: %d of %d outcomes\n", name, o.Met, o.Total)
		list(w, "met      ", met)
		list(w, "not met  ", unmet)
	}
	if len(idle) > 0 {
		item(w, "", "not called: ", strings.Join(idle, ", "))
	}
	fmt.Fprintf(w, "\n%.1f %%: %d of %d outcomes met, %d of them without force, in %s\n", percent(c.CoverageTotals), c.Met, c.Total, c.Natural, counted(c.Calls, "call"))
}

func list(w io.Writer, label string, names []string) {
	if len(names) > 0 {
		item(w, "  ", label, strings.Join(names, ", "))
	}
}

// writeJUnit writes a report in which an outcome that was not met is skipped and
// a gate that is shut has failed.
func writeJUnit(path string, operations []client.OperationCoverage, gates []gate) error {
	data, err := junitReport(operations, gates)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
