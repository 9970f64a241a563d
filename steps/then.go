package steps

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"stagedoor/steps/target"
)

// outcomeIs is what a reply is judged by: it must fit the outcome, tolerances
// and alternatives included.
func (w *world) outcomeIs(_ context.Context, name string) error {
	x, err := w.reply()
	if err != nil {
		return err
	}
	if x.Fits(name) {
		if x.Is(name) {
			w.met = append(w.met, Met{Operation: x.Operation.Name(), Outcome: name})
		}
		return nil
	}
	want := x.Operation.Outcome(name)
	if want == nil {
		// A login in two calls may end with the first.
		return w.deviates("the outcome "+name, x.Actual()+", of "+x.Operation.ID)
	}
	d := w.deviates(fmt.Sprintf("the outcome %s of %s (HTTP %d, code %v)", name, x.Operation.ID, want.Status, want.Code), x.Actual())
	for _, f := range x.Expect(want) {
		d.findings = append(d.findings, f.String())
	}
	return d
}

// reply is the reply of the last call under test; it counts as looked at.
func (w *world) reply() (*target.Exchange, error) {
	if w.last == nil {
		return nil, fmt.Errorf("%w: %w", errSuite, errNoReply)
	}
	w.unseen = false
	return w.last, nil
}

func (w *world) deviates(expected, actual string) *deviation {
	return &deviation{expected: expected, actual: actual, exchange: w.last}
}

var codeForm = regexp.MustCompile(`^[0-9]{4,8}$`)

// codeComes looks into the inbox for the code of the last reply.
func (w *world) codeComes(_ context.Context, name string) error {
	x, err := w.reply()
	if err != nil {
		return err
	}
	for _, challenges := range w.person(name).codes {
		for _, c := range challenges {
			if c.from != x {
				continue
			}
			code, err := c.known()
			if err != nil {
				return err
			}
			if !codeForm.MatchString(code) {
				return w.deviates("a code of 4 to 8 digits for "+name, "a message with another code")
			}
			return nil
		}
	}
	return w.deviates("a challenge for "+name, "a reply that announces none")
}

func (w *world) codeLives(_ context.Context, seconds int64) error {
	x, err := w.reply()
	if err != nil {
		return err
	}
	if got := x.Integer("otpExpiry"); got != seconds {
		return w.deviates(fmt.Sprintf("otpExpiry %d", seconds), fmt.Sprintf("otpExpiry %d", got))
	}
	return nil
}

// detailsAre compares who the reply describes with two people.
func (w *world) detailsAre(_ context.Context, name, other string) error {
	x, err := w.reply()
	if err != nil {
		return err
	}
	email, contact := x.Text("userData", "email"), x.Text("userData", "contact")
	is := func(p *person) bool {
		if p.byPhone {
			return strings.HasSuffix(contact, p.phone)
		}
		return strings.EqualFold(email, p.email)
	}
	switch {
	case is(w.person(other)):
		return w.deviates("the details of "+name, "those of "+other)
	case !is(w.person(name)):
		return w.deviates("the details of "+name, "those of somebody else")
	}
	return nil
}
