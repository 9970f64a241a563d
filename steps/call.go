package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"stagedoor/steps/otpsource"
	"stagedoor/steps/target"
)

// attempt is a call in the words of a scenario.
type attempt struct {
	operation string
	by        *person
	on        device
	body      body
	// raw is sent instead of body.
	raw []byte
	// accessToken is sent as the header of that name.
	accessToken string
	// sends is what a code is for that a success sends, and by mail or not.
	sends  purpose
	byMail bool
}

// call makes a call, holds its reply against what every reply must be, and
// keeps what it hands out: a token, a challenge with its code.
func (w *world) call(ctx context.Context, a attempt) (*target.Exchange, error) {
	request, err := w.request(a)
	if err != nil {
		return nil, err
	}
	source, recipient := w.source(a)
	since, marking := mark(ctx, source, recipient)
	x, err := w.target().Call(ctx, request)
	if err != nil {
		var unreachable *target.Unreachable
		if errors.As(err, &unreachable) {
			return nil, blockedBy(err, "call %s", a.operation)
		}
		return nil, fmt.Errorf("%w: %w", errSuite, err)
	}
	for _, f := range x.Findings {
		w.found(x, f.Check, f.String())
	}
	if code, ok := a.body["otp"].(string); ok && code != "" && x.HoldsCode(code) {
		w.found(x, target.Secret, "the reply holds the code that the request carried")
	}
	if a.by == nil {
		return x, nil
	}
	if t := tokenOf(x); t.value != "" {
		a.by.token = t
	}
	if a.sends != "" && x.Nearly("otpSent") {
		c := &challenge{token: x.Text("otpVerificationToken"), seconds: x.Integer("otpExpiry"), from: x}
		c.code, c.problem = fetch(ctx, source, recipient, since, marking)
		if c.code != "" && x.HoldsCode(c.code) {
			w.found(x, target.Secret, "the reply holds the code that it announces")
		}
		a.by.codes[a.sends] = append(a.by.codes[a.sends], c)
	}
	return x, nil
}

func (w *world) request(a attempt) (target.Request, error) {
	op, err := w.operation(a.operation)
	if err != nil {
		return target.Request{}, err
	}
	payload := a.raw
	if a.body != nil {
		if payload, err = json.Marshal(a.body); err != nil {
			return target.Request{}, fmt.Errorf("%w: %w", errSuite, err)
		}
	}
	appToken := w.target().Credentials.Subscriber.AppToken
	if w.appToken != nil {
		appToken = *w.appToken
	}
	on := a.on
	if on.kind == "" {
		on = kinds[usualDevice]
	}
	w.calls++
	header := http.Header{}
	if a.accessToken != "" {
		header.Set("AccessToken", a.accessToken)
	}
	return target.Request{
		Operation: op, ID: fmt.Sprintf("sd-%013x-%d", w.suite.seedOf(w.scenario), w.calls),
		Path:   map[string]string{"token": appToken, "device": on.kind, "platform": on.platform},
		Header: header, Body: payload, Secrets: w.secrets,
	}, nil
}

func (w *world) source(a attempt) (otpsource.Source, string) {
	switch {
	case a.by == nil || a.sends == "":
		return nil, ""
	case a.byMail:
		return w.means.Email, a.by.email
	default:
		return w.means.SMS, a.by.fullPhone()
	}
}

// mark and fetch never fail a call: a code that cannot be had matters only to
// the step that wants it.
func mark(ctx context.Context, source otpsource.Source, recipient string) (string, error) {
	if source == nil {
		return "", blockedBy(nil, "there is no way to read codes")
	}
	since, err := source.Mark(ctx, recipient)
	if err != nil {
		return "", blockedBy(err, "read the inbox")
	}
	return since, nil
}

func fetch(ctx context.Context, source otpsource.Source, recipient, since string, marking error) (string, error) {
	if marking != nil {
		return "", marking
	}
	code, err := source.Fetch(ctx, recipient, since)
	switch {
	case err != nil:
		return "", blockedBy(err, "read the inbox")
	case code == "":
		return "", blockedBy(nil, "no code came to %s", recipient)
	}
	return code, nil
}

// tokenOf is the access token of a reply, under either key (S2).
func tokenOf(x *target.Exchange) token {
	for _, key := range []string{"result", "signature"} {
		if value := x.Text(key, "access_token", "token"); value != "" {
			return token{value: value, seconds: x.Integer(key, "access_token", "expiry")}
		}
	}
	return token{}
}

// under makes the call under test.
func (w *world) under(ctx context.Context, a attempt) error {
	if w.unseen {
		return fmt.Errorf("%w: nobody looked at the reply of %s", errSuite, w.last.Operation.ID)
	}
	x, err := w.call(ctx, a)
	if err != nil {
		return err
	}
	w.last, w.unseen = x, true
	return nil
}

// reach makes a call on the way to how things must stand. Any other outcome
// than the one wanted blocks the scenario. A reply that means it and is spelled
// wrong does not: that is a finding already, and no reason to see nothing else.
func (w *world) reach(ctx context.Context, a attempt, outcome string) (*target.Exchange, error) {
	x, err := w.call(ctx, a)
	if err != nil {
		return nil, err
	}
	if !x.Nearly(outcome) {
		return nil, &obstacle{reason: fmt.Sprintf("%s should have led to %s on the way, and answered %s", a.operation, outcome, x.Actual()), exchange: x}
	}
	return x, nil
}

// code is the code of a challenge, or what keeps it from being known.
func (c *challenge) known() (string, error) {
	if c == nil {
		return "", fmt.Errorf("%w: nobody was sent such a code", errSuite)
	}
	return c.code, c.problem
}

// wrong is a code of the same length that is not this one.
func wrong(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}
