package watch

import (
	"net/http"
	"strings"

	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// apiKey is the key that a request carries: "Authorization: Bearer KEY". It is
// "" where there is no such header, more than one, or another scheme.
func apiKey(_ map[string]string, header http.Header, _ pipeline.Query) string {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	words := strings.Fields(values[0])
	if len(words) != 2 || !strings.EqualFold(words[0], "Bearer") {
		return ""
	}
	return words[1]
}

// identify judges the API key.
func identify(c *pipeline.Call, kind pipeline.CredentialKind) *spec.Reply {
	switch {
	case kind == pipeline.CredentialCurrent:
		return nil
	case kind == pipeline.CredentialExpired:
		return &spec.Reply{Outcome: "apiKeyInvalid", Reason: "this is the sandbox's expired API key"}
	case kind == pipeline.CredentialRevoked:
		return &spec.Reply{Outcome: "apiKeyInvalid", Reason: "this is the sandbox's revoked API key"}
	case apiKey(c.Path, c.Header, c.Query) == "":
		return &spec.Reply{Outcome: "authorizationMissing", Reason: "there is no header like \"Authorization: Bearer KEY\""}
	}
	return &spec.Reply{Outcome: "apiKeyInvalid", Reason: "no sandbox has this API key; the banner and the control API show them"}
}
