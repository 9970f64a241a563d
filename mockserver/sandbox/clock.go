package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/store"
)

// ClockState is a sandbox clock as people see it.
type ClockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
}

// ClockChange moves a sandbox's clock. Exactly one of Advance and Set may be
// given; Frozen may come alone or with either.
type ClockChange struct {
	Advance time.Duration
	Set     time.Time
	Frozen  *bool
}

// MoveClock applies a change atomically and returns the clock after it.
func (r *Registry) MoveClock(ctx context.Context, id string, change ClockChange) (ClockState, error) {
	real := r.config.Clock.Now()
	if change.Advance != 0 && !change.Set.IsZero() {
		return ClockState{}, &Problem{Field: "set", Detail: "give either advance or set, not both"}
	}
	_, err := r.records.Update(ctx, id, func(rec *record) error {
		moved, err := rec.Clock.Advance(real, change.Advance)
		field := "advance"
		if !change.Set.IsZero() {
			field = "set"
			moved, err = rec.Clock.Set(real, change.Set)
		}
		if err == nil {
			err = inReach(real, moved)
		}
		if err != nil {
			return &Problem{Field: field, Detail: err.Error()}
		}
		if change.Frozen != nil && *change.Frozen {
			moved = moved.Freeze(real)
		} else if change.Frozen != nil {
			moved = moved.Thaw(real)
		}
		rec.Clock = moved
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return ClockState{}, fmt.Errorf("sandbox %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return ClockState{}, err
	}
	s, err := r.Open(ctx, id)
	if err != nil {
		return ClockState{}, err
	}
	return s.moved(real), nil
}

// clockMoves is how many moves are kept for streams that come late.
const clockMoves = 100

// moved tells streams of the sandbox's clock, and returns it.
func (s *Sandbox) moved(real time.Time) ClockState {
	now := s.Clock(real)
	s.Clocks.Append(func(int64) ClockState { return now })
	return now
}

// inReach refuses to set a frozen clock to where it could not go on from.
func inReach(real time.Time, v clock.Virtual) error {
	if !v.Thaw(real).At(real).Equal(v.At(real)) {
		return clock.ErrTooFar
	}
	return nil
}

// startClock gives a new sandbox the clock of a document, past or future: a
// running one goes on from there.
func (r *Registry) startClock(rec *record, c *ClockState) error {
	rec.Clock = clock.Virtual{}
	if c == nil {
		return nil
	}
	real, at := r.config.Clock.Now(), c.Now.UTC()
	v := clock.Virtual{FrozenAt: &at}
	if err := inReach(real, v); err != nil {
		return &Problem{Field: "clock.now", Detail: err.Error()}
	}
	if !c.Frozen {
		v = v.Thaw(real)
	}
	rec.Clock = v
	return nil
}

// forwardClock moves the clock of a sandbox that exists to that of a document.
func (r *Registry) forwardClock(rec *record, c *ClockState) error {
	if c == nil {
		return nil
	}
	real := r.config.Clock.Now()
	moved, err := rec.Clock.Set(real, c.Now)
	if err == nil {
		err = inReach(real, moved)
	}
	if err != nil {
		return &Problem{Field: "clock.now", Detail: err.Error()}
	}
	if c.Frozen {
		moved = moved.Freeze(real)
	}
	rec.Clock = moved
	return nil
}
