// Package steps is the conformance suite: it runs the scenarios of package
// features against an implementation over HTTP and says which clauses it meets.
// It sees an implementation only from outside, the mock of this project
// included.
//
//	suite.go             Run: plan, run, collect
//	plan.go lint.go      feature files → scenarios; what a feature file may not do
//	select.go            which scenarios run
//	means.go             what a scenario needs besides the API: inbox, clock, states
//	stagedoor.go         those of a Stagedoor mock, by its control API
//	definitions.go       every step and its function
//	given.go when.go then.go    the steps: how things stand, the call under test, what must be true
//	world.go call.go attempts.go    the state of one scenario; making a call; the calls of clients
//	people.go body.go    subscribers, devices, codes; request bodies
//	implicit.go          what every reply is held to
//	verdict.go result.go failure.go    what came of it
//
// Neighbours: target calls the implementation, otpsource reads its codes,
// control drives a mock, clause holds the registry of obligations.
//
// One call under test stands in each When; the call's reply must be looked at
// by a Then. A Given that cannot be reached blocks its scenario and is no
// failure of it.
package steps
