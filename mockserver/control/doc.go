// Package control answers the control API: what a tester does behind the scenes
// of the mocked systems. spec/control.yaml is its contract and is read, not
// copied: the paths, the parameters, the forms of bodies and which calls need
// no token are taken from there. A handler says only what is its own.
//
//	file          what it holds
//	api.go        New; from a request to its handler, and to a reply
//	guard.go      whom the control API answers: hosts, token, pages of other sites
//	input.go      holding query and body against the contract, and naming what is wrong
//	profiles.go   the profiles of the Go runtime, where they are wanted
//	problem.go    which error is which problem document
//	sandboxes.go state.go messages.go clock.go faults.go accounts.go requests.go coverage.go events.go contracts.go health.go metrics.go
//	              the handlers, one file per resource
//
// A call passes: guard (403, 401) · path (404) and method (405) · query (400) ·
// content type (415), size (413) and form (400) of the body · the handler.
// The state is that of mockserver/sandbox; nothing is kept here.
package control
