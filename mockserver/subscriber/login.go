package subscriber

import (
	"context"
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// login opens a session by e-mail and password, or sends a code to a phone.
func login(ctx context.Context, c *pipeline.Call, in credentialsRequest) (spec.Reply, error) {
	if in.LoginType == byPhone {
		return loginByPhone(ctx, c, in)
	}
	s, err := newSession(ctx, c, in.Device(), byEmail, lifetime(c, "loggedIn", underResult))
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().UpdateBy(ctx, account.Email(in.Email), func(a *account.Account) error {
		if !a.PasswordIs(in.Password) {
			return errWrongPassword
		}
		return enter(c, a, in.Device(), s)
	})
	if err != nil {
		return spec.Reply{}, unknown(err, errInvalidCredentials)
	}
	return withToken(c, "loggedIn", underResult, a, s)
}

// enter opens a session on an account that has proved itself.
func enter(c *pipeline.Call, a *account.Account, d device, s session.Session) error {
	if err := deleted(c, a); err != nil {
		return err
	}
	if err := admit(c, a, d); err != nil {
		return err
	}
	return open(c, a, d, s)
}

// unknown turns the missing account into what the operation says of it.
func unknown(err, instead error) error {
	if errors.Is(err, account.ErrNotFound) {
		return instead
	}
	return err
}

func loginByPhone(ctx context.Context, c *pipeline.Call, in credentialsRequest) (spec.Reply, error) {
	to := sms(in.CountryCode, in.Phone)
	a, err := living(ctx, c, account.Phone(in.CountryCode, in.Phone))
	switch {
	case errors.Is(err, account.ErrNotFound) && c.Reading("S23") == "otpSent":
		return pretend(ctx, c, otp.Login, to)
	case err != nil:
		return spec.Reply{}, unknown(err, errInvalidCredentials)
	}
	if c.Reading("S27") == "atLogin" {
		if err := admit(c, &a, in.Device()); err != nil {
			return spec.Reply{}, err
		}
	}
	return sendCode(ctx, c, otp.Login, to, a.ID, in.Device())
}

// verifyLoginOTP exchanges a code for a session. The code is spent whatever the
// account then meets, but for an answer with 408: a client may repeat the call
// on that, and must get the same answer.
func verifyLoginOTP(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	attempt := in.attempt(otp.Login, 0)
	if err := foreseeDeviceInUse(ctx, c, attempt); err != nil {
		return spec.Reply{}, err
	}
	challenge, err := c.OTP().Verify(ctx, c.Now, attempt)
	if err != nil {
		return spec.Reply{}, err
	}
	id, err := subjectID(challenge)
	if err != nil {
		return spec.Reply{}, err
	}
	d, err := payloadOf[device](challenge)
	if err != nil {
		return spec.Reply{}, err
	}
	s, err := newSession(ctx, c, d, byPhone, lifetime(c, "verified", underResult))
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().Update(ctx, id, func(a *account.Account) error { return enter(c, a, d, s) })
	if err != nil {
		return spec.Reply{}, unknown(err, &otp.Refused{Reason: otp.Unknown})
	}
	return withToken(c, "verified", underResult, a, s)
}

func foreseeDeviceInUse(ctx context.Context, c *pipeline.Call, attempt otp.Attempt) error {
	challenge, err := c.OTP().Foresee(ctx, c.Now, attempt)
	if err != nil {
		// Verify says the same, and counts it.
		return nil
	}
	d, err := payloadOf[device](challenge)
	if err != nil {
		return err
	}
	id, err := subjectID(challenge)
	if err != nil {
		return nil
	}
	a, err := c.Accounts().Get(ctx, id)
	if err == nil && deleted(c, &a) == nil && errors.Is(admit(c, &a, d), errDeviceInUse) {
		return errDeviceInUse
	}
	return nil
}

// resendLoginOTP replaces the code of a login by phone.
func resendLoginOTP(ctx context.Context, c *pipeline.Call, in resendOTPRequest) (spec.Reply, error) {
	return resend(ctx, c, otp.Login, in.Token)
}
