package account

import (
	"errors"
	"slices"
	"time"

	"stagedoor/mockserver/session"
)

// ErrDeviceLimit is returned for a new device on an account that has as many as
// it may.
var ErrDeviceLimit = errors.New("the account has as many devices as it is allowed")

// sessionsPerDevice bounds how many live sessions a device keeps where a new
// login does not end the earlier ones; the oldest go. Sessions that belong to no
// device are those of many, so there may be more of them.
const (
	sessionsPerDevice     = 16
	sessionsWithoutDevice = 128
)

// Device returns the registered device with an id.
func (a Account) Device(id string) (Device, bool) {
	if i := a.deviceIndex(id); i >= 0 {
		return a.Devices[i], true
	}
	return Device{}, false
}

func (a Account) deviceIndex(id string) int {
	return slices.IndexFunc(a.Devices, func(d Device) bool { return d.ID == id })
}

// HoldsLiveSession says whether somebody is logged in on a device.
func (a Account) HoldsLiveSession(deviceID string, now time.Time) bool {
	return slices.ContainsFunc(a.Sessions, func(s session.Session) bool {
		return s.DeviceID == deviceID && s.LiveAt(now)
	})
}

// Register adds a device, or replaces the one with the same id, which takes no
// further slot. It fails with ErrDeviceLimit and changes nothing when there is
// no slot for a new one.
func (a *Account) Register(d Device) error {
	if i := a.deviceIndex(d.ID); i >= 0 {
		a.Devices[i] = d
		return nil
	}
	if len(a.Devices) >= a.AllowedDevices {
		return ErrDeviceLimit
	}
	a.Devices = append(a.Devices, d)
	return nil
}

// StartSession adds a session. Earlier ones of the same device end, or, with
// keepEarlier, those that have not expired when it starts go on beside it.
func (a *Account) StartSession(s session.Session, keepEarlier bool) {
	a.endSessions(func(old session.Session) bool {
		return old.DeviceID == s.DeviceID && (!keepEarlier || !old.LiveAt(s.StartedAt))
	})
	a.Sessions = append(a.Sessions, s)
	a.boundSessions(s.DeviceID)
}

func (a *Account) boundSessions(deviceID string) {
	over := -sessionsPerDevice
	if deviceID == "" {
		over = -sessionsWithoutDevice
	}
	for _, s := range a.Sessions {
		if s.DeviceID == deviceID {
			over++
		}
	}
	a.endSessions(func(s session.Session) bool {
		if s.DeviceID != deviceID || over <= 0 {
			return false
		}
		over--
		return true
	})
}

// RenewSession counts a session's generation up, as for a token that shows a
// changed profile, lets it end at expiry and returns it. It does nothing for a
// session that is not live.
func (a *Account) RenewSession(id string, now, expiry time.Time) (session.Session, bool) {
	for i := range a.Sessions {
		s := &a.Sessions[i]
		if s.ID == id && s.LiveAt(now) {
			s.Generation++
			s.ExpiresAt = expiry.UTC().Truncate(time.Second)
			return *s, true
		}
	}
	return session.Session{}, false
}

// EndSession ends the session with an id; its device stays registered. It says
// whether there was one.
func (a *Account) EndSession(id string) bool {
	return a.endSessions(func(s session.Session) bool { return s.ID == id })
}

// EndDevice logs a device out: its sessions end and it is forgotten, which frees
// its slot. It says whether the device was registered.
func (a *Account) EndDevice(deviceID string) bool {
	a.endSessions(func(s session.Session) bool { return s.DeviceID == deviceID })
	return a.forget(func(d Device) bool { return d.ID == deviceID })
}

// EndOthers logs out everything but one session: all others end, and every
// device but its own is forgotten.
func (a *Account) EndOthers(sessionID string) {
	a.EndOtherSessions(sessionID)
	a.forget(func(d Device) bool {
		return !slices.ContainsFunc(a.Sessions, func(s session.Session) bool { return s.DeviceID == d.ID })
	})
}

// EndOtherSessions ends all sessions but one, or all when none has that id.
// Devices stay registered.
func (a *Account) EndOtherSessions(sessionID string) {
	a.endSessions(func(s session.Session) bool { return s.ID != sessionID })
}

// EndSessions ends all sessions. Devices stay registered.
func (a *Account) EndSessions() { a.Sessions = nil }

// EndAll logs everything out: all sessions end and all devices are forgotten.
func (a *Account) EndAll() { a.Sessions, a.Devices = nil, nil }

// FreeExpired forgets the devices that had sessions and whose every one has
// expired, and drops those sessions. A device that nobody has logged in on keeps
// its slot.
func (a *Account) FreeExpired(now time.Time) {
	spent := map[string]bool{}
	for _, s := range a.Sessions {
		spent[s.DeviceID] = true
	}
	for _, s := range a.Sessions {
		if s.LiveAt(now) {
			delete(spent, s.DeviceID)
		}
	}
	a.endSessions(func(s session.Session) bool { return spent[s.DeviceID] })
	a.forget(func(d Device) bool { return spent[d.ID] })
}

func (a *Account) endSessions(which func(session.Session) bool) bool {
	before := len(a.Sessions)
	a.Sessions = slices.DeleteFunc(a.Sessions, which)
	return len(a.Sessions) < before
}

func (a *Account) forget(which func(Device) bool) bool {
	before := len(a.Devices)
	a.Devices = slices.DeleteFunc(a.Devices, which)
	return len(a.Devices) < before
}
