package control

import (
	"context"
	"net/http"

	"stagedoor/mockserver/sandbox"
)

func (a *API) exportState(ctx context.Context, c *call) (reply, error) {
	d, err := a.config.Sandboxes.Export(ctx, c.path["id"])
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, d)
}

func (a *API) importState(ctx context.Context, c *call) (reply, error) {
	d, err := sandbox.DecodeDocument(c.body)
	if err != nil {
		return reply{}, err
	}
	s, isNew, err := a.config.Sandboxes.Import(ctx, c.path["id"], d)
	if isNew {
		return a.making(s, err)
	}
	return a.showing(s, err)
}
