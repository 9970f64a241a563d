package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"stagedoor/mockserver/journal"
)

// Requests returns the answered calls that are newer than an id, oldest first;
// all of them without one.
func (c *Client) Requests(ctx context.Context, id, after string) ([]journal.Entry, error) {
	query := url.Values{}
	if after != "" {
		query.Set("after", after)
	}
	var list struct {
		Requests []journal.Entry `json:"requests"`
	}
	err := c.get(ctx, under(id, "requests"), query, &list)
	return list.Requests, err
}

// ClearRequests empties the journal.
func (c *Client) ClearRequests(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: under(id, "requests")})
}

// HAR writes the journal to w as an HTTP Archive, which developer tools import.
// Tokens and codes are replaced in it unless keepSecrets.
func (c *Client) HAR(ctx context.Context, id string, w io.Writer, keepSecrets bool) error {
	query := url.Values{}
	if keepSecrets {
		query.Set("secrets", "keep")
	}
	return c.do(ctx, call{method: http.MethodGet, path: under(id, "requests.har"), query: query, raw: w})
}
