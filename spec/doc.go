// Package spec owns the contract: the OpenAPI files of the four systems, the
// readings of what their documents leave open, and the list of the documents.
//
//	file                  what it holds                         read by
//	<system>.yaml         operations and their outcomes         tree.go, extension.go, system.go, build.go, form.go
//	readings.yaml         contested places and their options    reading.go, reading_check.go
//	documents.yaml        where each source is published        document.go
//	clauses.yaml          obligations, for the suite            steps/clause
//	LEDGER.md             what was settled, and why             people
//	control.yaml          the mock's control API                mockserver/control
//
// From those files it answers five questions: which operations and outcomes
// there are ([Load]), what an outcome looks like on the wire ([Outcome.Render]),
// whether a request keeps the contract ([Operation.CheckPath],
// [Operation.CheckInput]), which outcomes a reply fits ([Operation.Classify]),
// and whether a reply keeps the contract ([Outcome.Check],
// [Operation.CheckReply]).
//
// kin-openapi has the last word on every body. acceptor.go and scanner.go spare
// most bodies the way there: what they accept, it would accept too.
//
// It knows nothing of a server or of a suite: both stand on it.
package spec
