package client

import "context"

// Coverage is what of the contract the clients of a sandbox have met.
type Coverage struct {
	CoverageTotals
	Systems    []SystemCoverage    `json:"systems"`
	Operations []OperationCoverage `json:"operations"`
	Devices    []SliceCoverage     `json:"devices"`
	Platforms  []SliceCoverage     `json:"platforms"`
}

// CoverageTotals count the cells of a part of the table of operations and outcomes.
type CoverageTotals struct {
	Calls int `json:"calls"`
	Total int `json:"total"`
	// Met are the cells that a call was answered with, Natural those that one was
	// that nothing forced.
	Met     int     `json:"met"`
	Natural int     `json:"natural"`
	Percent float64 `json:"percent"` // met, to one decimal
}

// SystemCoverage is the part of a system.
type SystemCoverage struct {
	System string `json:"system"`
	CoverageTotals
}

// OperationCoverage is the row of an operation.
type OperationCoverage struct {
	System    string `json:"system"`
	Operation string `json:"operation"`
	CoverageTotals
	Outcomes []OutcomeCoverage `json:"outcomes"`
}

// OutcomeCoverage is one cell: how many calls were answered so, by themselves
// and forced.
type OutcomeCoverage struct {
	Outcome string `json:"outcome"`
	Status  int    `json:"status"`
	Natural int    `json:"natural"`
	Forced  int    `json:"forced"`
}

// SliceCoverage is what was met on one device or platform.
type SliceCoverage struct {
	Name string `json:"name"`
	CoverageTotals
}

// Coverage returns which outcomes of which operations clients have met.
func (c *Client) Coverage(ctx context.Context, id string) (Coverage, error) {
	var coverage Coverage
	err := c.get(ctx, under(id, "coverage"), nil, &coverage)
	return coverage, err
}
