package session

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrForged is returned for a token that this signer did not make: garbled,
// signed with another key or algorithm, of another sandbox or for another use.
var ErrForged = errors.New("token is forged or garbled")

// ErrExpired is returned for a genuine token at or past its expiry.
var ErrExpired = errors.New("token has expired")

// algorithm is the only one that is signed with and accepted.
const algorithm = "HS256"

// Claims are what a token says. Times have whole seconds.
type Claims struct {
	ID        string // jti
	Audience  string // what the token is for; empty for access tokens
	IssuedAt  time.Time
	ExpiresAt time.Time
	UserData  json.RawMessage
}

// payload is the wire form of Claims.
type payload struct {
	UserData  json.RawMessage `json:"userData,omitempty"`
	ID        string          `json:"jti,omitempty"`
	Audience  string          `json:"aud,omitempty"`
	IssuedAt  int64           `json:"iat"`
	ExpiresAt int64           `json:"exp"`
}

// header is the wire form of a token's first part.
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// Signer makes and checks the tokens of one sandbox.
type Signer struct {
	Key     []byte
	Sandbox string
}

// Sign returns the token that says c.
func (s Signer) Sign(c Claims) (string, error) {
	head, err := json.Marshal(header{Algorithm: algorithm, KeyID: s.Sandbox, Type: "JWT"})
	if err != nil {
		return "", fmt.Errorf("encoding a token header: %w", err)
	}
	body, err := json.Marshal(payload{
		UserData: c.UserData, ID: c.ID, Audience: c.Audience,
		IssuedAt: c.IssuedAt.Unix(), ExpiresAt: c.ExpiresAt.Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("encoding token claims: %w", err)
	}
	// The library's Token goes through maps; its signing method does not.
	enc := base64.RawURLEncoding
	token := make([]byte, 0, enc.EncodedLen(len(head))+enc.EncodedLen(len(body))+enc.EncodedLen(32)+2)
	token = enc.AppendEncode(token, head)
	token = append(token, '.')
	token = enc.AppendEncode(token, body)
	signature, err := jwt.SigningMethodHS256.Sign(string(token), s.Key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	token = append(token, '.')
	return string(enc.AppendEncode(token, signature)), nil
}

// Verify returns what a token for audience says, or ErrForged or ErrExpired. An
// audience other than the token's makes it forged, an empty one included: a
// refresh token is no access token.
func (s Signer) Verify(token, audience string, now time.Time) (Claims, error) {
	// Expiry is judged here, on the sandbox clock and only on genuine tokens.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{algorithm}),
		jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	var p payload
	if _, err := parser.ParseWithClaims(token, &p, s.keyFor); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	switch {
	case p.Audience != audience:
		return Claims{}, fmt.Errorf("%w: made for another use", ErrForged)
	case p.ExpiresAt == 0:
		return Claims{}, fmt.Errorf("%w: without an expiry", ErrForged)
	}
	c := Claims{
		ID: p.ID, Audience: p.Audience, UserData: p.UserData,
		IssuedAt: time.Unix(p.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(p.ExpiresAt, 0).UTC(),
	}
	if !now.Before(c.ExpiresAt) {
		return c, ErrExpired
	}
	return c, nil
}

// keyFor hands the parser the key, for a token of this sandbox only.
func (s Signer) keyFor(token *jwt.Token) (any, error) {
	if token.Header["kid"] != s.Sandbox {
		return nil, errors.New("made by another sandbox")
	}
	return s.Key, nil
}

// Sandbox returns the sandbox that a token claims to be of (kid), "" if it is
// garbled. Nothing is verified: it only picks the signer that will.
func Sandbox(token string) string {
	first, _, found := strings.Cut(token, ".")
	if !found {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return ""
	}
	var h header
	if json.Unmarshal(data, &h) != nil {
		return ""
	}
	return h.KeyID
}

// The library asks for these; with its own claims validation off, nobody else.

// GetExpirationTime implements [jwt.Claims].
func (p *payload) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuedAt implements [jwt.Claims].
func (p *payload) GetIssuedAt() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore implements [jwt.Claims].
func (p *payload) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuer implements [jwt.Claims].
func (p *payload) GetIssuer() (string, error) { return "", nil }

// GetSubject implements [jwt.Claims].
func (p *payload) GetSubject() (string, error) { return "", nil }

// GetAudience implements [jwt.Claims].
func (p *payload) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
