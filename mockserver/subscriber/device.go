package subscriber

import (
	"context"
	"encoding/json"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// The keys under which a success has its access token (S2).
const (
	underResult    = "/result/access_token"
	underSignature = "/signature/access_token"
)

// admit judges whether an account may open a session on a device (S27). It
// changes nothing.
func admit(c *pipeline.Call, a *account.Account, d device) error {
	switch a.Payment {
	case account.NotVerified:
		return errNotVerified
	case account.Pending:
		return errPending
	case account.Failed:
		return errFailed
	}
	if a.StrictDevices && a.HoldsLiveSession(d.ID, c.Now) {
		return errDeviceInUse
	}
	probe := *a
	probe.Devices, probe.Sessions = append([]account.Device(nil), a.Devices...), append([]session.Session(nil), a.Sessions...)
	return register(c, &probe, d)
}

// register gives the device a slot of the account (S30).
func register(c *pipeline.Call, a *account.Account, d device) error {
	if c.Reading("S30") == "untilExpiry" {
		a.FreeExpired(c.Now)
	}
	return a.Register(d.registered(account.Stamp(c.Now)))
}

// newSession is a session that begins now. It is drawn before the account is
// updated, since the update may run more than once.
func newSession(ctx context.Context, c *pipeline.Call, d device, method string, lifetime time.Duration) (session.Session, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return session.Session{}, err
	}
	return session.New(session.NewID(rng), d.ID, method, c.Now, lifetime), nil
}

// open registers the device and starts the session on it (S31).
func open(c *pipeline.Call, a *account.Account, d device, s session.Session) error {
	if err := register(c, a, d); err != nil {
		return err
	}
	a.StartSession(s, c.Reading("S31") == "keeps")
	return nil
}

// lifetime is how long the access token of an outcome lives: as the contract's
// sample announces, unless the sandbox sets another.
func lifetime(c *pipeline.Call, outcome, under string) time.Duration {
	return c.AccessTTL(documented(c, outcome, under+"/expiry"))
}

// withToken answers with an access token that shows the account as it is.
func withToken(c *pipeline.Call, outcome, under string, a account.Account, s session.Session) (spec.Reply, error) {
	userData, err := json.Marshal(a.UserData())
	if err != nil {
		return spec.Reply{}, err
	}
	token, err := c.Signer().Sign(session.Claims{ID: s.TokenID(), IssuedAt: c.Now, ExpiresAt: s.ExpiresAt, UserData: userData})
	if err != nil {
		return spec.Reply{}, err
	}
	return spec.Reply{Outcome: outcome, Fields: spec.Fields{
		under + "/token":  token,
		under + "/expiry": int(s.ExpiresAt.Sub(c.Now.Truncate(time.Second)) / time.Second),
	}}, nil
}

// updateCaller edits the caller's account, unless the session has ended since
// the call was authorized.
func updateCaller(ctx context.Context, c *pipeline.Call, edit func(*account.Account) error) (account.Account, error) {
	return c.Accounts().Update(ctx, c.Account.ID, func(a *account.Account) error {
		if _, live := a.Session(c.Session.ID, c.Now); !live {
			return errSessionEnded
		}
		return edit(a)
	})
}

// change edits the caller's account and answers with a token of the same
// session that shows it (S21).
func change(ctx context.Context, c *pipeline.Call, outcome string, edit func(*account.Account)) (spec.Reply, error) {
	expiry := c.Now.Add(lifetime(c, outcome, underResult))
	var renewed session.Session
	a, err := updateCaller(ctx, c, func(a *account.Account) error {
		edit(a)
		renewed, _ = a.RenewSession(c.Session.ID, c.Now, expiry)
		return nil
	})
	if err != nil {
		return spec.Reply{}, err
	}
	return withToken(c, outcome, underResult, a, renewed)
}
