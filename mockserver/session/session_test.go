package session_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"stagedoor/mockserver/session"
)

var now = time.Date(2030, 5, 17, 12, 0, 0, 700_000_000, time.UTC)

func TestSessionEndsAtTheVeryInstant(t *testing.T) {
	s := session.New("id", "device", "email", now, 5*time.Minute)
	if want := time.Date(2030, 5, 17, 12, 5, 0, 0, time.UTC); !s.ExpiresAt.Equal(want) {
		t.Fatalf("expires at %v, want whole seconds: %v", s.ExpiresAt, want)
	}
	if !s.LiveAt(s.ExpiresAt.Add(-1)) {
		t.Error("dead just before its expiry")
	}
	if s.LiveAt(s.ExpiresAt) {
		t.Error("live at its expiry")
	}
	if s.Generation != 1 || s.TokenID() != "id.1" {
		t.Errorf("the first token is %q", s.TokenID())
	}
}

func TestTokenIDNamesSessionAndGeneration(t *testing.T) {
	for _, id := range []string{"abc", "with.dots", "0"} {
		for _, n := range []int{1, 2, 30} {
			gotID, gotN, ok := session.ParseTokenID(session.TokenID(id, n))
			if !ok || gotID != id || gotN != n {
				t.Errorf("%q, %d came back as %q, %d, %v", id, n, gotID, gotN, ok)
			}
		}
	}
	for _, wrong := range []string{"", "abc", ".1", "abc.", "abc.0", "abc.-1", "abc.x", "abc.01", "abc.+1", "abc.1 "} {
		if id, n, ok := session.ParseTokenID(wrong); ok {
			t.Errorf("%q was read as %q, %d", wrong, id, n)
		}
	}
}

func TestSessionIDsFollowTheirSeed(t *testing.T) {
	draw := func(seed uint64) (a, b string) {
		rng := rand.New(rand.NewPCG(seed, 0))
		return session.NewID(rng), session.NewID(rng)
	}
	a1, b1 := draw(1)
	a2, b2 := draw(1)
	if a1 != a2 || b1 != b2 {
		t.Error("one seed gave different ids")
	}
	if other, _ := draw(2); a1 == b1 || a1 == other {
		t.Error("an id came twice")
	}
	if len(a1) != 32 {
		t.Errorf("id %q has %d digits", a1, len(a1))
	}
}
