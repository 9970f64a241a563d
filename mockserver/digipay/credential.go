package digipay

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// authorizationScheme stands before the token (digipay-api line 18).
const authorizationScheme = "Token"

// company is the company on whose behalf a call is made.
func company(_ map[string]string, header http.Header, _ pipeline.Query) string {
	return header.Get("CompanyID")
}

// identify judges the company.
func identify(c *pipeline.Call, kind pipeline.CredentialKind) *spec.Reply {
	switch {
	case kind == pipeline.CredentialCurrent:
		return nil
	case c.Header.Get("CompanyID") == "":
		return refusal(errNoCompany)
	}
	return refusal(errCompanyUnknown)
}

// authorize judges the company's token.
func authorize(_ context.Context, c *pipeline.Call) (*spec.Reply, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(c.Header.Get("Authorization")), " ")
	switch {
	case scheme == "":
		return refusal(errNoToken), nil
	case !strings.EqualFold(scheme, authorizationScheme):
		return refusal(errNotAToken), nil
	case subtle.ConstantTimeCompare([]byte(strings.TrimSpace(token)), []byte(c.Sandbox.Credentials.Digipay.Token)) != 1:
		return refusal(errTokenUnknown), nil
	}
	return nil, nil
}
