package otp

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"stagedoor/mockserver/store"
)

// tokenBytes is the length of a token before it is written as hex.
const tokenBytes = 20

// maxDigits is how many digits a code can have: as many as fit an int64.
const maxDigits = 18

// Engine issues and verifies the challenges of one sandbox. It is a small value
// that may be copied and shared.
type Engine struct {
	challenges store.Collection[Challenge]
	lines      store.Collection[line]
	bound      bound
}

// New returns the engine for the challenges kept under a prefix of a store.
func New(d store.Driver, prefix string) Engine {
	prefix = strings.TrimSuffix(prefix, "/")
	return Engine{
		challenges: store.NewCollection[Challenge](d, prefix+"/challenges"),
		lines:      store.NewCollection[line](d, prefix+"/rivals"),
		bound:      newBound(d, prefix),
	}
}

// Issue makes a challenge. It voids the earlier ones of its rivalry unless the
// policy keeps them; a sole one is refused, with a Refused, while they are alive.
func (e Engine) Issue(ctx context.Context, now time.Time, rng *rand.Rand, r Request) (Challenge, error) {
	if r.Policy.Digits < 1 || r.Policy.Digits > maxDigits {
		return Challenge{}, fmt.Errorf("issuing a one-time code: %d digits are not between 1 and %d", r.Policy.Digits, maxDigits)
	}
	return e.issue(ctx, now, rng, r)
}

// Grant makes a challenge without a code: whoever has its token may take the
// next step. Verify never accepts it, only Redeem does.
func (e Engine) Grant(ctx context.Context, now time.Time, rng *rand.Rand, r Request) (Challenge, error) {
	r.Policy.Digits = 0
	return e.issue(ctx, now, rng, r)
}

func (e Engine) issue(ctx context.Context, now time.Time, rng *rand.Rand, r Request) (Challenge, error) {
	if r.Policy.Lifetime <= 0 {
		return Challenge{}, errors.New("issuing a one-time code: its lifetime is not above zero")
	}
	c := Challenge{
		Purpose: r.Purpose, Channel: r.Channel, Recipient: r.Recipient, Subject: r.Subject,
		Rival: r.Rival, Payload: r.Payload,
		IssuedAt: now, ExpiresAt: now.Add(r.Policy.Lifetime),
		MaxAttempts: r.Policy.MaxAttempts, State: Live,
	}
	if c.Rival == "" {
		c.Rival = RivalKey(r.Purpose, r.Recipient)
	}
	if c.MaxAttempts < 1 {
		c.MaxAttempts = DefaultMaxAttempts
	}
	if r.Sole {
		return e.issueAlone(ctx, now, rng, c, r.Policy)
	}
	c, err := e.create(ctx, rng, c, r.Policy)
	if err != nil {
		return Challenge{}, err
	}
	return c, e.enter(ctx, c, r.Policy.KeepEarlier, anyTip)
}

// create gives the challenge a token and a code, and keeps it.
func (e Engine) create(ctx context.Context, rng *rand.Rand, c Challenge, p Policy) (Challenge, error) {
	draw := p.NewToken
	if draw == nil {
		draw = newToken
	}
	for {
		c.Token, c.Code = draw(rng), newCode(rng, p)
		err := e.challenges.Create(ctx, c.Token, c)
		if !errors.Is(err, store.ErrExists) {
			return c, err
		}
	}
}

// RivalKey is the rivalry of a request that names none.
func RivalKey(p Purpose, recipient string) string { return string(p) + "/" + recipient }

// Resend replaces a challenge that is live or has expired by one with a new
// token, code and expiry; the old one is superseded, whatever the policy keeps
// otherwise. In any other state the error is a Refused.
func (e Engine) Resend(ctx context.Context, now time.Time, rng *rand.Rand, token string, p Purpose, pol Policy) (Challenge, error) {
	old, err := e.change(ctx, token, func(c *Challenge) Reason {
		switch {
		case c.Purpose != p || c.Code == "":
			return OtherPurpose
		case c.State != Live:
			return c.State.settled()
		}
		c.State = Superseded
		return ""
	})
	if err != nil {
		return Challenge{}, err
	}
	// The old code is dead from here on: a caller that goes away must not leave
	// the person without a new one.
	return e.Issue(context.WithoutCancel(ctx), now, rng, Request{
		Purpose: p, Channel: old.Channel, Recipient: old.Recipient, Subject: old.Subject,
		Rival: old.Rival, Payload: old.Payload, Policy: pol,
	})
}

// Attempt is a code that somebody typed.
type Attempt struct {
	Token   string
	Code    string
	Purpose Purpose
	Subject string // whose it must be; empty for anybody's
}

