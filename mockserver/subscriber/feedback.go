package subscriber

import (
	"context"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// submitFeedback takes feedback; somebody who logged in by phone has to verify
// the e-mail address first.
func submitFeedback(ctx context.Context, c *pipeline.Call, in feedbackRequest) (spec.Reply, error) {
	if c.Session.Method != byPhone {
		return spec.Reply{Outcome: "feedbackSubmitted"}, nil
	}
	return sendCode(ctx, c, otp.FeedbackEmail, mail(in.Email), c.Account.ID, nil)
}

// verifyFeedbackEmail makes the e-mail address of the feedback the account's.
func verifyFeedbackEmail(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	return adoptEmail(ctx, c, otp.FeedbackEmail, in)
}
