package digipay

import (
	"errors"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// What the operations of this system can run into, besides refused codes.
var (
	errNoCompany      = errors.New("the CompanyID header is missing")
	errCompanyUnknown = errors.New("no sandbox has this CompanyID; the banner and the control API show them")
	errNoToken        = errors.New("the Authorization header is missing")
	errNotAToken      = errors.New(`the Authorization header must be the word "Token", a space and the token`)
	errTokenUnknown   = errors.New("the token of the Authorization header is not this company's")
	errNeverSent      = errors.New("no code was ever sent to this combination of dial_code, phone_number, user_type and otp_type")
)

// refusals maps domain errors to outcomes.
var refusals = []struct {
	err     error
	outcome string
}{
	{errNoCompany, "unauthorized"},
	{errCompanyUnknown, "unauthorized"},
	{errNoToken, "unauthorized"},
	{errNotAToken, "unauthorized"},
	{errTokenUnknown, "unauthorized"},
	{errNeverSent, "notFound"},
	{&otp.Refused{Reason: otp.Unknown}, "badRequest"},
	{&otp.Refused{Reason: otp.OtherPurpose}, "badRequest"},
	{&otp.Refused{Reason: otp.AlreadyUsed}, "badRequest"},
	{&otp.Refused{Reason: otp.Replaced}, "badRequest"},
	{&otp.Refused{Reason: otp.TooManyWrong}, "badRequest"},
	{&otp.Refused{Reason: otp.Expired}, "badRequest"},
	{&otp.Refused{Reason: otp.WrongCode}, "badRequest"},
}

// refuse finds the outcome of a domain error; the error's text is the reason.
func refuse(_ *pipeline.Call, err error) (spec.Reply, bool) {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return spec.Reply{Outcome: r.outcome, Reason: err.Error()}, true
		}
	}
	return spec.Reply{}, false
}

// refusal is the reply to an error of the table.
func refusal(err error) *spec.Reply {
	reply, _ := refuse(nil, err)
	return &reply
}
