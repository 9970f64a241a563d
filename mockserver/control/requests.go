package control

import (
	"context"
	"net/http"
	"time"

	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/sandbox"
)

// requests are the entries of a sandbox that pass what the query asks for.
func (a *API) requests(ctx context.Context, c *call) (*sandbox.Sandbox, []journal.Entry, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	f := journal.Filter{After: c.query.Get("after"), Operation: c.query.Get("operation"), Outcome: c.query.Get("outcome")}
	if f.Check() != nil {
		return nil, nil, noID(f.After)
	}
	if f.Since, err = instant(c, "since"); err != nil {
		return nil, nil, err
	}
	if f.Until, err = instant(c, "until"); err != nil {
		return nil, nil, err
	}
	return s, s.Journal.List(f), nil
}

// instant is a parameter that names one, the zero time where it is absent.
func instant(c *call, name string) (time.Time, error) {
	text := c.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		// The pattern of the contract leaves the 31st of February.
		return at, refuse(http.StatusBadRequest, "%s: %q is no time; use one like 2030-01-01T00:00:00Z, with a + as %%2B", name, text)
	}
	return at, nil
}

func (a *API) listRequests(ctx context.Context, c *call) (reply, error) {
	_, entries, err := a.requests(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, map[string][]journal.Entry{"requests": entries})
}

// requestsArchive is the journal as a file for a browser's developer tools.
func (a *API) requestsArchive(ctx context.Context, c *call) (reply, error) {
	s, entries, err := a.requests(ctx, c)
	if err != nil {
		return reply{}, err
	}
	creator := journal.HARCreator{Name: "Stagedoor", Version: a.version}
	answer, err := shown(http.StatusOK, journal.NewHAR(creator, entries, c.query.Get("secrets") == "keep"))
	if err == nil {
		answer.header.Set("Content-Disposition", `attachment; filename="`+s.ID+`.har"`)
	}
	return answer, err
}

func (a *API) clearRequests(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	s.Journal.Clear()
	return gone(), nil
}
