package verifynow

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// defaultDigits is the length of codes where otpLength is absent (verifynow-api
// line 188).
const defaultDigits = 4

// transaction is what a challenge keeps for its validation.
type transaction struct {
	ID           string `json:"id"`
	MobileNumber string `json:"mobileNumber"`
}

// sendOTP sends a code, unless one could still be validated.
func sendOTP(ctx context.Context, c *pipeline.Call) (spec.Reply, error) {
	number := c.Query.Get("mobileNumber")
	to := c.Query.Get("countryCode") + number
	limit := newLimit(c, to)
	if err := limit.check(ctx); err != nil {
		return spec.Reply{}, err
	}
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	t := transaction{ID: newTransactionID(rng), MobileNumber: number}
	challenge, err := issue(ctx, c, to, t)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := limit.count(ctx); err != nil {
		return spec.Reply{}, err
	}
	c.Deliver(pipeline.Message{
		Channel: challenge.Channel, To: to, Purpose: challenge.Purpose, Code: challenge.Code, Token: challenge.Token,
		Text: challenge.Code + " is your verification code.",
	})
	return spec.Reply{Outcome: "otpSent", Fields: spec.Fields{
		"/data/verificationId": challenge.Token, "/data/mobileNumber": number, "/data/transactionId": t.ID,
	}}, nil
}

func issue(ctx context.Context, c *pipeline.Call, to string, t transaction) (otp.Challenge, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return otp.Challenge{}, err
	}
	kept, err := json.Marshal(t)
	if err != nil {
		return otp.Challenge{}, err
	}
	digits := defaultDigits
	if c.Query.Has("otpLength") {
		if digits, err = strconv.Atoi(c.Query.Get("otpLength")); err != nil {
			return otp.Challenge{}, err
		}
	}
	lifetime := time.Duration(c.Operation.Outcome("otpSent").Int("/data/timeout")) * time.Second
	policy := c.Policy(digits, lifetime)
	policy.NewToken = newVerificationID
	return c.OTP().Issue(ctx, c.Now, rng, otp.Request{
		Purpose: otp.Verification, Channel: pipeline.ChannelSMS, Recipient: to, Sole: true, Payload: kept, Policy: policy,
	})
}

// newVerificationID draws a number of nine digits (M4), too short to be taken
// for a phone number that asks for an outcome.
func newVerificationID(rng *rand.Rand) string {
	const least = 100_000_000
	return strconv.FormatInt(least+rng.Int64N(9*least), 10)
}

// newTransactionID draws a UUID of version 4, as the contract's sample has it.
func newTransactionID(rng *rand.Rand) string {
	id := session.NewID(rng)
	return id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:]
}
