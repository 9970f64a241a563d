package control

import (
	"context"
	"net/http"
	"time"

	"stagedoor/mockserver/sandbox"
)

// sandboxView is a sandbox as the control API shows it.
type sandboxView struct {
	ID string `json:"id"`
	sandbox.Settings
	CreatedAt time.Time `json:"createdAt"`
	// Seed is there whether it was chosen or drawn.
	Seed        int64               `json:"seed"`
	Credentials sandbox.Credentials `json:"credentials"`
	Clock       sandbox.ClockState  `json:"clock"`
}

func (a *API) view(s *sandbox.Sandbox) sandboxView {
	return sandboxView{
		ID: s.ID, Settings: s.Settings, CreatedAt: s.CreatedAt, Seed: s.Seed(),
		Credentials: s.Credentials, Clock: s.Clock(a.config.Clock.Now()),
	}
}

// sandbox opens the one that the path names.
func (a *API) sandbox(ctx context.Context, c *call) (*sandbox.Sandbox, error) {
	return a.config.Sandboxes.Open(ctx, c.path["id"])
}

// showing is the reply to a call that leaves a sandbox.
func (a *API) showing(s *sandbox.Sandbox, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, a.view(s))
}

func (a *API) making(s *sandbox.Sandbox, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return made("/sandboxes/"+s.ID, a.view(s))
}

func (a *API) listSandboxes(ctx context.Context, _ *call) (reply, error) {
	all, err := a.config.Sandboxes.List(ctx)
	if err != nil {
		return reply{}, err
	}
	views := []sandboxView{}
	for _, s := range all {
		views = append(views, a.view(s))
	}
	return shown(http.StatusOK, map[string][]sandboxView{"sandboxes": views})
}

func (a *API) createSandbox(ctx context.Context, c *call) (reply, error) {
	d, err := sandbox.DecodeDocument(c.body)
	if err != nil {
		return reply{}, err
	}
	return a.making(a.config.Sandboxes.Create(ctx, d))
}

func (a *API) showSandbox(ctx context.Context, c *call) (reply, error) {
	return a.showing(a.sandbox(ctx, c))
}

func (a *API) putSandbox(ctx context.Context, c *call) (reply, error) {
	d, err := sandbox.DecodeDocument(c.body)
	if err != nil {
		return reply{}, err
	}
	s, isNew, err := a.config.Sandboxes.Put(ctx, c.path["id"], d)
	if isNew {
		return a.making(s, err)
	}
	return a.showing(s, err)
}

func (a *API) patchSandbox(ctx context.Context, c *call) (reply, error) {
	return a.showing(a.config.Sandboxes.Patch(ctx, c.path["id"], c.body))
}

func (a *API) deleteSandbox(ctx context.Context, c *call) (reply, error) {
	if err := a.config.Sandboxes.Delete(ctx, c.path["id"]); err != nil {
		return reply{}, err
	}
	return gone(), nil
}

func (a *API) resetSandbox(ctx context.Context, c *call) (reply, error) {
	return a.showing(a.config.Sandboxes.Reset(ctx, c.path["id"]))
}
