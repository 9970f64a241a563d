package steps

import "stagedoor/steps/target"

// implicitClauses are the clauses of the checks that every reply passes.
var implicitClauses = map[target.Check]string{
	target.Complete:    "SUB-REPLY-01",
	target.ContentType: "SUB-REPLY-02",
	target.JSON:        "SUB-REPLY-03",
	target.Legal:       "SUB-REPLY-04",
	target.Schema:      "SUB-REPLY-05",
	target.Secret:      "SUB-REPLY-06",
}

// Finding is a deviation that some reply of a scenario has whatever the
// scenario was about.
type Finding struct {
	Clause  string
	Message string
	// Step is where in the scenario the reply came.
	Step     string
	exchange *target.Exchange
}

func (f Finding) same(other Finding) bool {
	return f.Clause == other.Clause && f.Message == other.Message && f.exchange.Operation == other.exchange.Operation
}
