package account

import (
	"fmt"
	"strings"
)

// Kind is a kind of identity.
type Kind string

// The kinds of identities. KindID is the account's number, which is unique too.
const (
	KindEmail    Kind = "email"
	KindPhone    Kind = "phone"
	KindUsername Kind = "username"
	KindPIN      Kind = "pin"
	KindID       Kind = "id"
)

// Identity finds at most one account of a sandbox. Its value is in the form in
// which identities are compared; empty, it finds nothing.
type Identity struct {
	Kind  Kind
	Value string
}

// Email is an e-mail address, compared without regard to case.
func Email(address string) Identity {
	return Identity{KindEmail, strings.ToLower(address)}
}

// Phone is a phone number with its country code, of both only the digits; without
// a country code it is an Indian one. A number without digits is empty.
func Phone(countryCode, phone string) Identity {
	number := digits(phone)
	if number == "" {
		return Identity{Kind: KindPhone}
	}
	code := digits(countryCode)
	if code == "" {
		code = DefaultCountryCode
	}
	return Identity{KindPhone, code + number}
}

// Username is a username, compared as it is.
func Username(name string) Identity { return Identity{KindUsername, name} }

// PIN is a login PIN, compared as it is.
func PIN(pin string) Identity { return Identity{KindPIN, pin} }

// digits returns the decimal digits in s; s itself when it is nothing else.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// has says whether the account goes by an identity.
func (a *Account) has(i Identity) bool {
	if i.Value == "" {
		return false
	}
	switch i.Kind {
	case KindEmail:
		return Email(a.Email) == i
	case KindPhone:
		return Phone(a.CountryCode, a.Phone) == i
	case KindUsername:
		return a.Username == i.Value
	case KindPIN:
		return a.PIN == i.Value
	}
	return false
}

// sameIdentities says, without building them, that two states of an account have
// the same ones. It may say no where only the spelling differs.
func sameIdentities(a, b *Account) bool {
	return a.Email == b.Email && a.Phone == b.Phone && a.CountryCode == b.CountryCode &&
		a.Username == b.Username && a.PIN == b.PIN
}

// Taken is the error for an identity that another account has. It matches
// ErrTaken with [errors.Is].
type Taken struct {
	Identity Identity
}

// Error names the identity, but not a PIN, which is a secret.
func (t *Taken) Error() string {
	if t.Identity.Kind == KindPIN {
		return "the pin belongs to another account"
	}
	return fmt.Sprintf("the %s %q belongs to another account", t.Identity.Kind, t.Identity.Value)
}

// Unwrap makes every Taken match ErrTaken.
func (t *Taken) Unwrap() error { return ErrTaken }
