// Package fault owns the rules that make answers late, broken or different:
// what a rule says, which calls it is about, and whether it fires. Everything
// here is a function of its arguments: the store keeps the rules and their
// tallies (mockserver/sandbox), and mockserver/pipeline does what a rule says.
//
//	file       what it holds
//	rule.go    Rule, Match, Effect: the JSON of a rule
//	check.go   Check: which rules can be followed, and what is wrong with others
//	match.go   Call: does a rule mean this call
//	strike.go  Tally, Strike: does it fire this time, and with what delay
//
// Rules are in order. The first that means a call and fires is the one that
// acts on it; a rule that is spent or that chance passes over leaves the call to
// those after it.
package fault
