package steps

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"stagedoor/steps/target"
)

// The values that every phone number of the suite has.
const countryCode = "91"

// person is a subscriber of a scenario, registered or not.
type person struct {
	name     string
	email    string
	phone    string // without the country code
	password string
	// byPhone is how the account was made.
	byPhone bool
	token   token
	// codes by purpose, the newest last.
	codes map[purpose][]*challenge
	// devices are their ids by name.
	devices map[string]string
}

// fullPhone is the number as messages carry it.
func (p *person) fullPhone() string { return countryCode + p.phone }

// token is an access token with its announced life.
type token struct {
	value   string
	seconds int64
}

// purpose is what a code is for.
type purpose string

const (
	forLogin  purpose = "login"
	forSignup purpose = "signup"
)

// challenge is a code that was sent, as far as a client can know it.
type challenge struct {
	token   string
	seconds int64
	code    string
	// problem is why the code is not known.
	problem error
	from    *target.Exchange
}

// latest is the newest challenge of a purpose, nil if there is none.
func (p *person) latest(what purpose) *challenge {
	if all := p.codes[what]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// replaced is the challenge before the newest, nil if there is none.
func (p *person) replaced(what purpose) *challenge {
	if all := p.codes[what]; len(all) > 1 {
		return all[len(all)-2]
	}
	return nil
}

// device is what a client tells of the thing it runs on.
type device struct {
	id       string
	kind     string
	platform string
}

// kinds are the devices of the features.
var kinds = map[string]device{
	"phone":      {kind: "mobile", platform: "android"},
	"tablet":     {kind: "tablet", platform: "ios"},
	"television": {kind: "tv", platform: "tizen"},
	"laptop":     {kind: "desktop", platform: "web"},
}

const usualDevice = "phone"

// device returns the person's device of this name, making it on first use. A
// name that kinds does not know is one more phone.
func (p *person) device(name string, random *rand.Rand) device {
	if p.devices[name] == "" {
		p.devices[name] = fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())
	}
	d, ok := kinds[name]
	if !ok {
		d = kinds[usualDevice]
	}
	d.id = p.devices[name]
	return d
}

// identities hands out addresses that no two scenarios of a run share. They are
// no magic ones: no plus in an e-mail address, no number that begins with 99000.
type identities struct {
	mu    sync.Mutex
	taken map[string]bool
}

func (i *identities) person(name string, random *rand.Rand) *person {
	return &person{
		name:     name,
		email:    i.draw(func() string { return fmt.Sprintf("%s.%08x@example.com", strings.ToLower(name), random.Uint32()) }),
		phone:    i.draw(func() string { return fmt.Sprintf("9%d%08d", 1+random.IntN(8), random.IntN(100_000_000)) }),
		password: fmt.Sprintf("Pw-%012x!", random.Uint64()>>16),
		codes:    map[purpose][]*challenge{},
		devices:  map[string]string{},
	}
}

func (i *identities) draw(next func() string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		if drawn := next(); !i.taken[drawn] {
			i.taken[drawn] = true
			return drawn
		}
	}
}
