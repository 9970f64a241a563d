// Package client calls the control API of a running mock from Go.
//
//	c := client.New("http://127.0.0.1:4011", "")
//	box, err := c.CreateSandbox(ctx, client.NewSandbox{Settings: sandbox.Settings{Name: "checkout"}})
//	code, err := c.Code(ctx, box.ID, inbox.Filter{To: "919876500001"}, 10*time.Second)
//
//	file          calls
//	client.go     New; from a method to an answer, or to a [Problem] or [Unreachable]
//	sandboxes.go  make, show, change, reset and delete sandboxes; their state
//	messages.go   the inbox, the newest live code
//	clock.go      read, move, stop and start the clock
//	accounts.go   the people in a sandbox
//	requests.go   the journal, as entries and as HAR
//	faults.go     the rules that make answers late, broken or different
//	coverage.go   the outcomes that clients have met
//
// Messages, accounts, journal entries and clocks are the types of the packages
// that own them. What the API takes and answers is spec/control.yaml.
package client
