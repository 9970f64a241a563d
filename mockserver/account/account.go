package account

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"stagedoor/mockserver/session"
)

// ID numbers an account within its sandbox.
type ID = int64

// Account is one person.
type Account struct {
	ID          ID     `json:"id"`
	Email       string `json:"email,omitempty"`
	Phone       string `json:"phone,omitempty"` // without the country code
	CountryCode string `json:"countryCode,omitempty"`
	// Password and PIN are test data and kept as they are given.
	Password       string            `json:"password,omitempty"`
	Username       string            `json:"username,omitempty"`
	PIN            string            `json:"pin,omitempty"`
	WatchPermitted bool              `json:"watchPermitted"`
	FirstName      string            `json:"firstName,omitempty"`
	LastName       string            `json:"lastName,omitempty"`
	Image          string            `json:"image,omitempty"`
	Subscribed     int               `json:"subscribed"`
	Subscription   Subscription      `json:"subscription"`
	Parental       Parental          `json:"parental"`
	AllowedDevices int               `json:"allowedDevices"`
	Payment        Payment           `json:"payment"`
	StrictDevices  bool              `json:"strictDevices"`
	Deletion       Deletion          `json:"deletion"`
	Devices        []Device          `json:"devices,omitempty"`
	Sessions       []session.Session `json:"sessions,omitempty"`
}

// Payment is the state of an account's latest payment.
type Payment string

// The states of a payment.
const (
	Paid        Payment = "paid"
	NotVerified Payment = "not_verified"
	Pending     Payment = "pending"
	Failed      Payment = "failed"
)

// Deletion says whether a person has asked for the account to be deleted, and
// confirmed it.
type Deletion string

// The states of a deletion.
const (
	NotDeleted        Deletion = "none"
	DeletionRequested Deletion = "requested"
)

// DefaultCountryCode is that of India, the one country the documented API
// serves; it stands in where an account or a call names none.
const DefaultCountryCode = "91"

// Fresh returns an account as signing up makes it: five devices, nothing owed, and
// the sample's plan and parental lock, neither of them subscribed.
func Fresh() Account {
	return Account{
		WatchPermitted: true,
		Subscription: Subscription{
			PlanType: "OTT", PackageID: 178, Recurring: 1,
			RenewalDate: "2025-12-31 23:59:59", ExpiryDate: "2025-12-31 23:59:59",
		},
		Parental:       Parental{ParentalID: 20, RestrictionLevel: -1, Title: "Restrict ALL Content"},
		AllowedDevices: 5,
		Payment:        Paid,
		Deletion:       NotDeleted,
	}
}

// DisplayName returns first and last name; else what stands before the @ of the
// e-mail address; else the phone number.
func (a Account) DisplayName() string {
	if name := strings.TrimSpace(a.FirstName + " " + a.LastName); name != "" {
		return name
	}
	if a.Email != "" {
		local, _, _ := strings.Cut(a.Email, "@")
		return local
	}
	return a.Phone
}

// Contact returns the phone number without its country code, "" if there is none.
func (a Account) Contact() string { return a.Phone }

// SMSAddress returns the phone number as messages are addressed: digits, country
// code first. It is "" if there is none.
func (a Account) SMSAddress() string { return Phone(a.CountryCode, a.Phone).Value }

// PasswordIs compares a password in constant time. An account without one has no
// right one.
func (a Account) PasswordIs(password string) bool {
	return a.Password != "" && subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) == 1
}

// PINIs compares a PIN in constant time. An account without one has no right one.
func (a Account) PINIs(pin string) bool {
	return a.PIN != "" && subtle.ConstantTimeCompare([]byte(a.PIN), []byte(pin)) == 1
}

// Identities returns what finds the account.
func (a Account) Identities() []Identity {
	all := []Identity{Email(a.Email), Phone(a.CountryCode, a.Phone), Username(a.Username), PIN(a.PIN)}
	return slices.DeleteFunc(all, func(i Identity) bool { return i.Value == "" })
}

// Session returns the live session with an id.
func (a Account) Session(id string, now time.Time) (session.Session, bool) {
	for _, s := range a.Sessions {
		if s.ID == id && s.LiveAt(now) {
			return s, true
		}
	}
	return session.Session{}, false
}
