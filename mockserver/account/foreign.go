package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// UnmarshalJSON implements [json.Unmarshaler] for accounts that people write: in
// a state document, on the control API. What the JSON leaves out comes from
// [Fresh] for an empty account and stays as it is for any other, so that decoding
// over one is a patch. A list replaces the whole list. Fields that no account has
// are refused.
func (a *Account) UnmarshalJSON(data []byte) error {
	type plain Account
	if reflect.ValueOf(*a).IsZero() {
		*a = Fresh()
	}
	p := plain(*a)
	// The decoder would write into the elements of the old lists.
	p.Devices, p.Sessions = nil, nil
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return err
	}
	if p.Devices == nil {
		p.Devices = a.Devices
	}
	if p.Sessions == nil {
		p.Sessions = a.Sessions
	}
	*a = Account(p)
	return nil
}

// Check says what is wrong with an account that people wrote.
func (a Account) Check() error {
	return errors.Join(a.checkStates(), a.checkIdentities(), a.checkDates(), a.checkDevices())
}

func (a Account) checkStates() error {
	switch a.Payment {
	case Paid, NotVerified, Pending, Failed:
	default:
		return fmt.Errorf("payment %q is unknown; use %s, %s, %s or %s", a.Payment, Paid, NotVerified, Pending, Failed)
	}
	switch a.Deletion {
	case NotDeleted, DeletionRequested:
	default:
		return fmt.Errorf("deletion %q is unknown; use %s or %s", a.Deletion, NotDeleted, DeletionRequested)
	}
	switch {
	case a.ID < 0:
		return fmt.Errorf("id %d is below zero", a.ID)
	case a.AllowedDevices < 1:
		return fmt.Errorf("allowedDevices %d is below one", a.AllowedDevices)
	}
	return nil
}

func (a Account) checkIdentities() error {
	switch {
	case len(a.Identities()) == 0:
		return errors.New("nothing identifies the account; give it an email, phone, username or pin")
	case a.Email != "" && !strings.Contains(a.Email, "@"):
		return fmt.Errorf("email %q has no @", a.Email)
	case a.Phone != digits(a.Phone):
		return fmt.Errorf("phone %q is not digits only; the country code goes into countryCode", a.Phone)
	case a.CountryCode != digits(a.CountryCode):
		return fmt.Errorf("countryCode %q is not digits only", a.CountryCode)
	}
	return nil
}

func (a Account) checkDates() error {
	if err := checkStamp(a.Subscription.RenewalDate); err != nil {
		return fmt.Errorf("subscription.renewalDate: %w", err)
	}
	if err := checkStamp(a.Subscription.ExpiryDate); err != nil {
		return fmt.Errorf("subscription.expiryDate: %w", err)
	}
	return nil
}

// checkStamp accepts what Stamp writes, and nothing at all.
func checkStamp(stamp string) error {
	if stamp == "" {
		return nil
	}
	if _, err := time.Parse(time.DateTime, stamp); err != nil {
		return fmt.Errorf("%q is no date-time like %q", stamp, time.DateTime)
	}
	return nil
}

func (a Account) checkDevices() error {
	seen := make(map[string]bool)
	for i, d := range a.Devices {
		switch {
		case d.ID == "":
			return fmt.Errorf("devices[%d]: deviceId is missing", i)
		case seen[d.ID]:
			return fmt.Errorf("devices[%d]: deviceId %q is there twice", i, d.ID)
		}
		if err := checkStamp(d.LoginAt); err != nil {
			return fmt.Errorf("devices[%d].loginAt: %w", i, err)
		}
		seen[d.ID] = true
	}
	ids := make(map[string]bool)
	for i, s := range a.Sessions {
		switch {
		case s.ID == "":
			return fmt.Errorf("sessions[%d]: id is missing", i)
		case ids[s.ID]:
			return fmt.Errorf("sessions[%d]: id %q is there twice", i, s.ID)
		}
		ids[s.ID] = true
	}
	return nil
}
