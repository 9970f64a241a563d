package account

import (
	"time"

	"stagedoor/mockserver/session"
)

// stored is how the store keeps an account: the same fields under one-letter
// names, with everything empty left out. Decoding is most of what a login costs
// here, and its price goes by the byte. The nested types differ from the public
// ones in their tags alone, so the compiler holds them together; a test does so
// for the fields of stored itself.
type stored struct {
	ID             ID              `json:"i"`
	Email          string          `json:"e,omitempty"`
	Phone          string          `json:"t,omitempty"`
	CountryCode    string          `json:"c,omitempty"`
	Password       string          `json:"p,omitempty"`
	Username       string          `json:"u,omitempty"`
	PIN            string          `json:"n,omitempty"`
	WatchPermitted bool            `json:"w,omitempty"`
	FirstName      string          `json:"f,omitempty"`
	LastName       string          `json:"l,omitempty"`
	Image          string          `json:"m,omitempty"`
	Subscribed     int             `json:"s,omitempty"`
	Subscription   *storedPlan     `json:"b,omitempty"` // nil: that of a fresh account
	Parental       *storedParental `json:"r,omitempty"` // nil: that of a fresh account
	AllowedDevices int             `json:"a,omitempty"`
	Payment        Payment         `json:"y,omitempty"`
	StrictDevices  bool            `json:"d,omitempty"`
	Deletion       Deletion        `json:"x,omitempty"`
	Devices        []storedDevice  `json:"D,omitempty"`
	Sessions       []storedSession `json:"S,omitempty"`
}

type storedPlan struct {
	IsSubscribed int    `json:"s,omitempty"`
	PlanType     string `json:"t,omitempty"`
	PackageID    int    `json:"p,omitempty"`
	Recurring    int    `json:"c,omitempty"`
	RenewalDate  string `json:"r,omitempty"`
	ExpiryDate   string `json:"e,omitempty"`
}

type storedParental struct {
	IsSubscribed     int    `json:"s,omitempty"`
	ParentalID       int    `json:"p,omitempty"`
	RestrictionLevel int    `json:"l,omitempty"`
	Title            string `json:"t,omitempty"`
}

type storedDevice struct {
	ID        string `json:"i"`
	Type      string `json:"t,omitempty"`
	Platform  string `json:"p,omitempty"`
	OSVersion string `json:"v,omitempty"`
	OS        string `json:"o,omitempty"`
	MakeModel string `json:"m,omitempty"`
	LoginAt   string `json:"l,omitempty"`
}

type storedSession struct {
	ID         string    `json:"i"`
	DeviceID   string    `json:"d,omitempty"`
	Method     string    `json:"m,omitempty"`
	Generation int       `json:"g,omitempty"`
	StartedAt  time.Time `json:"a"`
	ExpiresAt  time.Time `json:"x"`
}

func toStored(a *Account) stored {
	s := stored{
		ID: a.ID, Email: a.Email, Phone: a.Phone, CountryCode: a.CountryCode,
		Password: a.Password, Username: a.Username, PIN: a.PIN, WatchPermitted: a.WatchPermitted,
		FirstName: a.FirstName, LastName: a.LastName, Image: a.Image,
		Subscribed: a.Subscribed, AllowedDevices: a.AllowedDevices,
		Payment: a.Payment, StrictDevices: a.StrictDevices, Deletion: a.Deletion,
	}
	fresh := Fresh()
	if a.Subscription != fresh.Subscription {
		plan := storedPlan(a.Subscription)
		s.Subscription = &plan
	}
	if a.Parental != fresh.Parental {
		parental := storedParental(a.Parental)
		s.Parental = &parental
	}
	for _, d := range a.Devices {
		s.Devices = append(s.Devices, storedDevice{
			ID: d.ID, Type: d.Type, Platform: d.Platform, OSVersion: string(d.OSVersion),
			OS: d.OS, MakeModel: d.MakeModel, LoginAt: d.LoginAt,
		})
	}
	for _, one := range a.Sessions {
		s.Sessions = append(s.Sessions, storedSession(one))
	}
	return s
}

func (s *stored) account() Account {
	a := Account{
		ID: s.ID, Email: s.Email, Phone: s.Phone, CountryCode: s.CountryCode,
		Password: s.Password, Username: s.Username, PIN: s.PIN, WatchPermitted: s.WatchPermitted,
		FirstName: s.FirstName, LastName: s.LastName, Image: s.Image,
		Subscribed: s.Subscribed, AllowedDevices: s.AllowedDevices,
		Payment: s.Payment, StrictDevices: s.StrictDevices, Deletion: s.Deletion,
	}
	fresh := Fresh()
	a.Subscription, a.Parental = fresh.Subscription, fresh.Parental
	if s.Subscription != nil {
		a.Subscription = Subscription(*s.Subscription)
	}
	if s.Parental != nil {
		a.Parental = Parental(*s.Parental)
	}
	for _, d := range s.Devices {
		a.Devices = append(a.Devices, Device{
			ID: d.ID, Type: d.Type, Platform: d.Platform, OSVersion: OSVersion(d.OSVersion),
			OS: d.OS, MakeModel: d.MakeModel, LoginAt: d.LoginAt,
		})
	}
	for _, one := range s.Sessions {
		a.Sessions = append(a.Sessions, session.Session(one))
	}
	return a
}
