package pipeline

import (
	"time"

	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/otp"
)

// Observation is an answered call, as far as it is counted. Everything in it
// but the messages comes from the contract.
type Observation struct {
	System    string // empty where no system has the path
	Operation string // empty where the system has no such operation
	Outcome   string // empty where a fault rule left none
	Took      time.Duration
	// Sent are the messages that the call delivered.
	Sent []inbox.Message
	// Refused is why a challenge was not accepted or not issued, or empty.
	Refused otp.Reason
}

// observe hands the call to whoever counts.
func (p *Pipeline) observe(x *exchange, took time.Duration) {
	if p.config.Observe == nil {
		return
	}
	o := Observation{Outcome: x.outcomeName(), Took: took, Sent: x.sent, Refused: x.refusedCode}
	if x.system != nil {
		o.System = x.system.Name
	}
	if x.operation != nil {
		o.Operation = x.operation.ID
	}
	p.config.Observe(o)
}
