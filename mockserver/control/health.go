package control

import (
	"context"
	"net/http"

	"stagedoor/mockserver/sandbox"
)

type health struct {
	Status string `json:"status"`
}

// healthz says that the process is alive.
func (a *API) healthz(context.Context, *call) (reply, error) {
	return shown(http.StatusOK, health{"ok"})
}

// readyz says whether the store answers and the default sandbox is there.
func (a *API) readyz(ctx context.Context, _ *call) (reply, error) {
	if _, err := a.config.Sandboxes.Open(ctx, sandbox.DefaultID); err != nil {
		a.config.Log.Error("not ready", "error", err)
		return reply{}, refuse(http.StatusServiceUnavailable, "the default sandbox cannot be opened; the log of the server says why")
	}
	return shown(http.StatusOK, health{"ok"})
}
