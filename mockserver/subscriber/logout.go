package subscriber

import (
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// The kinds of logout (subscriber-api line 331).
const (
	logoutCurrent digits = "1"
	logoutOther   digits = "2"
	logoutOthers  digits = "-1"
)

// logout ends the session of this device, of another one, or of all others (S19).
func logout(ctx context.Context, c *pipeline.Call, in logoutRequest) (spec.Reply, error) {
	lenient := c.Reading("S19") == "ignored"
	if in.DeviceID != c.Session.DeviceID && !lenient {
		return spec.Reply{}, &badField{"device_id", "must be the device_unique_id of the session's own device"}
	}
	_, err := updateCaller(ctx, c, func(a *account.Account) error {
		switch in.Type {
		case logoutOther:
			if in.OldDeviceID == "" && lenient {
				return nil // not "the sessions of no device", which other systems have
			}
			if in.OldDeviceID == "" {
				return &badField{"oldDeviceId", "is required with type 2"}
			}
			if !a.EndDevice(in.OldDeviceID) && !lenient {
				return &badField{"oldDeviceId", "is no registered device of this account"}
			}
		case logoutOthers:
			a.EndOthers(c.Session.ID)
		case logoutCurrent:
			a.EndDevice(c.Session.DeviceID)
		}
		return nil
	})
	return spec.Reply{Outcome: "loggedOut"}, err
}
