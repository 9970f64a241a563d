package steps

import (
	"context"
	"fmt"
	"time"
)

// hasAccount signs the person up through the API.
func (w *world) hasAccount(ctx context.Context, name, way string) error {
	p := w.person(name)
	a, err := w.signupBy(way, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	if way == byEmail {
		_, err := w.reach(ctx, a, "signedUp")
		return err
	}
	if _, err := w.reach(ctx, a, "otpSent"); err != nil {
		return err
	}
	return w.hasUsedCode(ctx, name, string(forSignup))
}

// hasLoggedIn logs the person in on a device, by kind or "" for the usual one.
func (w *world) hasLoggedIn(ctx context.Context, name, way, on string) error {
	p := w.person(name)
	if on == "" {
		on = usualDevice
	}
	return w.logIn(ctx, p, way, p.device(on, w.random))
}

func (w *world) logIn(ctx context.Context, p *person, way string, on device) error {
	a, err := w.loginBy(way, p, on, nil)
	if err != nil {
		return err
	}
	if way == byEmail {
		_, err := w.reach(ctx, a, "loggedIn")
		return err
	}
	if _, err := w.reach(ctx, a, "otpSent"); err != nil {
		return err
	}
	code, err := p.latest(forLogin).known()
	if err != nil {
		return err
	}
	_, err = w.reach(ctx, verification(forLogin, p, on, p.latest(forLogin).token, code), "verified")
	return err
}

func (w *world) hasBeenSentCode(ctx context.Context, name, what string) error {
	p := w.person(name)
	enter := w.loginBy
	if purpose(what) == forSignup {
		enter = w.signupBy
	}
	a, err := enter(byPhone, p, w.usual(p), nil)
	if err != nil {
		return err
	}
	if _, err := w.reach(ctx, a, "otpSent"); err != nil {
		return err
	}
	_, err = p.latest(purpose(what)).known()
	return err
}

func (w *world) hasUsedCode(ctx context.Context, name, what string) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	_, err = w.reach(ctx, a, "verified")
	return err
}

func (w *world) hasAskedAgain(ctx context.Context, name, what string) error {
	p := w.person(name)
	last := p.latest(purpose(what))
	if _, err := last.known(); err != nil {
		return err
	}
	if _, err := w.reach(ctx, resending(purpose(what), p, w.usual(p), last.token), "otpSent"); err != nil {
		return err
	}
	_, err := p.latest(purpose(what)).known()
	return err
}

// wrongCodesEntered enters wrong codes one after the other. Each must be
// refused in some way; in which is not this step's to say.
func (w *world) wrongCodesEntered(ctx context.Context, name string, n int, what string) error {
	a, err := w.own(purpose(what), w.person(name))
	if err != nil {
		return err
	}
	right, _ := a.body["otp"].(string)
	a.body["otp"] = wrong(right)
	for range n {
		x, err := w.call(ctx, a)
		if err != nil {
			return err
		}
		if x.Is("verified") {
			return &obstacle{reason: "a wrong code was accepted on the way", exchange: x}
		}
	}
	return nil
}

func (w *world) clockStands(ctx context.Context) error {
	if w.means.Clock == nil {
		return blockedBy(nil, "there is no clock to stop")
	}
	if err := w.means.Clock.Freeze(ctx); err != nil {
		return blockedBy(err, "stop the clock")
	}
	w.frozen = true
	return nil
}

// lifePasses moves the clock by the life that a reply announced, less what is
// to be left of it.
func (w *world) lifePasses(ctx context.Context, name, what string, left time.Duration) error {
	if !w.frozen {
		return fmt.Errorf("%w: a life passes exactly only while the clock stands still", errSuite)
	}
	seconds := w.person(name).token.seconds
	if what != "access token" {
		c := w.person(name).latest(purpose(what[:len(what)-len(" code")]))
		if _, err := c.known(); err != nil {
			return err
		}
		seconds = c.seconds
	}
	if seconds <= 0 {
		return blockedBy(nil, "no reply announced the life of %s's %s", name, what)
	}
	if err := w.means.Clock.Advance(ctx, time.Duration(seconds)*time.Second-left); err != nil {
		return blockedBy(err, "move the clock")
	}
	return nil
}

