package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stagedoor/mockserver/account"
)

// purpose says what an account is good for in a test, by its state.
func purpose(a account.Account, now time.Time) string {
	var notes []string
	note := func(holds bool, text string) {
		if holds {
			notes = append(notes, text)
		}
	}
	note(a.Deletion == account.DeletionRequested, "deletion confirmed")
	note(a.Payment == account.NotVerified, "payment not verified")
	note(a.Payment == account.Pending, "payment pending")
	note(a.Payment == account.Failed, "payment failed")
	note(len(a.Devices) >= a.AllowedDevices, fmt.Sprintf("at its device limit (%d)", a.AllowedDevices))
	note(a.StrictDevices, "strict about devices in use")
	note(!a.WatchPermitted, "not permitted in watch")
	note(a.Parental.IsSubscribed != 0, "parental lock")
	note(lapsed(a.Subscription, now), "plan lapsed")
	note(a.Payment == account.Paid && a.Subscription.IsSubscribed == 0 && !lapsed(a.Subscription, now), "not subscribed")
	name := a.FirstName + a.LastName
	note(utf8.RuneCountInString(name) > 60, "long name")
	note(strings.ContainsFunc(name, rightToLeft), "right-to-left name")
	note(strings.ContainsAny(name, `<>&"`), "markup in the name")
	if len(notes) == 0 {
		return "login by " + loginWays(a)
	}
	return strings.Join(notes, ", ")
}

// lapsed says whether a plan has ended: it is not subscribed any more, and its
// date is past.
func lapsed(s account.Subscription, now time.Time) bool {
	expiry, err := time.Parse(time.DateTime, s.ExpiryDate)
	return err == nil && s.IsSubscribed == 0 && s.Recurring == 0 && expiry.Before(now)
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana)
}

func loginWays(a account.Account) string {
	var ways []string
	for _, way := range []struct {
		name string
		has  bool
	}{
		{"e-mail", a.Email != "" && a.Password != ""}, {"phone", a.Phone != ""},
		{"username", a.Username != "" && a.Password != ""}, {"PIN", a.PIN != ""},
	} {
		if way.has {
			ways = append(ways, way.name)
		}
	}
	if len(ways) == 0 {
		return "nothing yet"
	}
	return strings.Join(ways, " or ")
}

// ordinary says whether nothing about an account stands in the way of a login:
// neither its state nor an address that asks for an outcome.
func ordinary(a account.Account) bool {
	return a.Deletion == account.NotDeleted && a.Payment == account.Paid && !a.StrictDevices &&
		len(a.Devices) < a.AllowedDevices && !strings.Contains(a.Email, "+") && !strings.HasPrefix(a.Phone, "99000")
}
