package clock

import (
	"errors"
	"time"
)

// ErrPast is returned when a virtual clock is asked to run backwards.
var ErrPast = errors.New("a sandbox clock cannot be moved into its past")

// ErrTooFar is returned for an instant that an offset cannot reach: a duration
// holds about 292 years.
var ErrTooFar = errors.New("a sandbox clock cannot be moved by more than 292 years")

// Virtual is a sandbox's clock as data: a pure function of the real time. The
// zero value shows the real time.
type Virtual struct {
	// Offset is what is added to the real time. It is below zero on a clock
	// that was frozen for a while and then went on.
	Offset Duration `json:"offset,omitempty"`
	// FrozenAt is the instant the clock stands at, nil when it runs.
	FrozenAt *time.Time `json:"frozenAt,omitempty"`
}

// At returns what the clock shows at a real time, in UTC.
func (v Virtual) At(real time.Time) time.Time {
	if v.FrozenAt != nil {
		return v.FrozenAt.UTC()
	}
	return wall(real).Add(v.Offset.Std())
}

// Frozen says whether the clock stands still.
func (v Virtual) Frozen() bool { return v.FrozenAt != nil }

// Advance returns the clock moved forward by d. A frozen clock stays frozen.
// A negative d is ErrPast.
func (v Virtual) Advance(real time.Time, d time.Duration) (Virtual, error) {
	return v.Set(real, v.At(real).Add(d))
}

// Set returns the clock showing to at the given real time. An instant earlier
// than what the clock shows is ErrPast, one out of reach ErrTooFar.
func (v Virtual) Set(real, to time.Time) (Virtual, error) {
	to = wall(to)
	if to.Before(v.At(real)) {
		return v, ErrPast
	}
	if v.FrozenAt != nil {
		return Virtual{FrozenAt: &to}, nil
	}
	offset := to.Sub(wall(real))
	// Sub saturates instead of failing.
	if !wall(real).Add(offset).Equal(to) {
		return v, ErrTooFar
	}
	return Virtual{Offset: Duration(offset)}, nil
}

// Freeze returns the clock standing at what it shows now.
func (v Virtual) Freeze(real time.Time) Virtual {
	at := v.At(real)
	return Virtual{FrozenAt: &at}
}

// Thaw returns the clock going on from the instant it was frozen at. Thawing a
// running clock changes nothing.
func (v Virtual) Thaw(real time.Time) Virtual {
	if v.FrozenAt == nil {
		return v
	}
	return Virtual{Offset: Duration(v.FrozenAt.Sub(wall(real)))}
}

// wall drops the monotonic reading: sandbox time is stored and compared across
// restarts, where only the wall clock means anything.
func wall(t time.Time) time.Time { return t.Round(0).UTC() }
