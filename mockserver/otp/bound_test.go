package otp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"stagedoor/mockserver/store"
)

func TestAnEngineKeepsABoundedNumberOfRivalries(t *testing.T) {
	ctx, d := t.Context(), store.NewMemory()
	e := New(d, "x")
	e.bound.limit = 3
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rng := rand.New(rand.NewPCG(1, 1))
	var tokens []string
	for n := range 20 {
		c, err := e.Issue(ctx, now, rng, Request{Purpose: Login, Recipient: fmt.Sprint("person ", n), Policy: Policy{Digits: 4, Lifetime: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, c.Token)
		// A second code of the same rivalry takes no further place.
		if _, err := e.Resend(ctx, now, rng, c.Token, Login, Policy{Digits: 4, Lifetime: time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	pairs, err := d.List(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	// Three places with a line and two challenges each, and the counter.
	if len(pairs) != 3*(1+1+2)+1 {
		t.Errorf("the store holds %d records of the engine", len(pairs))
	}
	var refused *Refused
	if _, err := e.Peek(ctx, tokens[0]); !errors.As(err, &refused) || refused.Reason != Unknown {
		t.Errorf("the oldest challenge: %v", err)
	}
	if c, err := e.Peek(ctx, tokens[19]); err != nil || c.State != Superseded {
		t.Errorf("a new challenge is %q (%v)", c.State, err)
	}
}
