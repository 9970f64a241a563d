package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"stagedoor/mockserver/journal"
)

// Requests returns the answered calls that pass the filter, oldest first.
func (c *Client) Requests(ctx context.Context, id string, f journal.Filter) ([]journal.Entry, error) {
	var list struct {
		Requests []journal.Entry `json:"requests"`
	}
	err := c.get(ctx, under(id, "requests"), filterQuery(f), &list)
	return list.Requests, err
}

// ClearRequests empties the journal.
func (c *Client) ClearRequests(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: under(id, "requests")})
}

// HAR writes the calls that pass the filter to w as an HTTP Archive, which
// developer tools import. Tokens and codes are replaced in it unless keepSecrets.
func (c *Client) HAR(ctx context.Context, id string, f journal.Filter, keepSecrets bool, w io.Writer) error {
	query := filterQuery(f)
	if keepSecrets {
		query.Set("secrets", "keep")
	}
	return c.do(ctx, call{method: http.MethodGet, path: under(id, "requests.har"), query: query, raw: w})
}

func filterQuery(f journal.Filter) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"after": f.After, "operation": f.Operation, "outcome": f.Outcome, "since": timeText(f.Since), "until": timeText(f.Until),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
