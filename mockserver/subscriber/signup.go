package subscriber

import (
	"context"
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// applicant is what a signup by phone keeps until its code is verified.
type applicant struct {
	CountryCode string `json:"countryCode"`
	Phone       string `json:"phone"`
	Device      device `json:"device"`
}

// signup makes an account by e-mail and password, or sends a code to a phone.
func signup(ctx context.Context, c *pipeline.Call, in credentialsRequest) (spec.Reply, error) {
	if in.LoginType == byPhone {
		if _, err := vacant(ctx, c, account.Phone(in.CountryCode, in.Phone)); err != nil {
			return spec.Reply{}, err
		}
		kept := applicant{CountryCode: code(in.CountryCode), Phone: in.Phone, Device: in.Device()}
		return sendCode(ctx, c, otp.Signup, sms(in.CountryCode, in.Phone), 0, kept)
	}
	fresh := account.Fresh()
	fresh.Email, fresh.Password = in.Email, in.Password
	return create(ctx, c, newcomer{
		account: fresh, identity: account.Email(in.Email), device: in.Device(), method: byEmail,
		outcome: "signedUp", under: underSignature,
	})
}

// vacant refuses an identity that somebody has, or had until its deletion.
// Where S29 allows a new account after that, it returns the deleted one, which
// has to make room first.
func vacant(ctx context.Context, c *pipeline.Call, identity account.Identity) (deleted *account.Account, err error) {
	a, err := c.Accounts().By(ctx, identity)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case a.Deletion != account.DeletionRequested:
		return nil, &account.Taken{Identity: identity}
	case c.Reading("S29") == "refused":
		return nil, errGone
	}
	return &a, nil
}

// newcomer is somebody about to have an account.
type newcomer struct {
	account        account.Account
	identity       account.Identity
	device         device
	method         string
	outcome, under string
}

// create makes the account with its first device and session.
func create(ctx context.Context, c *pipeline.Call, n newcomer) (spec.Reply, error) {
	deleted, err := vacant(ctx, c, n.identity)
	if err != nil {
		return spec.Reply{}, err
	}
	if deleted != nil {
		// An account that was deleted stays so; whoever is faster removes it, and
		// the claim of the identity decides between the two.
		if err := c.Accounts().Delete(ctx, deleted.ID); err != nil && !errors.Is(err, account.ErrNotFound) {
			return spec.Reply{}, err
		}
	}
	ttl := lifetime(c, n.outcome, n.under)
	if n.outcome == "signedUp" && c.Reading("S3") == "uniform" {
		login := c.Operation.System.Operation("login").Outcome("loggedIn")
		ttl = c.AccessTTL(seconds(login.Int(underResult + "/expiry")))
	}
	s, err := newSession(ctx, c, n.device, n.method, ttl)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := open(c, &n.account, n.device, s); err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().Create(ctx, n.account)
	if err != nil {
		return spec.Reply{}, err
	}
	return withToken(c, n.outcome, n.under, a, s)
}

// verifySignupOTP makes the account of a signup by phone. A number that was
// taken meanwhile leaves the code alone: the answer is a 408, on which a client
// may repeat the call.
func verifySignupOTP(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	attempt := in.attempt(otp.Signup, 0)
	if foreseen, err := c.OTP().Foresee(ctx, c.Now, attempt); err == nil {
		who, err := payloadOf[applicant](foreseen)
		if err != nil {
			return spec.Reply{}, err
		}
		if _, err := vacant(ctx, c, account.Phone(who.CountryCode, who.Phone)); errors.Is(err, account.ErrTaken) {
			return spec.Reply{}, err
		}
	}
	challenge, err := c.OTP().Verify(ctx, c.Now, attempt)
	if err != nil {
		return spec.Reply{}, err
	}
	who, err := payloadOf[applicant](challenge)
	if err != nil {
		return spec.Reply{}, err
	}
	fresh := account.Fresh()
	fresh.CountryCode, fresh.Phone = who.CountryCode, who.Phone
	return create(ctx, c, newcomer{
		account: fresh, identity: account.Phone(who.CountryCode, who.Phone), device: who.Device, method: byPhone,
		outcome: "verified", under: underResult,
	})
}

// resendSignupOTP replaces the code of a signup by phone.
func resendSignupOTP(ctx context.Context, c *pipeline.Call, in resendOTPRequest) (spec.Reply, error) {
	return resend(ctx, c, otp.Signup, in.Token)
}

// lookup says whether an address is registered.
func lookup(ctx context.Context, c *pipeline.Call, in lookupRequest) (spec.Reply, error) {
	identity := account.Email(in.Email)
	if in.Type == byPhone {
		identity = account.Phone(in.CountryCode, in.Phone)
	}
	if _, err := living(ctx, c, identity); err != nil {
		return spec.Reply{}, unknown(err, errNotRegistered)
	}
	return spec.Reply{Outcome: "exists", Message: in.Type + " exists"}, nil
}
