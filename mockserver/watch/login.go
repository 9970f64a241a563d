package watch

import (
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// byPIN is the kind of credentials that is a PIN; the other is a user name and a
// password.
const byPIN = "pin"

// identity is whom the credentials are of.
func (in credentials) identity() account.Identity {
	if in.Type == byPIN {
		return account.PIN(in.Given.PIN)
	}
	return account.Username(in.Given.Username)
}

// prove judges the credentials of the account that has their identity.
func (in credentials) prove(a *account.Account) error {
	right := in.Type == byPIN && a.PINIs(in.Given.PIN) || in.Type != byPIN && a.PasswordIs(in.Given.Password)
	switch {
	case !right || a.Deletion == account.DeletionRequested:
		return errInvalidCredentials
	case !a.WatchPermitted:
		return errNotPermitted
	}
	return nil
}

// enter opens a session on the account that the credentials prove. Earlier
// sessions go on.
func (in credentials) enter(ctx context.Context, c *pipeline.Call, s session.Session) (account.Account, error) {
	a, err := c.Accounts().UpdateBy(ctx, in.identity(), func(a *account.Account) error {
		if err := in.prove(a); err != nil {
			return err
		}
		a.StartSession(s, true)
		return nil
	})
	return a, unknown(err, errInvalidCredentials)
}

// login opens a session.
func login(ctx context.Context, c *pipeline.Call, in loginRequest) (spec.Reply, error) {
	lifetime := refreshLifetime
	if in.Persist {
		lifetime = persistedLifetime
	}
	s, err := newSession(ctx, c, in.Type, lifetime)
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := in.enter(ctx, c, s)
	if err != nil {
		return spec.Reply{}, err
	}
	return withTokens(c, "loggedIn", a, s)
}

// logout ends the session of an access token, and with it its refresh token.
func logout(ctx context.Context, c *pipeline.Call, in logoutRequest) (spec.Reply, error) {
	which, err := read(c, in.Token, accessAudience, errAccessToken)
	if err != nil {
		return spec.Reply{}, err
	}
	_, err = c.Accounts().Update(ctx, which.account, func(a *account.Account) error {
		if _, live := a.Session(which.session, c.Now); !live {
			return errAccessToken
		}
		a.EndSession(which.session)
		return nil
	})
	return spec.Reply{Outcome: "loggedOut"}, unknown(err, errAccessToken)
}

// refreshToken gives a new access token. The refresh token and the earlier
// access tokens stay what they are.
func refreshToken(ctx context.Context, c *pipeline.Call, in refreshRequest) (spec.Reply, error) {
	which, err := read(c, in.Token, refreshAudience, errRefreshToken)
	if err != nil {
		return spec.Reply{}, err
	}
	a, s, err := renew(ctx, c, which, c.Now, errRefreshToken)
	if err != nil {
		return spec.Reply{}, err
	}
	token, err := accessToken(c, a, s)
	return spec.Reply{Outcome: "refreshed", Fields: spec.Fields{"/token": token}}, err
}
