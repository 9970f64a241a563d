package pipeline

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// Call is one request as a behaviour sees it. It lives as long as the request
// and belongs to one goroutine.
type Call struct {
	Operation *spec.Operation
	Sandbox   *sandbox.Sandbox
	// Now is the sandbox's time, read once for the whole call.
	Now time.Time
	// Path holds the path parameters, unescaped.
	Path   map[string]string
	Query  Query
	Header http.Header
	// Account and Session are whom Authorize found.
	Account account.Account
	Session session.Session

	request  *http.Request
	rng      *rand.Rand
	messages []Message
}

// Message is an SMS or e-mail to deliver once the behaviour has succeeded.
type Message struct {
	Channel string // ChannelSMS or ChannelEmail
	To      string
	Purpose otp.Purpose
	Code    string
	Token   string
	Text    string
}

// The channels of messages.
const (
	ChannelSMS   = inbox.SMS
	ChannelEmail = inbox.Email
)

// Reading is the option that the sandbox has for a reading.
func (c *Call) Reading(id string) string { return c.Sandbox.Readings.Option(id) }

// Accounts are the accounts of the sandbox.
func (c *Call) Accounts() account.Accounts { return c.Sandbox.Accounts }

// OTP is the engine of this system's challenges.
func (c *Call) OTP() otp.Engine { return c.Sandbox.OTP(c.Operation.System.Name) }

// Policy is what the sandbox says of codes with this length and lifetime.
func (c *Call) Policy(digits int, lifetime time.Duration) otp.Policy {
	return c.Sandbox.Policy(digits, lifetime)
}

// Signer signs and verifies the sandbox's tokens.
func (c *Call) Signer() session.Signer { return c.Sandbox.Signer() }

// AccessTTL is the lifetime of access tokens: the sandbox's, where it sets
// one, else the documented one.
func (c *Call) AccessTTL(documented time.Duration) time.Duration {
	if ttl := c.Sandbox.Settings.AccessToken.TTL.Std(); ttl > 0 {
		return ttl
	}
	return documented
}

// Random is the call's source of randomness, the same however often it is
// asked for. It follows from the sandbox's seed.
func (c *Call) Random(ctx context.Context) (*rand.Rand, error) {
	if c.rng != nil {
		return c.rng, nil
	}
	rng, err := c.Sandbox.Draw(ctx)
	if err != nil {
		return nil, err
	}
	c.rng = rng
	return rng, nil
}

// Link is the URL of another operation of this system, one without path
// parameters, at the address by which the client has reached the mock.
func (c *Call) Link(operation string, query url.Values) string {
	link := origin(c.request)
	link.Path, link.RawQuery = c.Operation.System.Operation(operation).Path, query.Encode()
	return link.String()
}

// origin is the address by which a client has reached the mock.
func origin(r *http.Request) url.URL {
	o := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		o.Scheme = "https"
	}
	if o.Host == "" { // HTTP/1.0 can do without
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			o.Host = local.String()
		}
	}
	return o
}

// Deliver sends a message when, and only when, the behaviour succeeds.
func (c *Call) Deliver(m Message) { c.messages = append(c.messages, m) }
