package verifynow

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

const (
	tokenHeader = "authToken"
	// securityScheme is the contract's name of the token.
	securityScheme = "AuthToken"
)

// customer is the customer of the query.
func customer(_ map[string]string, _ http.Header, query pipeline.Query) string {
	return query.Get("customerId")
}

// tokenSandbox is the sandbox that the token names.
func tokenSandbox(header http.Header) string { return session.Sandbox(authToken(header)) }

func authToken(header http.Header) string { return strings.TrimSpace(header.Get(tokenHeader)) }

// identify judges the customer where the operation has one. A missing one is
// the contract's to judge: only one operation requires it (M1).
func identify(c *pipeline.Call, kind pipeline.CredentialKind) *spec.Reply {
	asks := c.Operation.Outcome("invalidCustomer") != nil
	if !asks || kind == pipeline.CredentialCurrent || c.Query.Get("customerId") == "" {
		return nil
	}
	return refusal(errCustomerUnknown)
}

// authorize judges the token.
func authorize(_ context.Context, c *pipeline.Call) (*spec.Reply, error) {
	if !c.Operation.Requires(securityScheme) {
		return nil, nil
	}
	token := authToken(c.Header)
	if token == "" {
		return refusal(errNoToken), nil
	}
	_, err := c.Signer().Verify(token, audience, c.Now)
	switch {
	case errors.Is(err, session.ErrExpired):
		return refusal(errTokenExpired), nil
	case errors.Is(err, session.ErrForged):
		return refusal(errTokenForged), nil
	}
	return nil, err
}
