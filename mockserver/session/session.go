// Package session makes and checks the tokens that stand for a login.
//
//	Session  one login on one device, as an account keeps it
//	TokenID  the name of one token of a session: "<session>.<generation>"
//	Signer   signs and verifies a sandbox's tokens: HS256, `kid` the sandbox
//	Sandbox  which sandbox a token claims to be of, before anything is checked
//
// A token alone says who signed it and until when. Whether its session is still
// alive is the account's to say (mockserver/account).
package session

import (
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Session is one login on one device.
type Session struct {
	ID       string `json:"id"`
	DeviceID string `json:"deviceId"`
	// Method is how the person logged in: "email", "phone" and so on.
	Method string `json:"method,omitempty"`
	// Generation counts the tokens of the session, the first being 1. A changed
	// profile makes a new one.
	Generation int       `json:"generation"`
	StartedAt  time.Time `json:"startedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// New returns a session in its first generation. Times are cut to seconds, all
// that a token can say, so that session and token end at the same instant.
func New(id, deviceID, method string, now time.Time, lifetime time.Duration) Session {
	now = now.UTC()
	return Session{
		ID: id, DeviceID: deviceID, Method: method, Generation: 1,
		StartedAt: now.Truncate(time.Second),
		ExpiresAt: now.Add(lifetime).Truncate(time.Second),
	}
}

// NewID draws an id of 32 hex digits.
func NewID(rng *rand.Rand) string {
	var id [16]byte
	for i := 0; i < len(id); i += 8 {
		n := rng.Uint64()
		for k := range 8 {
			id[i+k] = byte(n >> (8 * k))
		}
	}
	return hex.EncodeToString(id[:])
}

// LiveAt says whether the session has not expired; the very instant is too late.
func (s Session) LiveAt(now time.Time) bool { return now.Before(s.ExpiresAt) }

// TokenID returns the id (jti) of the session's current token.
func (s Session) TokenID() string { return TokenID(s.ID, s.Generation) }

// TokenID returns the id of the n-th token of a session.
func TokenID(sessionID string, generation int) string {
	return sessionID + "." + strconv.Itoa(generation)
}

// ParseTokenID reads what TokenID wrote; false for anything else.
func ParseTokenID(tokenID string) (sessionID string, generation int, ok bool) {
	i := strings.LastIndexByte(tokenID, '.')
	if i <= 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(tokenID[i+1:])
	if err != nil || n < 1 || TokenID(tokenID[:i], n) != tokenID {
		return "", 0, false
	}
	return tokenID[:i], n, true
}
