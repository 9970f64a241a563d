package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/session"
	"stagedoor/spec"
)

// How long tokens live. The document says of the access token that it lasts for
// minutes (watch-api line 31) and gives no number; these are the ledger's.
const (
	accessLifetime    = 15 * time.Minute
	refreshLifetime   = 24 * time.Hour
	persistedLifetime = 30 * 24 * time.Hour
)

// The audiences set the two tokens apart from each other and from the tokens of
// other systems.
const (
	accessAudience  = "watch"
	refreshAudience = "watch/refresh"
)

// holder is what a token says of its owner.
type holder struct {
	ID account.ID `json:"id"`
}

// newSession is a session that begins now. It is drawn before the account is
// updated, since the update may run more than once. It belongs to no device.
func newSession(ctx context.Context, c *pipeline.Call, method string, lifetime time.Duration) (session.Session, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return session.Session{}, err
	}
	return session.New(session.NewID(rng), "", method, c.Now, atLeastAccess(c, lifetime)), nil
}

// atLeastAccess is how long a session lives: as its refresh token, or, where the
// sandbox makes access tokens live longer still, as those.
func atLeastAccess(c *pipeline.Call, lifetime time.Duration) time.Duration {
	return max(lifetime, c.AccessTTL(accessLifetime))
}

// accessToken is the newest access token of a session. It ends with the session
// at the latest.
func accessToken(c *pipeline.Call, a account.Account, s session.Session) (string, error) {
	expiry := c.Now.Add(c.AccessTTL(accessLifetime))
	if s.ExpiresAt.Before(expiry) {
		expiry = s.ExpiresAt
	}
	return sign(c, a, session.Claims{ID: s.TokenID(), Audience: accessAudience, IssuedAt: c.Now, ExpiresAt: expiry})
}

func sign(c *pipeline.Call, a account.Account, claims session.Claims) (string, error) {
	owner, err := json.Marshal(holder{ID: a.ID})
	if err != nil {
		return "", err
	}
	claims.UserData = owner
	return c.Signer().Sign(claims)
}

// withTokens answers with both tokens of a session.
func withTokens(c *pipeline.Call, outcome string, a account.Account, s session.Session) (spec.Reply, error) {
	access, err := accessToken(c, a, s)
	if err != nil {
		return spec.Reply{}, err
	}
	refresh, err := sign(c, a, session.Claims{ID: s.ID, Audience: refreshAudience, IssuedAt: c.Now, ExpiresAt: s.ExpiresAt})
	return spec.Reply{Outcome: outcome, Fields: spec.Fields{"/token": access, "/refresh_token": refresh}}, err
}

// claim is what a genuine token says: whose it is, and of which session.
type claim struct {
	account account.ID
	session string
}

// read verifies a token for an audience; dead is the error for one that is
// forged or has expired, which is read all the same.
func read(c *pipeline.Call, token, audience string, dead error) (claim, error) {
	claims, err := c.Signer().Verify(token, audience, c.Now)
	if err != nil {
		err = fmt.Errorf("%w: %w", dead, err)
	}
	var owner holder
	if claims.UserData == nil || json.Unmarshal(claims.UserData, &owner) != nil {
		return claim{}, cmp.Or(err, dead)
	}
	id := claims.ID
	if audience == accessAudience {
		id, _, _ = session.ParseTokenID(claims.ID)
	}
	return claim{account: owner.ID, session: id}, err
}

// renew counts a live session's tokens up, so that no two are alike, and has it
// end at until or later; dead is the error for one that is over.
func renew(ctx context.Context, c *pipeline.Call, which claim, until time.Time, dead error) (account.Account, session.Session, error) {
	var renewed session.Session
	a, err := c.Accounts().Update(ctx, which.account, func(a *account.Account) error {
		s, live := a.Session(which.session, c.Now)
		if !live {
			return dead
		}
		expiry := until
		if s.ExpiresAt.After(expiry) {
			expiry = s.ExpiresAt
		}
		renewed, _ = a.RenewSession(s.ID, c.Now, expiry)
		return nil
	})
	return a, renewed, unknown(err, dead)
}

// unknown turns the missing account into what the operation says of it.
func unknown(err, instead error) error {
	if errors.Is(err, account.ErrNotFound) {
		return instead
	}
	return err
}
