package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
)

// maxWait bounds how long a call may be held back.
const maxWait = 60 * time.Second

// patience is the context of a call that waits: it ends when the time that the
// client gives is over, or when the client goes away. It is the client's time,
// not that of a sandbox.
func patience(c *call) (context.Context, context.CancelFunc, error) {
	wait := time.Duration(0)
	if text := c.query.Get("wait"); text != "" {
		var err error
		if wait, err = time.ParseDuration(text); err != nil || wait > maxWait {
			return nil, nil, refuse(http.StatusBadRequest, "wait: %q is longer than %v; wait less, and ask again", text, maxWait)
		}
	}
	ctx, cancel := context.WithTimeout(c.request.Context(), wait)
	return ctx, cancel, nil
}

func (a *API) listMessages(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	q := c.query
	f := inbox.Filter{To: q.Get("to"), Channel: q.Get("channel"), Purpose: q.Get("purpose"), Token: q.Get("token"), After: q.Get("after")}
	if f.Check() != nil {
		return reply{}, noID(f.After)
	}
	waiting, cancel, err := patience(c)
	if err != nil {
		return reply{}, err
	}
	defer cancel()
	return shown(http.StatusOK, map[string][]inbox.Message{"messages": s.Inbox.Wait(waiting, f)})
}

// noID refuses an after that no message or request can have.
func noID(after string) error {
	return refuse(http.StatusBadRequest, "after: %q is no id; give the id of the newest entry that you have", after)
}

// latestCode answers with the newest code that would be accepted now. A code
// whose message names no challenge is never one.
func (a *API) latestCode(ctx context.Context, c *call) (reply, error) {
	waiting, cancel, err := patience(c)
	if err != nil {
		return reply{}, err
	}
	defer cancel()
	f := inbox.Filter{To: c.query.Get("to"), Token: c.query.Get("token")}
	for {
		// Opened anew: its clock may have been moved meanwhile.
		s, err := a.sandbox(ctx, c)
		if err != nil {
			return reply{}, err
		}
		changed := s.Inbox.Changed()
		messages := s.Inbox.List(f)
		code, err := a.liveCode(ctx, s, messages)
		if err != nil {
			return reply{}, err
		}
		if code != "" {
			return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(code)}, nil
		}
		if len(messages) > 0 {
			// A code that is dead stays dead.
			f.After = messages[len(messages)-1].ID
		}
		select {
		case <-changed:
		case <-waiting.Done():
			return reply{}, refuse(http.StatusNotFound, "code: no live code of this address and token has come; look at /sandboxes/%s/messages, or wait longer", s.ID)
		}
	}
}

// liveCode is the newest code whose challenge is live, or "".
func (a *API) liveCode(ctx context.Context, s *sandbox.Sandbox, messages []inbox.Message) (string, error) {
	now := s.Now(a.config.Clock.Now())
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i]
		challenge, err := s.OTP(m.System).Peek(ctx, m.Token)
		var refused *otp.Refused
		switch {
		case errors.As(err, &refused):
		case err != nil:
			return "", err
		case challenge.LiveAt(now) && m.Code != "":
			return m.Code, nil
		}
	}
	return "", nil
}
