package digipay

import (
	"context"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

const (
	// codeDigits is the length of this system's codes (digipay-api line 11; V5).
	codeDigits = 6
	// codeLifetime is said nowhere (V8).
	codeLifetime = 5 * time.Minute
)

// sendOTP sends a code. An earlier one of the same target is then worth nothing.
func sendOTP(ctx context.Context, c *pipeline.Call, in sendOTPRequest) (spec.Reply, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	channel, to := pipeline.ChannelSMS, in.phone()
	if in.OTPType == byEmail {
		channel, to = pipeline.ChannelEmail, in.Email
	}
	challenge, err := c.OTP().Issue(ctx, c.Now, rng, otp.Request{
		Purpose: otp.Verification, Channel: channel, Recipient: to, Rival: in.rival(), Policy: c.Policy(codeDigits, codeLifetime),
	})
	if err != nil {
		return spec.Reply{}, err
	}
	c.Deliver(pipeline.Message{
		Channel: channel, To: to, Purpose: challenge.Purpose, Code: challenge.Code, Token: challenge.Token,
		Text: challenge.Code + " is your code to verify your number.",
	})
	return spec.Reply{Outcome: "otpSent"}, nil
}
