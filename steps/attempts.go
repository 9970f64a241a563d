package steps

import (
	"fmt"

	"github.com/cucumber/godog"
)

// The calls of the subscriber system, as clients would make them.

func (w *world) loginBy(way string, p *person, on device, table *godog.Table) (attempt, error) {
	return w.enter("login", forLogin, way, p, on, table)
}

func (w *world) signupBy(way string, p *person, on device, table *godog.Table) (attempt, error) {
	p.byPhone = way == byPhone
	return w.enter("signup", forSignup, way, p, on, table)
}

// The two ways to log in and to sign up.
const (
	byEmail = "e-mail"
	byPhone = "phone"
)

func (w *world) enter(operation string, what purpose, way string, p *person, on device, table *godog.Table) (attempt, error) {
	name := map[string]string{byEmail: "email", byPhone: "phone"}[way]
	op, err := w.operation(operation)
	if err != nil {
		return attempt{}, err
	}
	b, err := sample(op, name)
	if err != nil {
		return attempt{}, err
	}
	fields := map[string]string{"email": p.email, "password": p.password}
	if way == byPhone {
		fields = map[string]string{"countryCode": countryCode, "phone": p.phone}
	}
	fields["otherdetails.device_unique_id"] = on.id
	fields["otherdetails.device_type"] = on.kind
	fields["otherdetails.platform"] = on.platform
	for field, value := range fields {
		if err := b.set(field, value); err != nil {
			return attempt{}, err
		}
	}
	a := attempt{operation: operation, by: p, on: on, body: b}
	if way == byPhone {
		a.sends = what
	}
	return a, b.override(table)
}

// verification is the entering of a code for a challenge.
func verification(what purpose, p *person, on device, challengeToken, code string) attempt {
	operation := map[purpose]string{forLogin: "verifyLoginOtp", forSignup: "verifySignupOtp"}[what]
	return attempt{operation: operation, by: p, on: on, body: body{"otpVerificationToken": challengeToken, "otp": code}}
}

// resending asks for another code for a challenge.
func resending(what purpose, p *person, on device, challengeToken string) attempt {
	operation := map[purpose]string{forLogin: "resendLoginOtp", forSignup: "resendSignupOtp"}[what]
	return attempt{operation: operation, by: p, on: on, sends: what, body: body{"otpVerificationToken": challengeToken}}
}

func (w *world) usual(p *person) device { return p.device(usualDevice, w.random) }

// own is the verification of the person's newest challenge with its own code.
func (w *world) own(what purpose, p *person) (attempt, error) {
	return w.verify(what, p, p.latest(what))
}

func (w *world) verify(what purpose, p *person, c *challenge) (attempt, error) {
	code, err := c.known()
	if err != nil {
		return attempt{}, err
	}
	return verification(what, p, w.usual(p), c.token, code), nil
}

// withSession is a call that the person's access token protects.
func withSession(operation string, p *person, on device, b body) (attempt, error) {
	if p.token.value == "" {
		return attempt{}, fmt.Errorf("%w: %s has no access token", errSuite, p.name)
	}
	return attempt{operation: operation, by: p, on: on, body: b, accessToken: p.token.value}, nil
}
