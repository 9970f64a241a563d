package watch

import (
	"context"
	"encoding/json"
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
)

// challenged is the e-mail address of the account that a request is about
// without naming it: by a token, a reset code, or a login code that a phone has
// scanned.
func challenged(ctx context.Context, c *pipeline.Call, body []byte) ([]string, error) {
	var in struct {
		Token   string `json:"token"`
		Refresh string `json:"refresh_token"`
		Reset   string `json:"reset_code"`
		Login   string `json:"login_code"`
	}
	// The body is held against the contract later; here it may be anything.
	if json.Unmarshal(body, &in) != nil {
		return nil, nil
	}
	var id account.ID
	var err error
	switch {
	case in.Token != "":
		id = ownerOf(c, in.Token, accessAudience)
	case in.Refresh != "":
		id = ownerOf(c, in.Refresh, refreshAudience)
	case in.Reset != "":
		id, err = ownerByGrant(c.OTP().Peek(ctx, in.Reset))
	case in.Login != "":
		granted, _, failed := c.OTP().Latest(ctx, otp.RivalKey(otp.QRToken, in.Login))
		id, err = ownerByGrant(granted, failed)
	}
	if err != nil || id == 0 {
		return nil, err
	}
	a, err := c.Accounts().Get(ctx, id)
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	return []string{a.Email}, err
}

// ownerOf is whose token it is, 0 for nobody's.
func ownerOf(c *pipeline.Call, token, audience string) account.ID {
	// An expired one tells as well.
	which, _ := read(c, token, audience, errAccessToken)
	return which.account
}

// ownerByGrant is whose grant was found, 0 for nobody's.
func ownerByGrant(granted otp.Challenge, err error) (account.ID, error) {
	if _, refused := errors.AsType[*otp.Refused](err); refused {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	id, err := subjectID(granted)
	if err != nil {
		return 0, nil
	}
	return id, nil
}