func (w *world) almostAllOfLifePasses(ctx context.Context, name, what string) error {
	return w.lifePasses(ctx, name, what, time.Second)
}

func (w *world) allOfLifePasses(ctx context.Context, name, what string) error {
	return w.lifePasses(ctx, name, what, 0)
}

func (w *world) arrange(ctx context.Context, state State) error {
	if w.means.States == nil {
		return blockedBy(nil, "there is no way to arrange %s", state.Name)
	}
	if err := w.means.States.Arrange(ctx, state); err != nil {
		return blockedBy(err, "arrange %s", state.Name)
	}
	return nil
}

func (w *world) stateOf(name, state, value string) State {
	p := w.person(name)
	if p.byPhone {
		return State{Name: state, Value: value, Phone: p.fullPhone()}
	}
	return State{Name: state, Value: value, Email: p.email}
}

func (w *world) paymentIs(ctx context.Context, name, value string) error {
	return w.arrange(ctx, w.stateOf(name, "payment", value))
}

func (w *world) oneLoginPerDevice(ctx context.Context, name string) error {
	return w.arrange(ctx, w.stateOf(name, "strictDevices", ""))
}

// callsUsedUp leaves room for one call and makes it.
func (w *world) callsUsedUp(ctx context.Context) error {
	if err := w.arrange(ctx, State{Name: "quota"}); err != nil {
		return err
	}
	p := w.person("Nobody")
	a, err := w.lookup(p, byEmail)
	if err != nil {
		return err
	}
	_, err = w.call(ctx, a)
	return err
}

// devicesFull logs the person in on one device after the other until no more
// are allowed. The device of the signup may count or not: it is one of them.
func (w *world) devicesFull(ctx context.Context, name, way string) error {
	p := w.person(name)
	for i := range w.means.AllowedDevices {
		on := usualDevice
		if i > 0 {
			on = fmt.Sprintf("device %d", i+1)
		}
		if err := w.logIn(ctx, p, way, p.device(on, w.random)); err != nil {
			return err
		}
	}
	return nil
}

// hasDeleted asks for the deletion of the person's account and confirms it.
func (w *world) hasDeleted(ctx context.Context, name string) error {
	p := w.person(name)
	a, err := withSession("requestAccountDeletion", p, w.usual(p), nil)
	if err != nil {
		return err
	}
	a.sends, a.byMail = "account_deletion", !p.byPhone
	return w.confirm(ctx, a, "confirmAccountDeletion", "deletionRequested")
}

// hasTakenPhone moves the person's account to another's phone number.
func (w *world) hasTakenPhone(ctx context.Context, name, of string) error {
	p := w.person(name)
	a, err := withSession("requestPhoneUpdate", p, w.usual(p), body{"phone": w.person(of).phone, "countryCode": countryCode})
	if err != nil {
		return err
	}
	p.phone, a.sends = w.person(of).phone, "phone_update"
	return w.confirm(ctx, a, "verifyPhoneUpdate", "phoneUpdated")
}

// confirm makes a call that sends a code, and enters that code.
func (w *world) confirm(ctx context.Context, a attempt, operation, outcome string) error {
	if _, err := w.reach(ctx, a, "otpSent"); err != nil {
		return err
	}
	c := a.by.latest(a.sends)
	code, err := c.known()
	if err != nil {
		return err
	}
	confirmation, err := withSession(operation, a.by, a.on, body{"otpVerificationToken": c.token, "otp": code})
	if err != nil {
		return err
	}
	_, err = w.reach(ctx, confirmation, outcome)
	return err
}

func (w *world) appCarries(_ context.Context, kind string) error {
	other := w.target().Credentials.Subscriber.ExpiredAppToken
	if kind == "unknown" {
		other = fmt.Sprintf("no-such-token-%08x", w.random.Uint32())
	}
	w.appToken = &other
	return nil
}
