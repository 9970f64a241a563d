package watch

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
	errInvalidCredentials = errors.New("no account signs in with these credentials")
	errNotPermitted       = errors.New("the account's watchPermitted is false")
	errAccessToken        = errors.New("the access token is not that of a live session")
	errRefreshToken       = errors.New("the refresh token is not that of a live session")
	errOtherDevice        = errors.New("the login code was made for a device with another udid")
	errAccountGone        = errors.New("the account that the code is for was deleted")
	errLoginWithdrawn     = errors.New("the phone's login has ended since, by a password reset or with the account")
)

// refusals maps domain errors to outcomes.
var refusals = []struct {
	err     error
	outcome string
}{
	{errInvalidCredentials, "invalidCredentials"},
	{errAccessToken, "invalidCredentials"},
	{errRefreshToken, "refreshTokenInvalid"},
	{errNotPermitted, "permissionDenied"},
	{errOtherDevice, "deviceNotFound"},
	{errAccountGone, "invalidBody"},
	{errLoginWithdrawn, "invalidBody"},
	{account.ErrTaken, "invalidBody"},
}

// refuse finds the outcome of a domain error; the error's text is the reason.
func refuse(_ *pipeline.Call, err error) (spec.Reply, bool) {
	if _, ok := errors.AsType[*otp.Refused](err); ok {
		return spec.Reply{Outcome: "invalidBody", Reason: err.Error()}, true
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return spec.Reply{Outcome: r.outcome, Reason: err.Error()}, true
		}
	}
	return spec.Reply{}, false
}
