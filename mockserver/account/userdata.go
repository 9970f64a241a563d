package account

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// The names, their order and their types in this file are those of the object
// that the subscriber document shows in its lines 7 to 50. Flags are 1 and 0
// there, and dates have no zone.

// UserData is what tokens and profiles show of an account.
type UserData struct {
	ID           ID           `json:"id"`
	Name         string       `json:"name"`
	Email        string       `json:"email"`
	Contact      string       `json:"contact"`
	Subscribed   int          `json:"subscribed"`
	Subscription Subscription `json:"subscriptionDetail"`
	Parental     Parental     `json:"parental"`
	Devices      DeviceList   `json:"devices"`
}

// Subscription is a plan.
type Subscription struct {
	IsSubscribed int    `json:"isSubscribed"`
	PlanType     string `json:"planType"`
	PackageID    int    `json:"packageId"`
	Recurring    int    `json:"recurring"`
	RenewalDate  string `json:"renewalDate"` // as Stamp writes it
	ExpiryDate   string `json:"expiryDate"`  // as Stamp writes it
}

// Parental is a parental lock.
type Parental struct {
	IsSubscribed     int    `json:"isSubscribed"`
	ParentalID       int    `json:"parentalId"`
	RestrictionLevel int    `json:"restrictionLevel"`
	Title            string `json:"title"`
}

// DeviceList is the registered devices with their count and limit.
type DeviceList struct {
	Allowed int      `json:"allowedDevices"`
	Used    int      `json:"usedDevices"`
	Details []Device `json:"details"`
}

// Device is a registered device.
type Device struct {
	ID        string    `json:"deviceId"`
	Type      string    `json:"deviceType"`
	Platform  string    `json:"platform"`
	OSVersion OSVersion `json:"osVersion"`
	OS        string    `json:"OS"`
	MakeModel string    `json:"makemodel"`
	LoginAt   string    `json:"loginAt"` // as Stamp writes it
}

// UserData returns the account as tokens show it. As many devices are used as
// are listed.
func (a Account) UserData() UserData {
	details := a.Devices
	if details == nil {
		details = []Device{}
	}
	return UserData{
		ID: a.ID, Name: a.DisplayName(), Email: a.Email, Contact: a.Contact(),
		Subscribed: a.Subscribed, Subscription: a.Subscription, Parental: a.Parental,
		Devices: DeviceList{Allowed: a.AllowedDevices, Used: len(details), Details: details},
	}
}

// Stamp writes a time the way the token payload does: "2025-08-18 10:10:10", UTC.
func Stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

// OSVersion is the version of a device's system, as text. In JSON it is a number
// where it is a plain decimal ("16.1"), as in the document's sample, and a string
// where it is not ("16.1.2"); both are read.
type OSVersion string

// maxDecimal is how many characters a number may have: all those of a float64
// that every client reads back unchanged.
const maxDecimal = 15

// MarshalJSON implements [json.Marshaler].
func (v OSVersion) MarshalJSON() ([]byte, error) {
	if v.decimal() {
		return []byte(v), nil
	}
	return json.Marshal(string(v))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (v *OSVersion) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(v))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return errors.New("reading osVersion: want a number or a string")
	}
	*v = OSVersion(n)
	return nil
}

// decimal says whether v is digits, with or without a fraction, in the one form
// that JSON allows: no sign, no leading zero, a digit on either side of the point.
func (v OSVersion) decimal() bool {
	whole, fraction, pointed := strings.Cut(string(v), ".")
	return len(v) <= maxDecimal && digitsOnly(whole) && (whole == "0" || whole[0] != '0') &&
		(!pointed || digitsOnly(fraction))
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
