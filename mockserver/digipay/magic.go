package digipay

import (
	"context"
	"encoding/json"

	"stagedoor/mockserver/pipeline"
)

// challenged is the e-mail address to which the code of a request was sent.
func challenged(ctx context.Context, c *pipeline.Call, body []byte) ([]string, error) {
	var in target
	// The body is held against the contract later; here it may be anything.
	if json.Unmarshal(body, &in) != nil || in.OTPType != byEmail {
		return nil, nil
	}
	sent, found, err := c.OTP().Latest(ctx, in.rival())
	if err != nil || !found {
		return nil, err
	}
	return []string{sent.Recipient}, nil
}
