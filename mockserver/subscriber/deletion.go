package subscriber

import (
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// deleted is what the operations say of an account whose deletion was
// confirmed: that it is gone, nothing while the deletion is carried out, or that
// there is no such account (reading gone).
func deleted(c *pipeline.Call, a *account.Account) error {
	if a.Deletion != account.DeletionRequested {
		return nil
	}
	switch c.Reading("gone") {
	case "pending":
		return nil
	case "unknown":
		return account.ErrNotFound
	}
	return errGone
}

// living is the account that goes by an identity, unless it is deleted.
func living(ctx context.Context, c *pipeline.Call, identity account.Identity) (account.Account, error) {
	a, err := c.Accounts().By(ctx, identity)
	if err == nil {
		err = deleted(c, &a)
	}
	return a, err
}

// requestAccountDeletion sends a code to the account's own address (S17).
func requestAccountDeletion(ctx context.Context, c *pipeline.Call) (spec.Reply, error) {
	return sendCode(ctx, c, otp.AccountDeletion, reach(c.Account), c.Account.ID, nil)
}

// confirmAccountDeletion ends the account: from here on it is gone.
func confirmAccountDeletion(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	if _, err := c.OTP().Verify(ctx, c.Now, in.attempt(otp.AccountDeletion, c.Account.ID)); err != nil {
		return spec.Reply{}, err
	}
	_, err := updateCaller(ctx, c, func(a *account.Account) error {
		a.Deletion = account.DeletionRequested
		a.EndAll()
		return nil
	})
	return spec.Reply{Outcome: "deletionRequested"}, err
}
