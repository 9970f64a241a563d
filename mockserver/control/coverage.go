package control

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"

	"stagedoor/mockserver/journal"
	"stagedoor/spec"
)

// coverageView is what of the contract the clients of a sandbox have met.
type coverageView struct {
	coverageTotals
	Systems    []systemCoverage    `json:"systems"`
	Operations []operationCoverage `json:"operations"`
	Devices    []sliceCoverage     `json:"devices"`
	Platforms  []sliceCoverage     `json:"platforms"`
}

// coverageTotals count the cells of a part of the table of operations and
// outcomes. A cell is met once a call has been answered so.
type coverageTotals struct {
	Calls   int     `json:"calls"`
	Total   int     `json:"total"`
	Met     int     `json:"met"`
	Natural int     `json:"natural"` // of those met, the ones met by a call that nothing forced
	Percent float64 `json:"percent"` // of the total that is met
}

type systemCoverage struct {
	System string `json:"system"`
	coverageTotals
}

type operationCoverage struct {
	System    string `json:"system"`
	Operation string `json:"operation"`
	coverageTotals
	Outcomes []outcomeCoverage `json:"outcomes"`
}

// outcomeCoverage counts the calls of an operation that were answered so.
type outcomeCoverage struct {
	Outcome string `json:"outcome"`
	Status  int    `json:"status"`
	Natural int    `json:"natural"`
	Forced  int    `json:"forced"`
}

// sliceCoverage is what was met on one device or platform, of the operations
// whose path names such.
type sliceCoverage struct {
	Name string `json:"name"`
	coverageTotals
}

func (a *API) coverage(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	device, platform := c.query.Get("device"), c.query.Get("platform")
	counts := slices.DeleteFunc(s.Coverage.Counts(), func(m journal.MeetingCount) bool {
		return device != "" && m.Device != device || platform != "" && m.Platform != platform
	})
	return shown(http.StatusOK, coverageOf(a.config.Systems, counts))
}

// coverageOf lays what was met over the table of operations and outcomes.
func coverageOf(systems []*spec.System, counts []journal.MeetingCount) coverageView {
	view, met := coverageView{}, tabled(counts)
	var all []*spec.Operation
	for _, system := range systems {
		all = append(all, system.Operations...)
		view.Systems = append(view.Systems, systemCoverage{system.Name, met.totals(system.Operations)})
		for _, o := range system.Operations {
			view.Operations = append(view.Operations, operationCoverage{system.Name, o.ID, met.totals([]*spec.Operation{o}), met.row(o)})
		}
	}
	view.coverageTotals = met.totals(all)
	view.Devices = sliced(all, counts, "{device}", func(m journal.MeetingCount) string { return m.Device })
	view.Platforms = sliced(all, counts, "{platform}", func(m journal.MeetingCount) string { return m.Platform })
	return view
}

// table is what was met, by operation and outcome.
type table map[tableCell]outcomeCoverage

type tableCell struct {
	operation string // with its system
	outcome   string
}

func tabled(counts []journal.MeetingCount) table {
	t := table{}
	for _, m := range counts {
		at := tableCell{m.System + "." + m.Operation, m.Outcome}
		met := t[at]
		if m.Forced {
			met.Forced += m.Count
		} else {
			met.Natural += m.Count
		}
		t[at] = met
	}
	return t
}

// row are the outcomes of an operation, the ones that were never met included.
func (t table) row(o *spec.Operation) []outcomeCoverage {
	row := make([]outcomeCoverage, len(o.Outcomes))
	for i, outcome := range o.Outcomes {
		row[i] = t[tableCell{o.Name(), outcome.Name}]
		row[i].Outcome, row[i].Status = outcome.Name, outcome.Status
	}
	return row
}

func (t table) totals(operations []*spec.Operation) coverageTotals {
	var sum coverageTotals
	for _, o := range operations {
		for _, cell := range t.row(o) {
			sum.Total++
			sum.Calls += cell.Natural + cell.Forced
			if cell.Natural+cell.Forced > 0 {
				sum.Met++
			}
			if cell.Natural > 0 {
				sum.Natural++
			}
		}
	}
	if sum.Total > 0 {
		sum.Percent = math.Round(1000*float64(sum.Met)/float64(sum.Total)) / 10
	}
	return sum
}

// sliced is what was met by each value of a path parameter, among the operations
// that have it.
func sliced(operations []*spec.Operation, counts []journal.MeetingCount, parameter string, value func(journal.MeetingCount) string) []sliceCoverage {
	operations = slices.DeleteFunc(slices.Clone(operations), func(o *spec.Operation) bool { return !strings.Contains(o.Path, parameter) })
	by := map[string][]journal.MeetingCount{}
	for _, m := range counts {
		by[value(m)] = append(by[value(m)], m)
	}
	all := []sliceCoverage{}
	for name, some := range by {
		if name != "" {
			all = append(all, sliceCoverage{name, tabled(some).totals(operations)})
		}
	}
	slices.SortFunc(all, func(a, b sliceCoverage) int { return strings.Compare(a.Name, b.Name) })
	return all
}
