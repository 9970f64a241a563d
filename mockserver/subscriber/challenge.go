package subscriber

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// codeDigits is the length of this system's codes (subscriber-api lines 165
// and 406; S25).
const codeDigits = 4

// texts are what the messages say, by purpose.
var texts = map[otp.Purpose]string{
	otp.Login:           "%s is your code to log in.",
	otp.Signup:          "%s is your code to sign up.",
	otp.PasswordReset:   "%s is your code to reset your password.",
	otp.FeedbackEmail:   "%s is your code to verify your e-mail address.",
	otp.EmailUpdate:     "%s is your code to change your e-mail address.",
	otp.PhoneUpdate:     "%s is your code to change your phone number.",
	otp.AccountDeletion: "%s is your code to delete your account. If you do not want to, do nothing.",
}

// address is where a code goes.
type address struct {
	channel string
	to      string
}

func mail(to string) address { return address{pipeline.ChannelEmail, to} }

func sms(countryCode, phone string) address {
	return address{pipeline.ChannelSMS, account.Phone(countryCode, phone).Value}
}

// reach is where an account's own messages go: by e-mail, or by SMS where it
// has no e-mail address (S17).
func reach(a account.Account) address {
	if a.Email != "" {
		return mail(a.Email)
	}
	return sms(a.CountryCode, a.Phone)
}

// sendCode issues a challenge, has its code delivered and answers with the
// outcome that announces it. payload is for the operation that verifies.
func sendCode(ctx context.Context, c *pipeline.Call, purpose otp.Purpose, to address, subject account.ID, payload any) (spec.Reply, error) {
	challenge, outcome, err := issue(ctx, c, purpose, to, subject, payload)
	if err != nil {
		return spec.Reply{}, err
	}
	return announce(c, outcome, challenge), nil
}

// pretend answers as sendCode does, and delivers nothing: nobody learns whether
// the address is registered, and nobody can guess the code's account.
func pretend(ctx context.Context, c *pipeline.Call, purpose otp.Purpose, to address) (spec.Reply, error) {
	challenge, outcome, err := issue(ctx, c, purpose, to, 0, nil)
	return spec.Reply{Outcome: outcome, Fields: spec.Fields{"/otpVerificationToken": challenge.Token}, Reason: "nobody is registered there: no code was sent"}, err
}

func issue(ctx context.Context, c *pipeline.Call, purpose otp.Purpose, to address, subject account.ID, payload any) (otp.Challenge, string, error) {
	outcome := "otpSent"
	if purpose == otp.FeedbackEmail {
		outcome = "feedbackOtpSent"
	}
	kept, err := json.Marshal(payload)
	if err != nil {
		return otp.Challenge{}, "", err
	}
	rng, err := c.Random(ctx)
	if err != nil {
		return otp.Challenge{}, "", err
	}
	policy := c.Policy(codeDigits, documented(c, outcome, "/otpExpiry"))
	policy.KeepEarlier = c.Reading("S26") == "keeps"
	request := otp.Request{
		Purpose: purpose, Channel: to.channel, Recipient: to.to, Subject: subjectOf(subject), Payload: kept, Policy: policy,
	}
	if subject != 0 {
		// A second code for an account voids its first, wherever either went, and
		// nobody else's.
		request.Rival = otp.RivalKey(purpose, "account "+request.Subject)
	}
	challenge, err := c.OTP().Issue(ctx, c.Now, rng, request)
	return challenge, outcome, err
}

// announce delivers a challenge's code and answers with its token.
func announce(c *pipeline.Call, outcome string, challenge otp.Challenge) spec.Reply {
	c.Deliver(pipeline.Message{
		Channel: challenge.Channel, To: challenge.Recipient, Purpose: challenge.Purpose,
		Code: challenge.Code, Token: challenge.Token, Text: fmt.Sprintf(texts[challenge.Purpose], challenge.Code),
	})
	return spec.Reply{Outcome: outcome, Fields: spec.Fields{"/otpVerificationToken": challenge.Token}}
}

// resend replaces a challenge by one with a new token and code.
func resend(ctx context.Context, c *pipeline.Call, purpose otp.Purpose, token string) (spec.Reply, error) {
	rng, err := c.Random(ctx)
	if err != nil {
		return spec.Reply{}, err
	}
	policy := c.Policy(codeDigits, documented(c, "otpSent", "/otpExpiry"))
	before, err := c.OTP().Peek(ctx, token)
	if err != nil {
		return spec.Reply{}, err
	}
	challenge, err := c.OTP().Resend(ctx, c.Now, rng, token, purpose, policy)
	if err != nil {
		return spec.Reply{}, err
	}
	if before.Purpose == otp.Login && before.Subject == "" {
		return spec.Reply{Outcome: "otpSent", Fields: spec.Fields{"/otpVerificationToken": challenge.Token}}, nil
	}
	return announce(c, "otpSent", challenge), nil
}

// attempt is what a request presents for a purpose, by an account or, with id
// 0, by anybody.
func (r verifyOTPRequest) attempt(purpose otp.Purpose, subject account.ID) otp.Attempt {
	return otp.Attempt{Token: r.Token(), Code: string(r.OTP), Purpose: purpose, Subject: subjectOf(subject)}
}

func subjectOf(id account.ID) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// subjectID is the account of a challenge. A challenge of nobody is refused as
// if its code were wrong.
func subjectID(challenge otp.Challenge) (account.ID, error) {
	id, err := strconv.ParseInt(challenge.Subject, 10, 64)
	if err != nil {
		return 0, &otp.Refused{Reason: otp.WrongCode}
	}
	return id, nil
}

// payloadOf decodes what sendCode kept.
func payloadOf[T any](challenge otp.Challenge) (T, error) {
	var payload T
	err := json.Unmarshal(challenge.Payload, &payload)
	return payload, err
}

// challenged is whose challenge a request answers, for magic identities: where
// the code went, and the account that asked for it.
func challenged(ctx context.Context, c *pipeline.Call, body []byte) ([]string, error) {
	if c.Operation.Outcome("otpVerificationFailed") == nil {
		return nil, nil
	}
	var in verifyOTPRequest
	// The body is held against the contract later; here it may be anything.
	if json.Unmarshal(body, &in) != nil || in.Token() == "" {
		return nil, nil
	}
	challenge, err := c.OTP().Peek(ctx, in.Token())
	if _, unknown := errors.AsType[*otp.Refused](err); unknown {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := []string{challenge.Recipient}
	if id, err := subjectID(challenge); err == nil {
		if a, err := c.Accounts().Get(ctx, id); err == nil {
			found = append(found, a.Email)
		}
	}
	return found, nil
}

// code is a country code without its plus sign.
func code(countryCode string) string { return strings.TrimPrefix(countryCode, "+") }
