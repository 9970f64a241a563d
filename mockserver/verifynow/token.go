package verifynow

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

const (
	// audience sets this system's tokens apart from those of the others.
	audience = "verifynow"
	// tokenLifetime is said nowhere (M6).
	tokenLifetime = 24 * time.Hour
)

// generateToken exchanges the customer's key for a token.
func generateToken(ctx context.Context, c *pipeline.Call) (spec.Reply, error) {
	if err := checkKey(c.Query.Get("key"), c.Sandbox.Credentials.VerifyNow.Key); err != nil {
		return spec.Reply{}, err
	}
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	token, err := c.Signer().Sign(session.Claims{
		ID: session.NewID(rng), Audience: audience, IssuedAt: c.Now, ExpiresAt: c.Now.Add(tokenLifetime),
	})
	return spec.Reply{Outcome: "tokenIssued", Fields: spec.Fields{"/token": token}}, err
}

// checkKey tells a key that lost its plus signs to the rules of a query, which
// Base64 often meets, from one that is wrong.
func checkKey(key, want string) error {
	switch {
	case same(key, want):
		return nil
	case same(strings.ReplaceAll(key, " ", "+"), want):
		return errKeyUnescaped
	}
	return errKeyWrong
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
