package watch

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// A login by QR code is two grants. The first is the login code, made for a
// device and spent by the phone that scans it. The second is put down under that
// code, for the device to fetch its tokens with, once. Both end when it was
// announced that the login code does.
//
//	createQrLoginCode  grants the login code
//	qrLogin            spends it, opens the session, grants the tokens
//	getQrLoginToken    spends that grant

// A login code is 8 characters. There is no 0, 1, I or O among them, since
// people read codes to each other.
const (
	loginCodeLength = 8
	loginAlphabet   = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// scan is what a login code is kept with.
type scan struct {
	UDID string `json:"udid"`
	// Page is the address that a QR code of the login code leads to, without
	// the code; the control API draws it.
	Page string `json:"page"`
}

// fetch is what the grant of the tokens is kept with.
type fetch struct {
	Session string `json:"session"`
}

// createQRLoginCode makes a login code for a device. Its earlier ones stay good:
// a page that asks twice may show either.
func createQRLoginCode(ctx context.Context, c *pipeline.Call, in qrCodeRequest) (spec.Reply, error) {
	lifetime := time.Duration(c.Operation.Outcome("qrCodeIssued").Int("/login_code_expiry")) * time.Second
	policy := written(c.Policy(0, lifetime), loginAlphabet, loginCodeLength)
	policy.KeepEarlier = true
	code, err := grant(ctx, c, otp.Request{Purpose: otp.QRLogin, Recipient: in.UDID, Policy: policy},
		scan{UDID: in.UDID, Page: c.Link("qrLogin", nil)})
	return spec.Reply{Outcome: "qrCodeIssued", Fields: spec.Fields{
		"/login_code": code.Token,
		"/login_url":  c.Link("qrLogin", url.Values{"login_code": {code.Token}}),
	}}, err
}

// grant makes a grant that is kept with a payload.
func grant(ctx context.Context, c *pipeline.Call, r otp.Request, payload any) (otp.Challenge, error) {
	kept, err := json.Marshal(payload)
	if err != nil {
		return otp.Challenge{}, err
	}
	r.Payload = kept
	rng, err := c.Random(ctx)
	if err != nil {
		return otp.Challenge{}, err
	}
	return c.OTP().Grant(ctx, c.Now, rng, r)
}

// qrLogin signs the device in that shows the login code. The credentials are
// judged first: wrong ones leave the code as it is.
func qrLogin(ctx context.Context, c *pipeline.Call, in qrLoginRequest) (spec.Reply, error) {
	s, err := newSession(ctx, c, in.Type, refreshLifetime)
	if err != nil {
		return spec.Reply{}, err
	}
	a, err := c.Accounts().By(ctx, in.identity())
	if err == nil {
		err = in.prove(&a)
	}
	if err != nil {
		return spec.Reply{}, unknown(err, errInvalidCredentials)
	}
	code, err := c.OTP().Redeem(ctx, c.Now, in.Code, otp.QRLogin)
	if err != nil {
		return spec.Reply{}, err
	}
	if _, err := in.enter(ctx, c, s); err != nil {
		return spec.Reply{}, err
	}
	_, err = grant(ctx, c, otp.Request{
		Purpose: otp.QRToken, Recipient: code.Token, Subject: subject(a.ID), Policy: c.Policy(0, code.ExpiresAt.Sub(c.Now)),
	}, fetch{Session: s.ID})
	return spec.Reply{Outcome: "qrLoggedIn"}, err
}

// qrLoginToken gives the device the tokens once the phone has signed in.
func qrLoginToken(ctx context.Context, c *pipeline.Call, in qrTokenRequest) (spec.Reply, error) {
	if err := judgeScan(ctx, c, in); err != nil {
		return spec.Reply{}, err
	}
	granted, found, err := c.OTP().Latest(ctx, otp.RivalKey(otp.QRToken, in.Code))
	if err != nil {
		return spec.Reply{}, err
	}
	if !found {
		return spec.Reply{Outcome: "qrPending", Reason: "the phone has not signed in yet"}, nil
	}
	if granted, err = c.OTP().Redeem(ctx, c.Now, granted.Token, otp.QRToken); err != nil {
		return spec.Reply{}, err
	}
	which, err := fetched(granted)
	if err != nil {
		return spec.Reply{}, err
	}
	// The refresh token's time begins now, not when the phone signed in.
	a, s, err := renew(ctx, c, which, c.Now.Add(atLeastAccess(c, refreshLifetime)), errLoginWithdrawn)
	if err != nil {
		return spec.Reply{}, err
	}
	return withTokens(c, "qrTokenIssued", a, s)
}

// judgeScan refuses a login code that is none, has expired, or was made for
// another device. Whether it is spent already is not asked.
func judgeScan(ctx context.Context, c *pipeline.Call, in qrTokenRequest) error {
	code, err := c.OTP().Peek(ctx, in.Code)
	if err != nil {
		return err
	}
	if code.Purpose != otp.QRLogin {
		return &otp.Refused{Reason: otp.OtherPurpose, Challenge: code}
	}
	var shown scan
	if err := json.Unmarshal(code.Payload, &shown); err != nil {
		return err
	}
	switch {
	case shown.UDID != in.UDID:
		return errOtherDevice
	case code.ExpiredAt(c.Now):
		return &otp.Refused{Reason: otp.Expired, Challenge: code}
	}
	return nil
}

// fetched is the session that a grant of tokens is for.
func fetched(granted otp.Challenge) (claim, error) {
	var kept fetch
	if err := json.Unmarshal(granted.Payload, &kept); err != nil {
		return claim{}, err
	}
	id, err := subjectID(granted)
	return claim{account: id, session: kept.Session}, err
}
