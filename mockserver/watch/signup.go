package watch

import (
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// signup makes an account. It opens no session: the reply has no token.
func signup(ctx context.Context, c *pipeline.Call, in signupRequest) (spec.Reply, error) {
	fresh := account.Fresh()
	fresh.Username, fresh.Email, fresh.Password = in.Username, in.Email, in.Password
	_, err := c.Accounts().Create(ctx, fresh)
	return spec.Reply{Outcome: "signedUp"}, err
}
