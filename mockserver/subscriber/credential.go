package subscriber

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

const (
	accessTokenHeader = "AccessToken"
	authTokenHeader   = "authToken"
	// authAudience sets the tokens of issueAuthToken apart from access tokens,
	// which have no audience.
	authAudience = "auth"
)

// appToken is the credential of the path.
func appToken(path map[string]string, _ http.Header, _ pipeline.Query) string { return path["token"] }

// identify judges the app token.
func identify(_ *pipeline.Call, kind pipeline.CredentialKind) *spec.Reply {
	switch kind {
	case pipeline.CredentialCurrent:
		return nil
	case pipeline.CredentialExpired:
		return &spec.Reply{Outcome: "authTokenExpired", Reason: "this is the sandbox's expired app token"}
	}
	return &spec.Reply{Outcome: "appTokenInvalid", Reason: "no sandbox has this app token; the banner and the control API show them"}
}

// authorize judges the access token of a protected operation.
func authorize(ctx context.Context, c *pipeline.Call) (*spec.Reply, error) {
	if !c.Operation.Requires(accessTokenHeader) {
		return nil, nil
	}
	token := strings.TrimSpace(c.Header.Get(accessTokenHeader))
	if token == "" {
		return &spec.Reply{Outcome: "accessTokenMissing", Reason: "the AccessToken header is missing"}, nil
	}
	claims, err := c.Signer().Verify(token, "", c.Now)
	switch {
	case errors.Is(err, session.ErrExpired):
		return &spec.Reply{Outcome: "accessTokenExpired", Reason: "the token expired at " + claims.ExpiresAt.UTC().Format(time.RFC3339) + " of the sandbox clock"}, nil
	case errors.Is(err, session.ErrForged):
		return &spec.Reply{Outcome: "accessTokenInvalid", Reason: "the token is garbled, or another sandbox or nobody signed it"}, nil
	case err != nil:
		return nil, err
	}
	return findSession(ctx, c, claims)
}

// findSession puts the token's account and session into the call.
func findSession(ctx context.Context, c *pipeline.Call, claims session.Claims) (*spec.Reply, error) {
	destroyed := &spec.Reply{Outcome: "sessionDestroyed", Reason: "the session has ended: by logout, a new login on the device, a password reset or change, or deletion"}
	var holder struct {
		ID account.ID `json:"id"`
	}
	if err := json.Unmarshal(claims.UserData, &holder); err != nil {
		return &spec.Reply{Outcome: "accessTokenInvalid", Reason: "the token has no userData"}, nil
	}
	a, err := c.Accounts().Get(ctx, holder.ID)
	if errors.Is(err, account.ErrNotFound) {
		return destroyed, nil
	}
	if err != nil {
		return nil, err
	}
	id, generation, ok := session.ParseTokenID(claims.ID)
	s, live := a.Session(id, c.Now)
	outdated := generation < s.Generation && c.Reading("S21") == "ends"
	// After a reset of the sandbox a session may have the id of an earlier one.
	outdated = outdated || claims.IssuedAt.Before(s.StartedAt)
	if !ok || !live || outdated {
		return destroyed, nil
	}
	c.Account, c.Session = a, s
	return nil, nil
}

// checkAuthToken judges the authToken header of a reset code.
func checkAuthToken(c *pipeline.Call) error {
	if c.Reading("authToken") == "ignored" {
		return nil
	}
	token := strings.TrimSpace(c.Header.Get(authTokenHeader))
	own := c.Sandbox.Credentials.Subscriber
	switch {
	case token == "":
		return errAuthTokenMissing
	case same(token, own.AuthToken):
		return nil
	case same(token, own.ExpiredAuthToken):
		return errAuthTokenExpired
	}
	_, err := c.Signer().Verify(token, authAudience, c.Now)
	switch {
	case errors.Is(err, session.ErrExpired):
		return errAuthTokenExpired
	case errors.Is(err, session.ErrForged):
		return errAuthTokenInvalid
	}
	return err
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// issueAuthToken gives a token for the authToken header.
func issueAuthToken(ctx context.Context, c *pipeline.Call) (spec.Reply, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	lifetime := documented(c, "authTokenIssued", "/result/auth_token/expiry")
	token, err := c.Signer().Sign(session.Claims{
		ID: session.NewID(rng), Audience: authAudience, IssuedAt: c.Now, ExpiresAt: c.Now.Add(lifetime),
	})
	return spec.Reply{Outcome: "authTokenIssued", Fields: spec.Fields{"/result/auth_token/token": token}}, err
}

// documented is a lifetime that the contract's sample of an outcome announces.
func documented(c *pipeline.Call, outcome, pointer string) time.Duration {
	return seconds(c.Operation.Outcome(outcome).Int(pointer))
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
