package verifynow

import (
	"context"
	"encoding/json"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// validateOTP uses a code up. The reply has the id in both spellings (M3).
func validateOTP(ctx context.Context, c *pipeline.Call) (spec.Reply, error) {
	challenge, err := c.OTP().Verify(ctx, c.Now, otp.Attempt{
		Token: c.Query.Get("verificationId"), Code: c.Query.Get("code"), Purpose: otp.Verification,
	})
	if err != nil {
		return spec.Reply{}, err
	}
	var t transaction
	if err := json.Unmarshal(challenge.Payload, &t); err != nil {
		return spec.Reply{}, err
	}
	return spec.Reply{Outcome: "verified", Fields: spec.Fields{
		"/data/verficationId": challenge.Token, "/data/verificationId": challenge.Token,
		"/data/mobileNumber": t.MobileNumber, "/data/transactionId": t.ID,
	}}, nil
}
