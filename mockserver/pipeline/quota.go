package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"stagedoor/spec"
)

// quota counts the call and refuses it once the sandbox's calls per day are
// used up (G6). A day is one of UTC, on the sandbox clock. Systems that
// document no such refusal have no quota.
func quota(ctx context.Context, c *Call) (*spec.Reply, error) {
	limit := c.Sandbox.Settings.Quota.PerDay
	if limit == 0 {
		return nil, nil
	}
	i := slices.IndexFunc(c.Operation.Outcomes, func(o *spec.Outcome) bool { return o.Status == http.StatusTooManyRequests })
	if i < 0 {
		return nil, nil
	}
	day := c.Now.UTC().Truncate(24 * time.Hour)
	used, err := c.Sandbox.Count(ctx, "quota/"+c.Operation.System.Name+"/"+day.Format(time.DateOnly))
	if err != nil || used <= uint64(limit) {
		return nil, err
	}
	wait := day.Add(24 * time.Hour).Sub(c.Now)
	return &spec.Reply{
		Outcome:    c.Operation.Outcomes[i].Name,
		RetryAfter: strconv.Itoa(int((wait + time.Second - 1) / time.Second)),
		Reason:     fmt.Sprintf("the quota of %d calls a day is used up; it starts anew at midnight UTC of the sandbox clock", limit),
	}, nil
}
