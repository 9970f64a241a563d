package client

import (
	"context"
	"net/http"

	"stagedoor/mockserver/fault"
)

// Faults returns the fault rules of a sandbox in their order, with their hits.
func (c *Client) Faults(ctx context.Context, id string) (fault.Rules, error) {
	return c.faults(ctx, call{method: http.MethodGet, path: under(id, "faults")})
}

// PutFaults replaces the fault rules, all or none, and returns them as they are
// followed. Rules are a [fault.Rules], or anything whose JSON is such a list.
func (c *Client) PutFaults(ctx context.Context, id string, rules any) (fault.Rules, error) {
	body := map[string]any{"rules": rules}
	return c.faults(ctx, call{method: http.MethodPut, path: under(id, "faults"), in: body})
}

func (c *Client) faults(ctx context.Context, q call) (fault.Rules, error) {
	var list struct {
		Rules fault.Rules `json:"rules"`
	}
	q.out = &list
	err := c.do(ctx, q)
	return list.Rules, err
}
