package control_test

import (
	"net/http"
	"testing"
	"time"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/sandbox"
)

func TestClockMovesStopsAndGoesOn(t *testing.T) {
	c := start(t, control.Config{})
	const at = "/sandboxes/default/clock"
	shows := func(what string, a answer, want time.Time, frozen bool) {
		t.Helper()
		var got sandbox.ClockState
		a.into(http.StatusOK, &got)
		if !got.Now.Equal(want) || got.Frozen != frozen {
			t.Errorf("%s: %v frozen %v, want %v %v", what, got.Now, got.Frozen, want, frozen)
		}
	}
	shows("at first", c.call("GET", at, ""), noon(), false)
	now := noon().Add(121 * time.Second)
	shows("advanced", c.call("PATCH", at, `{"advance":"121s"}`), now, false)
	c.clock.Advance(time.Minute)
	now = now.Add(time.Minute)
	shows("going on", c.call("GET", at, ""), now, false)
	shows("frozen", c.call("PATCH", at, `{"frozen":true}`), now, true)
	c.clock.Advance(time.Minute)
	shows("standing", c.call("GET", at, ""), now, true)
	now = now.Add(time.Hour)
	shows("advanced while frozen", c.call("PATCH", at, `{"advance":"1h"}`), now, true)
	shows("thawed", c.call("PATCH", at, `{"frozen":false}`, "Content-Type: application/merge-patch+json"), now, false)
	now = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	shows("set and frozen", c.call("PATCH", at, `{"set":"2031-01-01T05:30:00+05:30","frozen":true}`), now, true)
	shows("set to the same", c.call("PATCH", at, `{"set":"2031-01-01T00:00:00Z"}`), now, true)
	shows("asked again", c.call("GET", at, ""), now, true)
}

func TestClockRefusesWhatItCannotShow(t *testing.T) {
	c := start(t, control.Config{})
	const at = "/sandboxes/default/clock"
	for body, parts := range map[string][]string{
		`{}`: {"at least 1"},
		`{"advance":"1h","set":"2031-01-01T00:00:00Z"}`: {"only one of advance, set"},
		`{"advance":"-1s"}`:                             {"advance", "for example 121s"},
		`{"advance":"soon"}`:                            {"advance", "for example 121s"},
		`{"advance":5}`:                                 {"advance", "string"},
		`{"advance":"9999999h"}`:                        {"advance", "292 years"},
		`{"advance":"2562047h"}`:                        {"advance", "292 years"},
		`{"set":"tomorrow"}`:                            {"set", "for example 2030-01-01T00:00:00Z"},
		`{"set":"2031-02-31T00:00:00Z"}`:                {"set", "2030-01-01T00:00:00Z"},
		`{"set":"2029-01-01T00:00:00Z"}`:                {"set", "past"},
		`{"set":"9999-12-31T23:59:59Z"}`:                {"set", "292 years"},
		`{"frozen":"yes"}`:                              {"frozen", "boolean"},
		`{"freeze":true}`:                               {"freeze", "there is advance, frozen, set"},
	} {
		if body == `{"advance":"2562047h"}` {
			c.call("PATCH", at, `{"advance":"1h"}`).is(http.StatusOK) // the longest duration, from a clock that is ahead
		}
		c.call("PATCH", at, body).refused(http.StatusBadRequest, parts...)
	}
	// Frozen, it has the same reach, or it could not go on.
	c.call("PATCH", at, `{"frozen":true}`).is(http.StatusOK)
	c.call("PATCH", at, `{"set":"9999-12-31T23:59:59Z"}`).refused(http.StatusBadRequest, "set", "292 years")
	c.call("GET", at, "").is(http.StatusOK)
}
