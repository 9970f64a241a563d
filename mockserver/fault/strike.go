package fault

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Tally is what the store remembers of a rule.
type Tally struct {
	// Tries counts the calls that the rule was about.
	Tries uint64 `json:"tries"`
	// Hits counts those on which it fired.
	Hits uint64 `json:"hits"`
}

// Strike is a rule that fires on a call.
type Strike struct {
	Rule
	// Wait is this call's delay.
	Wait time.Duration
}

// Try counts one more call that the rule is about and returns its strike, or
// nil where chance passes over the call. A rule that has fired as often as it
// may counts nothing any more. The n-th try of a rule always ends the same with
// one seed, whichever call it is.
func (r Rule) Try(seed int64, t *Tally) *Strike {
	if r.Times != nil && t.Hits >= uint64(*r.Times) {
		return nil
	}
	t.Tries++
	rng := r.chance(seed, t.Tries)
	if r.Probability != nil && rng.Float64() >= *r.Probability {
		return nil
	}
	t.Hits++
	s := &Strike{Rule: r}
	if d := r.Effect.Delay; d != nil {
		s.Wait = d.Min + time.Duration(rng.Int64N(int64(d.Max-d.Min)+1))
	}
	return s
}

// chance draws from its own source: a rule changes no code of the sandbox.
func (r Rule) chance(seed int64, try uint64) *rand.Rand {
	material := binary.BigEndian.AppendUint64(nil, uint64(seed))
	material = binary.BigEndian.AppendUint64(material, try)
	material = append(material, "fault/"+r.ID...)
	return rand.New(rand.NewChaCha8(sha256.Sum256(material)))
}

// String says what the strike does besides forcing an outcome: "fault rule
// slow: delay 312ms, truncate 10".
func (s Strike) String() string {
	var parts []string
	add := func(present bool, format string, args ...any) {
		if present {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	e := s.Effect
	add(e.Delay != nil, "delay %v", s.Wait)
	add(e.Status != 0, "status %d", e.Status)
	add(e.Malformed, "malformed")
	if e.Truncate != nil {
		add(true, "truncate %d", *e.Truncate)
	}
	add(e.ContentType != "", "content type %q", e.ContentType)
	add(e.SlowBody != 0, "slow body %v", e.SlowBody)
	add(e.Drop != "", "drop %s", e.Drop)
	return "fault rule " + s.ID + ": " + strings.Join(parts, ", ")
}
