// Package clock owns time: the real one, a manual one for tests, and the
// virtual clock that every sandbox carries as data.
//
//	Clock    Now(), read once per unit of work and passed on
//	Real     the computer's clock; the only caller of [time.Now] in the project
//	Manual   a clock that moves when it is told to
//	Virtual  a sandbox's clock: an offset from the real time, or a frozen instant
//	Duration a [time.Duration] that travels as text ("24h")
//
// A [Virtual] never runs backwards by itself or by request: every way to move it
// refuses the past. What it cannot see is the computer's own clock being set
// back; whoever stores it keeps the latest instant that was handed out.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// Real is the computer's clock.
type Real struct{}

// Now returns the current time. It keeps Go's monotonic reading, so that two
// results can be subtracted to measure a duration.
func (Real) Now() time.Time { return time.Now() }

// Manual is a clock that stands still until it is moved. It may be shared by
// goroutines. The zero value stands at the zero time.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t} }

// Now returns the instant the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Set moves the clock to t, which may be in its past: a computer's clock can do
// that too.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

// Sleep waits for d of real time, or until ctx ends, whose error it then
// returns. A d of zero or less returns at once.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