// judge says why the attempt is refused at a time, or "".
func (a Attempt) judge(c *Challenge, now time.Time) Reason {
	switch {
	case c.Purpose != a.Purpose || c.Code == "":
		return OtherPurpose
	case a.Subject != "" && c.Subject != a.Subject:
		return OtherSubject
	case c.State != Live:
		return c.State.settled()
	case c.ExpiredAt(now):
		return Expired
	case subtle.ConstantTimeCompare([]byte(c.Code), []byte(a.Code)) != 1:
		return WrongCode
	}
	return ""
}

// Verify spends a code and returns its challenge. The error is a Refused when it
// is not accepted; a wrong code is counted, anything else that is wrong is not.
func (e Engine) Verify(ctx context.Context, now time.Time, a Attempt) (Challenge, error) {
	return e.change(ctx, a.Token, func(c *Challenge) Reason {
		reason := a.judge(c, now)
		switch reason {
		case "":
			c.State = Used
		case WrongCode:
			if c.Wrong++; c.Wrong >= c.MaxAttempts {
				c.State = Locked
			}
		}
		return reason
	})
}

// Foresee returns the challenge that Verify would accept, and spends and counts
// nothing. It is for what must be known before the code is burned; whoever acts
// on it calls Verify next. The error is a Refused when Verify would refuse.
func (e Engine) Foresee(ctx context.Context, now time.Time, a Attempt) (Challenge, error) {
	c, err := e.Peek(ctx, a.Token)
	if err != nil {
		return Challenge{}, err
	}
	if reason := a.judge(&c, now); reason != "" {
		return Challenge{}, &Refused{Reason: reason, Challenge: c}
	}
	return c, nil
}

// Redeem spends a grant and returns it. The error is a Refused when it is not
// accepted.
func (e Engine) Redeem(ctx context.Context, now time.Time, token string, p Purpose) (Challenge, error) {
	return e.change(ctx, token, func(c *Challenge) Reason {
		switch {
		case c.Purpose != p || c.Code != "":
			return OtherPurpose
		case c.State != Live:
			return c.State.settled()
		case c.ExpiredAt(now):
			return Expired
		}
		c.State = Used
		return ""
	})
}

// change judges and changes a challenge in one atomic update. judge returns why
// it refuses, or "". Nothing is written for a refusal other than WrongCode.
func (e Engine) change(ctx context.Context, token string, judge func(*Challenge) Reason) (Challenge, error) {
	if token == "" {
		return Challenge{}, &Refused{Reason: Unknown}
	}
	var wrong bool
	c, err := e.challenges.Update(ctx, token, func(c *Challenge) error {
		reason := judge(c)
		// The update may run again: only its last run tells.
		wrong = reason == WrongCode
		if reason == "" || wrong {
			return nil
		}
		return &Refused{Reason: reason, Challenge: *c}
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Challenge{}, &Refused{Reason: Unknown}
	case err != nil:
		return Challenge{}, err
	case wrong:
		return Challenge{}, &Refused{Reason: WrongCode, Challenge: c}
	}
	return c, nil
}

// Peek returns a challenge as it is. The error is a Refused when no challenge
// has the token.
func (e Engine) Peek(ctx context.Context, token string) (Challenge, error) {
	c, err := e.challenges.Get(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		return Challenge{}, &Refused{Reason: Unknown}
	}
	return c, err
}

// List returns all challenges that are kept, oldest first. Those of one rivalry
// are in the order in which they were issued, also where the clock stood still.
func (e Engine) List(ctx context.Context) ([]Challenge, error) {
	items, err := e.challenges.List(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := e.lines.List(ctx)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for _, l := range lines {
		for i, token := range l.Value.Tokens {
			place[token] = i
		}
	}
	all := make([]Challenge, len(items))
	for i, item := range items {
		all[i] = item.Value
	}
	slices.SortFunc(all, func(a, b Challenge) int {
		return cmp.Or(a.IssuedAt.Compare(b.IssuedAt), cmp.Compare(place[a.Token], place[b.Token]), cmp.Compare(a.Token, b.Token))
	})
	return all, nil
}

// newToken draws 40 hex digits.
func newToken(rng *rand.Rand) string {
	var token [tokenBytes + 4]byte
	for i := 0; i < len(token); i += 8 {
		n := rng.Uint64()
		for k := range 8 {
			token[i+k] = byte(n >> (8 * k))
		}
	}
	return hex.EncodeToString(token[:tokenBytes])
}

// newCode draws the code that a policy asks for; no digits, no code. A drawn one
// has no leading zero, since one API carries codes as numbers.
func newCode(rng *rand.Rand, p Policy) string {
	if p.Digits == 0 {
		return ""
	}
	if p.FixedCode != "" {
		return strings.Repeat(p.FixedCode, p.Digits/len(p.FixedCode)+1)[:p.Digits]
	}
	least := int64(1)
	for range p.Digits - 1 {
		least *= 10
	}
	return strconv.FormatInt(least+rng.Int64N(9*least), 10)
}
