package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/sandbox"
)

// faultList is the rules of a sandbox as they are sent and shown.
type faultList struct {
	Rules fault.Rules `json:"rules"`
}

func (a *API) listFaults(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return showFaults(ctx, s)
}

func (a *API) replaceFaults(ctx context.Context, c *call) (reply, error) {
	var list faultList
	if err := json.Unmarshal(c.body, &list); err != nil {
		if p, ok := errors.AsType[*fault.Problem](err); ok {
			return reply{}, refuse(http.StatusBadRequest, "rules%s", p.Error())
		}
		return reply{}, refuse(http.StatusBadRequest, "body: %s", err.Error())
	}
	s, err := a.config.Sandboxes.SetFaults(ctx, c.path["id"], list.Rules)
	if err != nil {
		return reply{}, err
	}
	return showFaults(ctx, s)
}

// showFaults shows the rules of a sandbox with what each has done.
func showFaults(ctx context.Context, s *sandbox.Sandbox) (reply, error) {
	rules, err := s.Faults(ctx)
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, faultList{rules})
}
