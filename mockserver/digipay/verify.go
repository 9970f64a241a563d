package digipay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

const (
	// audience sets this system's tokens apart from those of the others.
	audience = "digipay"
	// tokenLifetime is said nowhere; no documented operation takes the token.
	tokenLifetime = 24 * time.Hour
)

// verifyOTP exchanges a code for a token.
func verifyOTP(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	sent, found, err := c.OTP().Latest(ctx, in.rival())
	if err != nil {
		return spec.Reply{}, err
	}
	if !found {
		return spec.Reply{}, errNeverSent
	}
	attempt := otp.Attempt{Token: sent.Token, Code: string(in.OTP), Purpose: otp.Verification}
	if _, err := c.OTP().Verify(ctx, c.Now, attempt); err != nil {
		return spec.Reply{}, err
	}
	user := userID(c, in.phone())
	token, err := tokenOf(ctx, c, user)
	return spec.Reply{Outcome: "verified", Fields: spec.Fields{"/data/token/token": token, "/data/user_id": user}}, err
}

// userID is the user of a phone number: the same for the same seed, whenever
// the number is verified (V7).
func userID(c *pipeline.Call, phone string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "digipay user/%d/%s", c.Sandbox.Seed(), phone))
	return hex.EncodeToString(sum[:16])
}

func tokenOf(ctx context.Context, c *pipeline.Call, user string) (string, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return "", err
	}
	userData, err := json.Marshal(map[string]string{"user_id": user})
	if err != nil {
		return "", err
	}
	return c.Signer().Sign(session.Claims{
		ID: session.NewID(rng), Audience: audience, UserData: userData,
		IssuedAt: c.Now, ExpiresAt: c.Now.Add(c.AccessTTL(tokenLifetime)),
	})
}
