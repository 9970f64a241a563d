package subscriber

import (
	"errors"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// What the operations of this system can run into, besides the errors of the
// domain packages.
var (
	errInvalidCredentials = errors.New("no account of this sandbox logs in this way with this address")
	errWrongPassword      = errors.New("the password is wrong")
	errSessionEnded       = errors.New("the session ended while the call was answered")
	errGone               = errors.New("the account was deleted at its owner's request")
	errNotRegistered      = errors.New("nobody is registered under this address")
	errDeviceInUse        = errors.New("the account allows one session per device, and this device holds one")
	errNotVerified        = errors.New("the payment of the account is not verified")
	errPending            = errors.New("the payment of the account is pending")
	errFailed             = errors.New("the payment of the account failed")
	errAuthTokenMissing   = errors.New("the authToken header is missing; issueAuthToken gives one")
	errAuthTokenInvalid   = errors.New("the authToken header is unknown; issueAuthToken gives one")
	errAuthTokenExpired   = errors.New("the authToken header has expired; issueAuthToken gives a new one")
)

// refusals maps domain errors to outcomes.
var refusals = []struct {
	err     error
	outcome string
}{
	{errInvalidCredentials, "invalidCredentials"},
	{errWrongPassword, "invalidCredentials"},
	{errSessionEnded, "sessionDestroyed"},
	// Only a protected operation gets here: its account was deleted meanwhile.
	{account.ErrNotFound, "sessionDestroyed"},
	{errGone, "gone"},
	{errNotRegistered, "notRegistered"},
	{account.ErrTaken, "alreadyExists"},
	{account.ErrDeviceLimit, "deviceLimitExceeded"},
	{errDeviceInUse, "deviceAlreadyRegistered"},
	{errNotVerified, "paymentNotVerified"},
	{errPending, "paymentPending"},
	{errFailed, "paymentFailed"},
	{errAuthTokenMissing, "authTokenMissing"},
	{errAuthTokenInvalid, "authTokenInvalid"},
	{errAuthTokenExpired, "authTokenExpired"},
}

// badField is a field that keeps the contract and still makes no sense here.
type badField struct {
	field, problem string
}

func (b *badField) Error() string { return b.field + " " + b.problem }

// refuse finds the outcome of a domain error; the error's text is the reason.
func refuse(_ *pipeline.Call, err error) (spec.Reply, bool) {
	if _, ok := errors.AsType[*otp.Refused](err); ok {
		return spec.Reply{Outcome: "otpVerificationFailed", Reason: err.Error()}, true
	}
	if _, ok := errors.AsType[*badField](err); ok {
		return spec.Reply{Outcome: "badRequest", Message: err.Error(), Reason: err.Error()}, true
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return spec.Reply{Outcome: r.outcome, Reason: err.Error()}, true
		}
	}
	return spec.Reply{}, false
}
