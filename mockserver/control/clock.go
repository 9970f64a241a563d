package control

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"stagedoor/mockserver/sandbox"
)

func (a *API) showClock(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, s.Clock(a.config.Clock.Now()))
}

func (a *API) moveClock(ctx context.Context, c *call) (reply, error) {
	change, err := clockChange(c.body)
	if err != nil {
		return reply{}, err
	}
	state, err := a.config.Sandboxes.MoveClock(ctx, c.path["id"], change)
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, state)
}

// clockChange reads a change that fits the contract, whose patterns leave a few
// impossible values: the 31st of February, a million years.
func clockChange(body []byte) (change sandbox.ClockChange, err error) {
	var in struct {
		Advance string
		Set     string
		Frozen  *bool
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return change, refuse(http.StatusBadRequest, "body: %s", err.Error())
	}
	change.Frozen = in.Frozen
	if in.Advance != "" {
		if change.Advance, err = time.ParseDuration(in.Advance); err != nil {
			return change, refuse(http.StatusBadRequest, "advance: %q is too long; a clock can be moved by 292 years", in.Advance)
		}
	}
	if in.Set != "" {
		if change.Set, err = time.Parse(time.RFC3339, in.Set); err != nil {
			return change, refuse(http.StatusBadRequest, "set: %q is no time; use one like 2030-01-01T00:00:00Z", in.Set)
		}
	}
	return change, nil
}
