package verifynow

import (
	"context"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
)

// limit bounds the codes that a number gets on one day of the sandbox clock, in
// UTC. The sandbox sets it; by default there is none.
type limit struct {
	call   *pipeline.Call
	to     string
	perDay uint64 // 0 for no limit
}

func newLimit(c *pipeline.Call, to string) limit {
	return limit{call: c, to: to, perDay: uint64(c.Sandbox.Settings.VerifyNow.SendsPerDay)}
}

func (l limit) counter() string {
	return "verifynow sends/" + l.call.Now.UTC().Format(time.DateOnly) + "/" + l.to
}

// check refuses a number that has had its codes. The pending one comes first:
// while it can be validated, that is what the caller is told. Between check and
// count nobody else can send: a challenge is issued to a number only where none
// is pending, and its code is delivered only once it is counted.
func (l limit) check(ctx context.Context) error {
	if l.perDay == 0 {
		return nil
	}
	sent, err := l.call.Sandbox.Counted(ctx, l.counter())
	if err != nil || sent < l.perDay {
		return err
	}
	pending, found, err := l.call.OTP().Pending(ctx, l.call.Now, otp.RivalKey(otp.Verification, l.to))
	switch {
	case err != nil:
		return err
	case found:
		return &otp.Refused{Reason: otp.StillPending, Challenge: pending}
	}
	return errLimitReached
}

func (l limit) count(ctx context.Context) error {
	if l.perDay == 0 {
		return nil
	}
	_, err := l.call.Sandbox.Count(ctx, l.counter())
	return err
}
