package subscriber

import (
	"cmp"
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// number is what a phone update keeps until its code is verified.
type number struct {
	CountryCode string `json:"countryCode"`
	Phone       string `json:"phone"`
}

// requestPhoneUpdate sends a code to the new phone number. Without a country
// code it is one of the account's country (S18).
func requestPhoneUpdate(ctx context.Context, c *pipeline.Call, in phoneRequest) (spec.Reply, error) {
	wanted := number{
		CountryCode: cmp.Or(code(in.CountryCode), c.Account.CountryCode, account.DefaultCountryCode),
		Phone:       in.Phone,
	}
	if err := free(ctx, c, account.Phone(wanted.CountryCode, wanted.Phone)); err != nil {
		return spec.Reply{}, err
	}
	return sendCode(ctx, c, otp.PhoneUpdate, sms(wanted.CountryCode, wanted.Phone), c.Account.ID, wanted)
}

// verifyPhoneUpdate makes the new phone number the account's.
func verifyPhoneUpdate(ctx context.Context, c *pipeline.Call, in verifyOTPRequest) (spec.Reply, error) {
	challenge, err := spend(ctx, c, in.attempt(otp.PhoneUpdate, c.Account.ID), func(ch otp.Challenge) (account.Identity, error) {
		wanted, err := payloadOf[number](ch)
		return account.Phone(wanted.CountryCode, wanted.Phone), err
	})
	if err != nil {
		return spec.Reply{}, err
	}
	wanted, err := payloadOf[number](challenge)
	if err != nil {
		return spec.Reply{}, err
	}
	return change(ctx, c, "phoneUpdated", func(a *account.Account) {
		a.CountryCode, a.Phone = wanted.CountryCode, wanted.Phone
	})
}
