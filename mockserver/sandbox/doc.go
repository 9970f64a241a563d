// Package sandbox owns the isolated universes in which calls are answered:
// which credential leads to which sandbox, and what a sandbox is made of.
//
//	file             what it holds
//	document.go      the state document: what a sandbox is made from, as JSON
//	credentials.go   the credentials of a sandbox, and making fresh ones
//	sandbox.go       one sandbox as a call sees it: settings, readings, clock, accounts, OTPs, feeds
//	registry.go      all sandboxes: find, match, list
//	change.go        create, put, patch, reset, delete
//	idle.go          delete what nobody uses
//	clock.go         move the clock, or start it
//	state.go         export and import the state document
//	counters.go      the counters of a state document
//	faults.go        fault rules: replace them, count and decide whether one fires
//
// Settings, credentials, fault rules and the clock live in the store, so that
// every replica agrees; inbox and journal live in this process. Time and
// randomness come from outside.
package sandbox
