package otp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/store"
)

// life is a challenge as somebody who has read the rules thinks of it.
type life struct {
	token, code string
	purpose     otp.Purpose
	subject     string
	rival       string
	expires     time.Time
	wrong       int
	end         otp.Reason // why it is refused from now on; empty while live
}

// model is all challenges, oldest first, gone ones included.
type model struct{ lives []*life }

// enter adds a challenge and lets go of what is too old to be kept.
func (m *model) enter(l *life, keepEarlier bool) {
	for _, old := range m.lives {
		if old.rival == l.rival && old.end == "" && !keepEarlier {
			old.end = otp.Replaced
		}
	}
	m.lives = append(m.lives, l)
	kept := 0
	for _, old := range slices.Backward(m.lives) {
		if old.rival == l.rival {
			if kept++; kept > 8 {
				old.end = otp.Unknown
			}
		}
	}
}

// newest is the token of the newest challenge of a rivalry that could still be
// completed, or "".
func (m *model) newest(rival string, at time.Time) string {
	for _, l := range slices.Backward(m.lives) {
		if l.rival == rival && l.end == "" && at.Before(l.expires) {
			return l.token
		}
	}
	return ""
}

// judge is what the rules say to an attempt.
func (l *life) judge(at time.Time, a otp.Attempt) otp.Reason {
	switch {
	case l.end == otp.Unknown:
		return otp.Unknown
	case a.Purpose != l.purpose:
		return otp.OtherPurpose
	case a.Subject != "" && a.Subject != l.subject:
		return otp.OtherSubject
	case l.end != "":
		return l.end
	case !at.Before(l.expires):
		return otp.Expired
	case a.Code != l.code:
		if l.wrong++; l.wrong == 3 {
			l.end = otp.TooManyWrong
		}
		return otp.WrongCode
	}
	l.end = otp.AlreadyUsed
	return ""
}

func reasonOf(t *rapid.T, err error) otp.Reason {
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*otp.Refused](err)
	if !ok {
		t.Fatalf("an error that is no refusal: %v", err)
	}
	return refused.Reason
}

// Whatever is asked for, resent, typed and waited for, the engine says what the
// rules say.
func TestEngineKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		e, rng := otp.New(store.NewMemory(), "otp"), rand.New(rand.NewPCG(1, 1))
		m, at := &model{}, now
		drawPolicy := func(t *rapid.T) otp.Policy {
			return otp.Policy{
				Digits: 1, MaxAttempts: 3, KeepEarlier: rapid.Bool().Draw(t, "keepEarlier"),
				Lifetime: time.Duration(rapid.IntRange(1, 4).Draw(t, "lifetime")) * time.Second,
			}
		}
		purposes := rapid.SampledFrom([]otp.Purpose{otp.Login, otp.Signup})
		pick := func(t *rapid.T) *life {
			if len(m.lives) == 0 {
				t.Skip("nothing was issued")
			}
			back := rapid.IntRange(1, min(len(m.lives), 10)).Draw(t, "back")
			return m.lives[len(m.lives)-back]
		}
		t.Repeat(map[string]func(*rapid.T){
			"issue": func(t *rapid.T) {
				r := otp.Request{
					Purpose: purposes.Draw(t, "purpose"), Policy: drawPolicy(t),
					Subject: rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "subject"),
					Rival:   rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "rival"),
					Sole:    rapid.Bool().Draw(t, "sole"),
				}
				c, err := e.Issue(ctx, at, rng, r)
				if pending := m.newest(r.Rival, at); r.Sole && pending != "" {
					refused, ok := errors.AsType[*otp.Refused](err)
					if !ok || refused.Reason != otp.StillPending || refused.Challenge.Token != pending {
						t.Fatalf("a sole challenge while %q is pending: %v", pending, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				m.enter(&life{c.Token, c.Code, r.Purpose, r.Subject, r.Rival, at.Add(r.Policy.Lifetime), 0, ""}, r.Policy.KeepEarlier)
			},
			"resend": func(t *rapid.T) {
				l, p, pol := pick(t), purposes.Draw(t, "purpose"), drawPolicy(t)
				expected := l.end
				if l.end != otp.Unknown && p != l.purpose {
					expected = otp.OtherPurpose
				}
				c, err := e.Resend(ctx, at, rng, l.token, p, pol)
				if got := reasonOf(t, err); got != expected {
					t.Fatalf("resend of %+v: %q, want %q", *l, got, expected)
				}
				if err == nil {
					l.end = otp.Replaced
					m.enter(&life{c.Token, c.Code, p, l.subject, l.rival, at.Add(pol.Lifetime), 0, ""}, pol.KeepEarlier)
				}
			},
			"verify": func(t *rapid.T) {
				l := pick(t)
				a := otp.Attempt{
					Token: l.token, Purpose: l.purpose,
					Code:    rapid.SampledFrom([]string{l.code, l.code, "", "0"}).Draw(t, "code"),
					Subject: rapid.SampledFrom([]string{"", l.subject, "s1"}).Draw(t, "subject"),
				}
				if rapid.IntRange(0, 5).Draw(t, "otherPurpose") == 0 {
					a.Purpose = purposes.Draw(t, "purpose")
				}
				before := *l
				expected := l.judge(at, a)
				if _, err := e.Foresee(ctx, at, a); reasonOf(t, err) != expected {
					t.Fatalf("%+v at %v on %+v is foreseen as %v, want %q", a, at, before, err, expected)
				}
				_, err := e.Verify(ctx, at, a)
				if got := reasonOf(t, err); got != expected {
					t.Fatalf("%+v at %v on %+v: %q, want %q", a, at, before, got, expected)
				}
			},
			"wait": func(t *rapid.T) {
				at = at.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "seconds")) * time.Second / 2)
			},
			"": func(t *rapid.T) {
				rival := rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "rival")
				newest := m.newest(rival, at)
				c, ok, err := e.Pending(ctx, at, rival)
				if err != nil || ok != (newest != "") || c.Token != newest {
					t.Fatalf("pending is %+v, %v, %v; want %q", c, ok, err, newest)
				}
			},
		})
	})
}
