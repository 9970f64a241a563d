package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/cucumber/godog"
)

func (w *world) logsIn(ctx context.Context, name, way, on string) error {
	return w.logsInWith(ctx, name, way, on, nil)
}

func (w *world) logsInWithTable(ctx context.Context, name, way string, table *godog.Table) error {
	return w.logsInWith(ctx, name, way, "", table)
}

func (w *world) logsInWith(ctx context.Context, name, way, on string, table *godog.Table) error {
	p := w.person(name)
	a, err := w.loginBy(way, p, w.chosen(p, on), table)
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

// chosen is a device by its name in a step: "" is the usual one.
func (w *world) chosen(p *person, on string) device {
	switch on {
	case "":
		on = usualDevice
	case "new device":
		on = fmt.Sprintf("new device %d", w.calls)
	}
	return p.device(on, w.random)
}

// logsInThrough is the whole of a login by phone. Where the first call refuses
// already, its reply is the one that counts: S27.
func (w *world) logsInThrough(ctx context.Context, name, on string) error {
	p := w.person(name)
	device := w.chosen(p, on)
	a, err := w.loginBy(byPhone, p, device, nil)
	if err != nil {
		return err
	}
	if err := w.under(ctx, a); err != nil || !w.last.Nearly("otpSent") {
		return err
	}
	w.unseen = false
	c := p.latest(forLogin)
	code, err := c.known()
	if err != nil {
		return err
	}
	return w.under(ctx, verification(forLogin, p, device, c.token, code))
}

func (w *world) logsInWithPasswordOf(ctx context.Context, name, of string) error {
	p := w.person(name)
	a, err := w.loginBy(byEmail, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	a.body["password"] = w.person(of).password
	return w.under(ctx, a)
}

func (w *world) logsInWithCapitals(ctx context.Context, name string) error {
	p := w.person(name)
	a, err := w.loginBy(byEmail, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	a.body["email"] = strings.ToUpper(p.email)
	return w.under(ctx, a)
}

// logsInFrom calls with other path segments than the body says.
func (w *world) logsInFrom(ctx context.Context, name, kind, platform string) error {
	p := w.person(name)
	a, err := w.loginBy(byEmail, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	a.on = device{kind: kind, platform: platform}
	return w.under(ctx, a)
}

func (w *world) signsUp(ctx context.Context, name, way string) error {
	return w.signsUpWith(ctx, name, way, nil)
}

func (w *world) signsUpWith(ctx context.Context, name, way string, table *godog.Table) error {
	p := w.person(name)
	a, err := w.signupBy(way, p, w.usual(p), table)
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

// signsUpAs signs up with the address of somebody else.
func (w *world) signsUpAs(ctx context.Context, name, way, of string) error {
	p, other := w.person(name), w.person(of)
	a, err := w.signupBy(way, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	if way == byEmail {
		a.body["email"] = other.email
	} else {
		a.body["phone"] = other.phone
	}
	return w.under(ctx, a)
}

func (w *world) entersCode(ctx context.Context, name, what string) error {
	return w.entersCodeWith(ctx, name, what, nil)
}

func (w *world) entersCodeWith(ctx context.Context, name, what string, table *godog.Table) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	if err := a.body.override(table); err != nil {
		return err
	}
	return w.under(ctx, a)
}

func (w *world) entersWrongCode(ctx context.Context, name, what string) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	right, _ := a.body["otp"].(string)
	a.body["otp"] = wrong(right)
	return w.under(ctx, a)
}

// entersCodeOf enters the code that somebody else was sent.
func (w *world) entersCodeOf(ctx context.Context, name, of, what string) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	code, err := w.person(of).latest(purpose(what)).known()
	if err != nil {
		return err
	}
	if a.body["otp"] == code {
		return blockedBy(nil, "two people happen to have the same code")
	}
	a.body["otp"] = code
	return w.under(ctx, a)
}

// entersReplacedCode enters the code before the newest, with its own token.
func (w *world) entersReplacedCode(ctx context.Context, name, what string) error {
	p := w.person(name)
	a, err := w.verify(purpose(what), p, p.replaced(purpose(what)))
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

// entersCodeElsewhere enters a code of one purpose where another is due.
func (w *world) entersCodeElsewhere(ctx context.Context, name, what, where string) error {
	p := w.person(name)
	c := p.latest(purpose(what))
	code, err := c.known()
	if err != nil {
		return err
	}
	return w.under(ctx, verification(purpose(where), p, w.usual(p), c.token, code))
}

// entersCodeForNothing enters a code for a challenge that never was.
func (w *world) entersCodeForNothing(ctx context.Context, name, what string) error {
	p := w.person(name)
	return w.under(ctx, verification(purpose(what), p, w.usual(p), w.noChallenge(), "4821"))
}

func (w *world) noChallenge() string {
	return fmt.Sprintf("%016x%016x%08x", w.random.Uint64(), w.random.Uint64(), w.random.Uint32())
}

// entersCodeSpelled names the field of the challenge as the sample of signup
// verification does (S5).
func (w *world) entersCodeSpelled(ctx context.Context, name, what, field string) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	challenge := a.body["otpVerificationToken"]
	delete(a.body, "otpVerificationToken")
	a.body[field] = challenge
	return w.under(ctx, a)
}

func (w *world) asksAgain(ctx context.Context, name, what string) error {
	return w.asksAgainElsewhere(ctx, name, what, what)
}

// asksAgainElsewhere asks for another code with the challenge of one purpose
// where another is due.
func (w *world) asksAgainElsewhere(ctx context.Context, name, what, where string) error {
	p := w.person(name)
	c := p.latest(purpose(what))
	if _, err := c.known(); err != nil {
		return err
	}
	return w.under(ctx, resending(purpose(where), p, w.usual(p), c.token))
}

func (w *world) asksAgainWith(ctx context.Context, name, what string, table *godog.Table) error {
	p := w.person(name)
	c := p.latest(purpose(what))
	if _, err := c.known(); err != nil {
		return err
	}
	a := resending(purpose(what), p, w.usual(p), c.token)
	if err := a.body.override(table); err != nil {
		return err
	}
	return w.under(ctx, a)
}

func (w *world) asksAgainForNothing(ctx context.Context, name, what string) error {
	p := w.person(name)
	return w.under(ctx, resending(purpose(what), p, w.usual(p), w.noChallenge()))
}

func (w *world) changesFirstName(ctx context.Context, name string) error {
	p := w.person(name)
	a, err := withSession("updateProfile", p, w.usual(p), body{"otherdetails": map[string]any{"firstName": "Changed"}})
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

func (w *world) opensDetails(ctx context.Context, name string) error {
	p := w.person(name)
	a, err := withSession("getUserDetails", p, w.usual(p), nil)
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

func (w *world) isLookedUp(ctx context.Context, name, address string) error {
	way := byPhone
	if address == "e-mail address" {
		way = byEmail
	}
	a, err := w.lookup(w.person(name), way)
	if err != nil {
		return err
	}
	return w.under(ctx, a)
}

func (w *world) lookup(p *person, way string) (attempt, error) {
	b := body{"type": "email", "email": p.email, "phone": "", "countryCode": ""}
	if way == byPhone {
		b = body{"type": "phone", "phone": p.phone, "countryCode": countryCode}
	}
	return attempt{operation: "lookup", on: kinds[usualDevice], body: b}, nil
}

func (w *world) brokenBodySent(ctx context.Context, operation string) error {
	return w.under(ctx, attempt{operation: operation, raw: []byte(`{"login_type": "email", `)})
}
