package subscriber

import (
	"context"
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// requestEmailUpdate sends a code to the new e-mail address.
func requestEmailUpdate(ctx context.Context, c *pipeline.Call, in emailRequest) (spec.Reply, error) {
	if err := free(ctx, c, account.Email(in.Email)); err != nil {
		return spec.Reply{}, err
	}
	return sendCode(ctx, c, otp.EmailUpdate, mail(in.Email), c.Account.ID, nil)
}

// free refuses an identity that another account has, deleted or not.
func free(ctx context.Context, c *pipeline.Call, identity account.Identity) error {
	id, err := c.Accounts().Find(ctx, identity)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil
	case err != nil:
		return err
	case id != c.Account.ID:
		return &account.Taken{Identity: identity}
	}
	return nil
}

// verifyEmailUpdate makes the new e-mail address the account's.
func verifyEmailUpdate(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	return adoptEmail(ctx, c, otp.EmailUpdate, in)
}

// adoptEmail spends a code that was sent to an e-mail address and gives the
// address to the caller's account.
func adoptEmail(ctx context.Context, c *pipeline.Call, purpose otp.Purpose, in verifyOTPRequest) (spec.Reply, error) {
	challenge, err := spend(ctx, c, in.attempt(purpose, c.Account.ID), func(ch otp.Challenge) (account.Identity, error) {
		return account.Email(ch.Recipient), nil
	})
	if err != nil {
		return spec.Reply{}, err
	}
	return change(ctx, c, "emailUpdated", func(a *account.Account) { a.Email = challenge.Recipient })
}

// spend verifies a code whose address the caller is about to get. An address
// that was taken meanwhile leaves the code alone: the answer is a 408, on which
// a client may repeat the call.
func spend(ctx context.Context, c *pipeline.Call, attempt otp.Attempt, wanted func(otp.Challenge) (account.Identity, error)) (otp.Challenge, error) {
	if foreseen, err := c.OTP().Foresee(ctx, c.Now, attempt); err == nil {
		identity, err := wanted(foreseen)
		if err != nil {
			return otp.Challenge{}, err
		}
		if err := free(ctx, c, identity); err != nil {
			return otp.Challenge{}, err
		}
	}
	return c.OTP().Verify(ctx, c.Now, attempt)
}
