package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stagedoor/mockserver/journal"
	"stagedoor/spec"
)

// Magic identities choose an outcome for clients that cannot set a header:
//
//	ann+gone@example.com                     gone, from the operation that carries it
//	ann+updateProfile.serverError@…          serverError, from updateProfile in that account's session or challenge
//	99000 016 xx                             the first outcome with application code 16
//	99000 429 xx                             or, where none has that code, with that HTTP status
var (
	magicEmail = regexp.MustCompile(`^[^@\s]+\+(?:([A-Za-z]+)\.)?([A-Za-z]+)@[^@\s]+$`)
	magicPhone = regexp.MustCompile(`^\+?(?:\d{1,4}[- ]?)?99000(\d{3})\d{2}$`)
)

// magic is the outcome of an operation that an identity chooses, or nil. Named
// says whether the identity names the operation: then it counts in the
// account's session and challenges too, and not for others that carry it.
func magic(o *spec.Operation, identity string) (outcome *spec.Outcome, named bool) {
	if m := magicEmail.FindStringSubmatch(identity); m != nil {
		if m[1] != "" && !strings.EqualFold(m[1], o.ID) {
			return nil, true
		}
		i := slices.IndexFunc(o.Outcomes, func(c *spec.Outcome) bool { return strings.EqualFold(c.Name, m[2]) })
		if i < 0 {
			return nil, m[1] != ""
		}
		return o.Outcomes[i], m[1] != ""
	}
	m := magicPhone.FindStringSubmatch(identity)
	if m == nil {
		return nil, false
	}
	// The pattern admits nothing but digits.
	number, _ := strconv.Atoi(m[1])
	for _, hasNumber := range []func(*spec.Outcome) bool{
		func(c *spec.Outcome) bool { return c.Code == number },
		func(c *spec.Outcome) bool { return c.Status == number },
	} {
		if i := slices.IndexFunc(o.Outcomes, hasNumber); i >= 0 {
			return o.Outcomes[i], false
		}
	}
	return nil, false
}

// MagicEmail is an e-mail address that chooses an outcome of an operation.
func MagicEmail(o *spec.Operation, outcome *spec.Outcome) string {
	return "ann+" + o.ID + "." + outcome.Name + "@example.com"
}

// MagicPhone is a phone number that chooses an outcome of an operation, and
// whether there is one: the first outcome with a code or status takes it.
func MagicPhone(o *spec.Operation, outcome *spec.Outcome) (string, bool) {
	for _, number := range []any{outcome.Code, outcome.Status} {
		n, ok := number.(int)
		if !ok || n < 0 || n > 999 {
			continue
		}
		digits := strconv.Itoa(n)
		phone := "99000" + strings.Repeat("0", 3-len(digits)) + digits + "01"
		if chosen, _ := magic(o, phone); chosen == outcome {
			return phone, true
		}
	}
	return "", false
}

// carriedMagic is the last part of phase 3: an identity in the request itself.
func (p *Pipeline) carriedMagic(_ context.Context, x *exchange) (*spec.Reply, error) {
	for _, identity := range x.identities() {
		if outcome, _ := magic(x.operation, identity); outcome != nil {
			return x.conjure(outcome, identity), nil
		}
	}
	return nil, nil
}

// sessionMagic follows the authorization: an identity that names the operation,
// of the account whose session or challenge this is.
func (p *Pipeline) sessionMagic(ctx context.Context, x *exchange) (*spec.Reply, error) {
	identities := []string{x.call.Account.Email}
	if challenge := p.systems[x.system.Name].Challenge; challenge != nil {
		found, err := challenge(ctx, x.call, x.body)
		if err != nil {
			return nil, err
		}
		identities = append(identities, found...)
	}
	for _, identity := range identities {
		if !strings.Contains(identity, "+") {
			continue
		}
		if outcome, named := magic(x.operation, identity); outcome != nil && named {
			return x.conjure(outcome, identity), nil
		}
	}
	return nil, nil
}

func (x *exchange) conjure(outcome *spec.Outcome, identity string) *spec.Reply {
	x.forced = journal.ByMagic
	return forcedReply(x.operation, outcome, "forced by the magic identity "+identity+"; nothing changed")
}

// identities are the strings of the request that could be magic: values of the
// query and of the body, as deep as credentials stand.
func (x *exchange) identities() []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(x.query)) {
		if !journal.Secret(name) {
			found = append(found, x.query[name]...)
		}
	}
	// Most bodies hold neither, and are not decoded for it.
	if !bytes.Contains(x.body, []byte("+")) && !bytes.Contains(x.body, []byte("99000")) {
		return found
	}
	var body map[string]any
	if json.Unmarshal(x.body, &body) != nil {
		return found
	}
	return collect(found, body, 2)
}

// collect adds the strings of an object that are no secrets: a password never
// chooses an outcome, and so never shows in a reason. Several identities are
// rare; which of them counts must not be chance.
func collect(found []string, object map[string]any, depth int) []string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if journal.Secret(name) {
			continue
		}
		switch value := object[name].(type) {
		case string:
			found = append(found, value)
		case map[string]any:
			if depth > 1 {
				found = collect(found, value, depth-1)
			}
		}
	}
	return found
}
