package verifynow

import (
	"errors"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// What the operations of this system can run into, besides refused codes.
var (
	errCustomerUnknown = errors.New("no sandbox has this customerId; the banner and the control API show them")
	errKeyWrong        = errors.New("the key is not this customer's")
	errKeyUnescaped    = errors.New("the key has spaces where this customer's has plus signs: in a query, + is written %2B")
	errNoToken         = errors.New("the authToken header is missing; generateToken gives one")
	errTokenForged     = errors.New("the authToken is garbled, or another customer's or nobody's; generateToken gives one")
	errTokenExpired    = errors.New("the authToken has expired on the sandbox clock; generateToken gives a new one")
	errLimitReached    = errors.New("this number has had its codes for today; the sandbox's verifynow.sendsPerDay sets how many")
)

// refusals maps domain errors to outcomes. A challenge is superseded only when
// it had expired before the next one.
var refusals = []struct {
	err     error
	outcome string
}{
	{errCustomerUnknown, "invalidCustomer"},
	{errKeyWrong, "invalidCustomer"},
	{errKeyUnescaped, "invalidCustomer"},
	{errNoToken, "unauthorized"},
	{errTokenForged, "unauthorized"},
	{errTokenExpired, "unauthorized"},
	{errLimitReached, "maximumLimitReached"},
	{&otp.Refused{Reason: otp.StillPending}, "requestAlreadyExists"},
	{&otp.Refused{Reason: otp.Unknown}, "invalidVerificationId"},
	{&otp.Refused{Reason: otp.OtherPurpose}, "invalidVerificationId"},
	{&otp.Refused{Reason: otp.WrongCode}, "wrongOtp"},
	{&otp.Refused{Reason: otp.TooManyWrong}, "verificationFailed"},
	{&otp.Refused{Reason: otp.AlreadyUsed}, "alreadyVerified"},
	{&otp.Refused{Reason: otp.Expired}, "verificationExpired"},
	{&otp.Refused{Reason: otp.Replaced}, "verificationExpired"},
}

// refuse finds the outcome of a domain error; the error's text is the reason.
func refuse(_ *pipeline.Call, err error) (spec.Reply, bool) {
	for _, r := range refusals {
		if !errors.Is(err, r.err) {
			continue
		}
		reply := spec.Reply{Outcome: r.outcome, Reason: err.Error()}
		if refused, ok := errors.AsType[*otp.Refused](err); ok && refused.Reason == otp.StillPending {
			reply.Fields = spec.Fields{"/data/verificationId": refused.Challenge.Token}
		}
		return reply, true
	}
	return spec.Reply{}, false
}

// refusal is the reply to an error of the table.
func refusal(err error) *spec.Reply {
	reply, _ := refuse(nil, err)
	return &reply
}
