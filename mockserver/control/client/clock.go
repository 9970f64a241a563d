package client

import (
	"context"
	"net/http"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
)

// Clock reads the clock of a sandbox.
func (c *Client) Clock(ctx context.Context, id string) (sandbox.ClockState, error) {
	var state sandbox.ClockState
	err := c.get(ctx, under(id, "clock"), nil, &state)
	return state, err
}

// Advance moves the clock forward.
func (c *Client) Advance(ctx context.Context, id string, d time.Duration) (sandbox.ClockState, error) {
	return c.MoveClock(ctx, id, sandbox.ClockChange{Advance: d})
}

// SetClock moves the clock to a moment that is not in its past.
func (c *Client) SetClock(ctx context.Context, id string, to time.Time) (sandbox.ClockState, error) {
	return c.MoveClock(ctx, id, sandbox.ClockChange{Set: to})
}

// Freeze stops the clock.
func (c *Client) Freeze(ctx context.Context, id string) (sandbox.ClockState, error) {
	frozen := true
	return c.MoveClock(ctx, id, sandbox.ClockChange{Frozen: &frozen})
}

// Thaw lets a stopped clock go on from where it stands.
func (c *Client) Thaw(ctx context.Context, id string) (sandbox.ClockState, error) {
	frozen := false
	return c.MoveClock(ctx, id, sandbox.ClockChange{Frozen: &frozen})
}

// MoveClock applies a change in one step and returns the clock after it.
func (c *Client) MoveClock(ctx context.Context, id string, change sandbox.ClockChange) (sandbox.ClockState, error) {
	body := struct {
		Advance clock.Duration `json:"advance,omitzero"`
		Set     time.Time      `json:"set,omitzero"`
		Frozen  *bool          `json:"frozen,omitempty"`
	}{clock.Duration(change.Advance), change.Set, change.Frozen}
	var state sandbox.ClockState
	err := c.do(ctx, call{method: http.MethodPatch, path: under(id, "clock"), in: body, out: &state})
	return state, err
}
