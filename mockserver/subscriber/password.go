package subscriber

import (
	"context"
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// forgotPassword sends a reset code to an e-mail address, or takes it (S1).
func forgotPassword(ctx context.Context, c *pipeline.Call, in forgotPasswordRequest) (spec.Reply, error) {
	if in.Email == "" {
		return verifyResetCode(ctx, c, in.verifyOTPRequest)
	}
	a, err := living(ctx, c, account.Email(in.Email))
	switch {
	case errors.Is(err, account.ErrNotFound) && c.Reading("S24") == "otpSent":
		return pretend(ctx, c, otp.PasswordReset, mail(in.Email))
	case err != nil:
		return spec.Reply{}, unknown(err, errNotRegistered)
	}
	return sendCode(ctx, c, otp.PasswordReset, mail(a.Email), a.ID, nil)
}

// verifyResetCode exchanges the code for a token that allows one reset.
func verifyResetCode(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	if err := checkAuthToken(c); err != nil {
		return spec.Reply{}, err
	}
	challenge, err := c.OTP().Verify(ctx, c.Now, in.attempt(otp.PasswordReset, 0))
	if err != nil {
		return spec.Reply{}, err
	}
	id, err := subjectID(challenge)
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().Get(ctx, id)
	if err == nil {
		err = deleted(c, &a)
	}
	if err != nil {
		return spec.Reply{}, unknown(err, &otp.Refused{Reason: otp.Unknown})
	}
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	grant, err := c.OTP().Grant(ctx, c.Now, rng, otp.Request{
		Purpose: otp.ResetGrant, Channel: challenge.Channel, Recipient: challenge.Recipient, Subject: challenge.Subject,
		Policy: c.Policy(0, documented(c, "resetPending", "/expiry")),
	})
	return spec.Reply{Outcome: "resetPending", Fields: spec.Fields{"/otpVerificationToken": grant.Token}}, err
}

// resetPassword sets a new password and logs out everywhere but here (S20).
func resetPassword(ctx context.Context, c *pipeline.Call, in resetPasswordRequest) (spec.Reply, error) {
	grant, err := c.OTP().Redeem(ctx, c.Now, in.Token, otp.ResetGrant)
	if err != nil {
		return spec.Reply{}, err
	}
	id, err := subjectID(grant)
	if err != nil {
		return spec.Reply{}, err
	}
	s, err := newSession(ctx, c, in.Device(), byEmail, lifetime(c, "passwordReset", underResult))
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().Update(ctx, id, func(a *account.Account) error {
		if err := deleted(c, a); err != nil {
			return err
		}
		a.Password = in.NewPassword
		a.EndAll()
		return open(c, a, in.Device(), s)
	})
	if err != nil {
		return spec.Reply{}, unknown(err, &otp.Refused{Reason: otp.Unknown})
	}
	return withToken(c, "passwordReset", underResult, a, s)
}

// changePassword replaces the password of the caller (S20).
func changePassword(ctx context.Context, c *pipeline.Call, in changePasswordRequest) (spec.Reply, error) {
	_, err := updateCaller(ctx, c, func(a *account.Account) error {
		if !a.PasswordIs(in.Old) {
			return errWrongPassword
		}
		a.Password = in.New
		if c.Reading("S20") == "othersEnd" {
			a.EndOtherSessions(c.Session.ID)
		}
		return nil
	})
	return spec.Reply{Outcome: "passwordChanged"}, err
}
