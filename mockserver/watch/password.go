package watch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// resetLifetime is how long the code of a reset link is good. Nothing public
// says so; an hour is what people are used to.
const resetLifetime = time.Hour

// A reset code is 26 characters of Crockford's base 32: 130 bits.
const (
	resetCodeLength = 26
	resetAlphabet   = "0123456789abcdefghjkmnpqrstvwxyz"
)

// forgotPassword mails a link with a reset code, which voids the one before.
// Nobody learns from the reply whether the address is known.
func forgotPassword(ctx context.Context, c *pipeline.Call, in forgotPasswordRequest) (spec.Reply, error) {
	a, err := c.Accounts().ByEmail(ctx, in.Email)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return spec.Reply{Outcome: "resetMailed", Reason: "nobody has this address: no mail was sent"}, nil
	case err != nil:
		return spec.Reply{}, err
	case a.Deletion == account.DeletionRequested:
		return spec.Reply{Outcome: "resetMailed", Reason: "the account was deleted: no mail was sent"}, nil
	}
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	grant, err := c.OTP().Grant(ctx, c.Now, rng, otp.Request{
		Purpose: otp.PasswordReset, Channel: pipeline.ChannelEmail, Recipient: a.Email, Subject: subject(a.ID),
		Policy: written(c.Policy(0, resetLifetime), resetAlphabet, resetCodeLength),
	})
	if err != nil {
		return spec.Reply{}, err
	}
	link := c.Link("resetPassword", url.Values{"reset_code": {grant.Token}})
	c.Deliver(pipeline.Message{
		Channel: grant.Channel, To: grant.Recipient, Purpose: grant.Purpose, Code: grant.Token, Token: grant.Token,
		Text: fmt.Sprintf("Set a new password: %s\nIf you did not ask for this, do nothing.", link),
	})
	return spec.Reply{Outcome: "resetMailed"}, nil
}

// resetPassword trades a reset code for a new password. Whoever was signed in
// with the old one no longer is (S20).
func resetPassword(ctx context.Context, c *pipeline.Call, in resetPasswordRequest) (spec.Reply, error) {
	grant, err := c.OTP().Redeem(ctx, c.Now, in.Code, otp.PasswordReset)
	if err != nil {
		return spec.Reply{}, err
	}
	id, err := subjectID(grant)
	if err != nil {
		return spec.Reply{}, err
	}
	_, err = c.Accounts().Update(ctx, id, func(a *account.Account) error {
		if a.Deletion == account.DeletionRequested {
			return errAccountGone
		}
		a.Password = in.NewPassword
		a.EndAll()
		return nil
	})
	return spec.Reply{Outcome: "passwordReset"}, unknown(err, errAccountGone)
}

// written has a policy's tokens written in so many characters of an alphabet.
func written(p otp.Policy, alphabet string, length int) otp.Policy {
	p.NewToken = func(rng *rand.Rand) string {
		token := make([]byte, length)
		for i := range token {
			token[i] = alphabet[rng.IntN(len(alphabet))]
		}
		return string(token)
	}
	return p
}

func subject(id account.ID) string { return strconv.FormatInt(id, 10) }

// subjectID is the account of a challenge.
func subjectID(challenge otp.Challenge) (account.ID, error) {
	id, err := strconv.ParseInt(challenge.Subject, 10, 64)
	if err != nil {
		return 0, errAccountGone
	}
	return id, nil
}
