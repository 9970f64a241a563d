// Package mockserver puts the mock together: it wires the contract, the store,
// the sandboxes, the behaviours and the two listeners, and does nothing else.
//
//	package     owns
//	pipeline    the phases that every request passes
//	subscriber digipay watch verifynow    the behaviours, one file per flow
//	otp account session     the rules of the domain
//	sandbox     isolated universes and the credentials that choose them
//	fault       the rules that make answers late, broken or different
//	inbox journal feed      what was sent, what was answered
//	store clock             state and time, from outside
//	control     the control API, its client, metrics
//	mocktest    a mock for the length of a Go test
package mockserver
