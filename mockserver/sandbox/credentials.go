package sandbox

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Credentials are what clients of a sandbox carry, for each system.
type Credentials struct {
	Subscriber SubscriberCredentials `json:"subscriber,omitzero"`
	Digipay    DigipayCredentials    `json:"digipay,omitzero"`
	Watch      WatchCredentials      `json:"watch,omitzero"`
	VerifyNow  VerifyNowCredentials  `json:"verifynow,omitzero"`
}

// SubscriberCredentials are the app tokens of the path, the authToken header
// values, and the Base64 of the key that signs access tokens.
type SubscriberCredentials struct {
	AppToken         string `json:"appToken,omitempty"`
	ExpiredAppToken  string `json:"expiredAppToken,omitempty"`
	AuthToken        string `json:"authToken,omitempty"`
	ExpiredAuthToken string `json:"expiredAuthToken,omitempty"`
	SigningKey       string `json:"signingKey,omitempty"`
}

// DigipayCredentials are the CompanyID header and the token of Authorization.
type DigipayCredentials struct {
	CompanyID string `json:"companyId,omitempty"`
	Token     string `json:"token,omitempty"`
}

// WatchCredentials are API keys.
type WatchCredentials struct {
	APIKey        string `json:"apiKey,omitempty"`
	RevokedAPIKey string `json:"revokedApiKey,omitempty"`
	ExpiredAPIKey string `json:"expiredApiKey,omitempty"`
}

// VerifyNowCredentials are the customer and the Base64 of its password.
type VerifyNowCredentials struct {
	CustomerID string `json:"customerId,omitempty"`
	Key        string `json:"key,omitempty"`
}

// Kind says what a credential is to its sandbox.
type Kind string

// The kinds of credentials. Unknown is one that belongs to no sandbox.
const (
	Unknown Kind = ""
	Current Kind = "current"
	Expired Kind = "expired"
	Revoked Kind = "revoked"
)

// claim is one credential that leads to a sandbox.
type claim struct {
	system string
	field  string
	value  string
	kind   Kind
}

// claims lists the credentials that choose a sandbox. The others are only
// checked within one.
func (c Credentials) claims() []claim {
	return []claim{
		{"subscriber", "appToken", c.Subscriber.AppToken, Current},
		{"subscriber", "expiredAppToken", c.Subscriber.ExpiredAppToken, Expired},
		{"digipay", "companyId", c.Digipay.CompanyID, Current},
		{"watch", "apiKey", c.Watch.APIKey, Current},
		{"watch", "revokedApiKey", c.Watch.RevokedAPIKey, Revoked},
		{"watch", "expiredApiKey", c.Watch.ExpiredAPIKey, Expired},
		{"verifynow", "customerId", c.VerifyNow.CustomerID, Current},
	}
}

// Kind says what value is to a sandbox with these credentials.
func (c Credentials) Kind(system, value string) Kind {
	for _, claim := range c.claims() {
		if claim.system == system && claim.value == value && value != "" {
			return claim.kind
		}
	}
	return Unknown
}

// fill makes the credentials that are absent.
func (c *Credentials) fill(entropy io.Reader) error {
	var err error
	fresh := func(into *string, bytes int, form func([]byte) string) {
		if *into != "" || err != nil {
			return
		}
		raw := make([]byte, bytes)
		if _, err = io.ReadFull(entropy, raw); err == nil {
			*into = form(raw)
		}
	}
	for _, token := range []*string{
		&c.Subscriber.AppToken, &c.Subscriber.ExpiredAppToken, &c.Subscriber.AuthToken, &c.Subscriber.ExpiredAuthToken,
		&c.Watch.APIKey, &c.Watch.RevokedAPIKey, &c.Watch.ExpiredAPIKey, &c.Digipay.Token,
	} {
		fresh(token, 12, hex.EncodeToString)
	}
	fresh(&c.Subscriber.SigningKey, 32, base64.StdEncoding.EncodeToString)
	fresh(&c.Digipay.CompanyID, 16, hex.EncodeToString)
	fresh(&c.VerifyNow.CustomerID, 8, func(raw []byte) string { return "C-" + strings.ToUpper(hex.EncodeToString(raw)) })
	fresh(&c.VerifyNow.Key, 12, base64.StdEncoding.EncodeToString)
	return err
}

// merge takes over the credentials that other gives.
func (c Credentials) merge(other *Credentials) Credentials {
	if other == nil {
		return c
	}
	for into, from := range map[*string]string{
		&c.Subscriber.AppToken: other.Subscriber.AppToken, &c.Subscriber.ExpiredAppToken: other.Subscriber.ExpiredAppToken,
		&c.Subscriber.AuthToken: other.Subscriber.AuthToken, &c.Subscriber.ExpiredAuthToken: other.Subscriber.ExpiredAuthToken,
		&c.Subscriber.SigningKey: other.Subscriber.SigningKey,
		&c.Digipay.CompanyID:     other.Digipay.CompanyID, &c.Digipay.Token: other.Digipay.Token,
		&c.Watch.APIKey: other.Watch.APIKey, &c.Watch.RevokedAPIKey: other.Watch.RevokedAPIKey, &c.Watch.ExpiredAPIKey: other.Watch.ExpiredAPIKey,
		&c.VerifyNow.CustomerID: other.VerifyNow.CustomerID, &c.VerifyNow.Key: other.VerifyNow.Key,
	} {
		if from != "" {
			*into = from
		}
	}
	return c
}

// check refuses credentials that could not be carried, or not be told apart.
func (c Credentials) check() error {
	if key, err := base64.StdEncoding.DecodeString(c.Subscriber.SigningKey); err != nil || len(key) < 32 {
		return &Problem{Field: "credentials.subscriber.signingKey", Detail: "must be the Base64 of at least 32 bytes"}
	}
	if _, err := base64.StdEncoding.DecodeString(c.VerifyNow.Key); err != nil {
		return &Problem{Field: "credentials.verifynow.key", Detail: "must be Base64, as it is to be sent"}
	}
	if raw, err := hex.DecodeString(c.Digipay.CompanyID); err != nil || len(raw) != 16 {
		return &Problem{Field: "credentials.digipay.companyId", Detail: "must be 32 hex digits; the contract refuses any other"}
	}
	seen := map[string]string{}
	for _, claim := range c.claims() {
		field := "credentials." + claim.system + "." + claim.field
		if strings.ContainsFunc(claim.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return &Problem{Field: field, Detail: "must be printable ASCII without spaces"}
		}
		if other := seen[claim.system+"/"+claim.value]; other != "" {
			return &Problem{Field: field, Detail: fmt.Sprintf("is the same as %s; they must differ", other)}
		}
		seen[claim.system+"/"+claim.value] = field
	}
	return nil
}
