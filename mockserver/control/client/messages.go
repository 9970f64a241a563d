package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"stagedoor/mockserver/inbox"
)

// longestWait is how long one call may be held back; a longer wait is several.
const longestWait = time.Minute

// Messages returns the messages that pass the filter, oldest first. When there
// are none it waits, up to the given time of the computer's clock, for one that
// is newer than f.After; without After any message that passes will do. No
// message in time is an empty list.
func (c *Client) Messages(ctx context.Context, id string, f inbox.Filter, wait time.Duration) ([]inbox.Message, error) {
	for {
		turn := min(wait, longestWait)
		wait -= turn
		var list struct {
			Messages []inbox.Message `json:"messages"`
		}
		err := c.get(ctx, under(id, "messages"), asQuery(f, turn), &list)
		if err != nil || len(list.Messages) > 0 || wait <= 0 {
			return list.Messages, err
		}
	}
}

// Code returns the newest code that would be accepted now, waiting for one up to
// the given time. Of the filter only To and Token count. When none comes the
// error is a [Problem] with status 404.
func (c *Client) Code(ctx context.Context, id string, f inbox.Filter, wait time.Duration) (string, error) {
	for {
		turn := min(wait, longestWait)
		wait -= turn
		var code string
		err := c.do(ctx, call{
			method: http.MethodGet, path: under(id, "code"), query: asQuery(inbox.Filter{To: f.To, Token: f.Token}, turn), text: &code,
		})
		if !noCode(err) || wait <= 0 {
			return code, err
		}
	}
}

// noCode says whether a call ended without a code, and not for want of a sandbox.
func noCode(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == http.StatusNotFound && p.Field() == "code"
}

func asQuery(f inbox.Filter, wait time.Duration) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"to": f.To, "channel": f.Channel, "purpose": f.Purpose, "token": f.Token, "after": f.After,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	// The API knows nothing smaller.
	if wait = wait.Round(time.Millisecond); wait > 0 {
		query.Set("wait", wait.String())
	}
	return query
}
