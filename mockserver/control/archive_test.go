package control_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/journal"
)

// journalled puts calls into the default sandbox, a minute apart.
func journalled(c *client, entries ...journal.Entry) {
	c.t.Helper()
	s, err := c.sandboxes.Open(c.t.Context(), "default")
	if err != nil {
		c.t.Fatal(err)
	}
	for i, e := range entries {
		e.At, e.Status = noon().Add(time.Duration(i)*time.Minute), http.StatusOK
		e.Request.Method, e.Request.Origin, e.Request.Proto = "POST", "http://127.0.0.1:4010", "HTTP/1.1"
		if e.Reply.Headers = map[string][]string{}; e.Request.Headers == nil {
			e.Request.Headers = map[string][]string{}
		}
		s.Journal.Append(e)
	}
}

func TestJournalIsReadByOperationOutcomeAndTime(t *testing.T) {
	c := start(t, control.Config{})
	journalled(c,
		journal.Entry{System: "subscriber", Operation: "login", Outcome: "otpSent"},
		journal.Entry{System: "watch", Operation: "login", Outcome: "loggedIn"},
		journal.Entry{System: "subscriber", Operation: "signup", Outcome: "otpSent"},
	)
	for query, want := range map[string]string{
		"operation=login": "1 2", "operation=watch.login": "2", "outcome=otpSent": "1 3", "outcome=otpSent&after=1": "3",
		"since=2030-05-17T12:01:00Z": "2 3", "until=2030-05-17T12:01:00Z": "1", "since=2030-05-17T17:31:00%2B05:30": "2 3",
		"since=2030-05-17T12:00:30Z&until=2030-05-17T12:01:30.5Z": "2", "operation=nothing": "",
	} {
		var list struct{ Requests []journal.Entry }
		c.call("GET", "/sandboxes/default/requests?"+query, "").into(http.StatusOK, &list)
		var har journal.HAR
		c.call("GET", "/sandboxes/default/requests.har?"+query, "").into(http.StatusOK, &har)
		var listed, archived []string
		for _, e := range list.Requests {
			listed = append(listed, e.ID)
		}
		for _, e := range har.Log.Entries {
			archived = append(archived, e.Stagedoor.ID)
		}
		if got := strings.Join(listed, " "); got != want || strings.Join(archived, " ") != want {
			t.Errorf("%s: requests %q and in the archive %q, want %q", query, got, archived, want)
		}
	}
	for query, parts := range map[string][]string{
		"since=yesterday":            {"since", "date-time"},
		"since=2030-05-17T12:00:00":  {"since", "date-time"},
		"until=2030-02-31T12:00:00Z": {"until", "no time"},
		"operation=":                 {"operation", "empty"},
		"outcom=x":                   {"outcom", "did you mean outcome?"},
		"after=x":                    {"after", `"x"`},
	} {
		for _, path := range []string{"requests", "requests.har"} {
			c.call("GET", "/sandboxes/default/"+path+"?"+query, "").refused(http.StatusBadRequest, parts...)
		}
	}
	c.call("GET", "/sandboxes/default/requests?secrets=keep", "").refused(http.StatusBadRequest, "secrets")
}

func TestArchiveIsRedactedUnlessSecretsAreKept(t *testing.T) {
	c := start(t, control.Config{})
	journalled(c, journal.Entry{
		System: "subscriber", Operation: "login", Outcome: "otpSent",
		Request: journal.Request{
			URL:     "/api/v1/user/login/token/our-app-token/device/tv/platform/tizen",
			Headers: map[string][]string{"Accesstoken": {"the-access-token"}},
			Body:    journal.Body(`{"otp":"4821","password":"hunter2"}`),
		},
	})
	a := c.call("GET", "/sandboxes/default/requests.har", "").is(http.StatusOK)
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="default.har"` {
		t.Errorf("Content-Disposition %q", got)
	}
	kept := c.call("GET", "/sandboxes/default/requests.har?secrets=keep", "").is(http.StatusOK)
	for _, secret := range []string{"our-app-token", "the-access-token", "4821"} {
		if strings.Contains(a.body, secret) || !strings.Contains(kept.body, secret) {
			t.Errorf("%s: hidden %v, kept %v", secret, !strings.Contains(a.body, secret), strings.Contains(kept.body, secret))
		}
	}
	if strings.Contains(kept.body, "hunter2") {
		t.Error("a password is kept")
	}
	if !strings.Contains(kept.body, "http://127.0.0.1:4010/api/v1/user/login/") {
		t.Error("the URL is not absolute")
	}
}

// coverageShown is what tests read of a coverage.
type coverageShown struct {
	Calls, Total, Met, Natural int
	Percent                    float64
	Systems                    []struct {
		System     string
		Total, Met int
	}
	Operations []struct {
		System, Operation string
		Total, Met        int
		Outcomes          []struct {
			Outcome         string
			Natural, Forced int
		}
	}
	Devices, Platforms []struct {
		Name              string
		Calls, Total, Met int
	}
}

func TestCoverageIsLaidOverTheContract(t *testing.T) {
	c := start(t, control.Config{})
	contract, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.sandboxes.Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	meet := func(system, outcome, device, platform string, forced bool) {
		s.Coverage.Meet(journal.Meeting{System: system, Operation: "login", Outcome: outcome, Device: device, Platform: platform, Forced: forced})
	}
	meet("subscriber", "otpSent", "tv", "tizen", false)
	meet("subscriber", "otpSent", "tv", "tizen", false)
	meet("subscriber", "otpSent", "mobile", "android", true)
	meet("subscriber", "serverError", "tv", "roku", true)
	meet("watch", "loggedIn", "", "", false)

	cells, onDevices := 0, 0
	for _, system := range contract.Systems {
		for _, o := range system.Operations {
			cells += len(o.Outcomes)
			if system.Name == "subscriber" {
				onDevices += len(o.Outcomes)
			}
		}
	}
	var all coverageShown
	c.call("GET", "/sandboxes/default/coverage", "").into(http.StatusOK, &all)
	if all.Calls != 5 || all.Total != cells || all.Met != 3 || all.Natural != 2 || all.Percent <= 0 || all.Percent > 100*3.5/float64(cells) {
		t.Errorf("totals %+v, want 3 of %d met", all, cells)
	}
	for _, system := range all.Systems {
		want := map[string]int{"subscriber": 2, "watch": 1}[system.System]
		if system.Met != want {
			t.Errorf("%s: %d met, want %d", system.System, system.Met, want)
		}
	}
	for _, o := range all.Operations {
		for _, outcome := range o.Outcomes {
			if o.System == "subscriber" && o.Operation == "login" && outcome.Outcome == "otpSent" && (outcome.Natural != 2 || outcome.Forced != 1) {
				t.Errorf("otpSent %+v, want 2 natural and 1 forced", outcome)
			}
		}
	}
	if d := all.Devices; len(d) != 2 || d[0].Name != "mobile" || d[0].Met != 1 || d[1].Name != "tv" || d[1].Met != 2 || d[1].Calls != 3 || d[1].Total != onDevices {
		t.Errorf("devices %+v, want mobile and tv out of %d", d, onDevices)
	}
	if p := all.Platforms; len(p) != 3 || p[0].Name != "android" || p[2].Name != "tizen" {
		t.Errorf("platforms %+v", p)
	}

	var onTV coverageShown
	c.call("GET", "/sandboxes/default/coverage?device=tv&platform=tizen", "").into(http.StatusOK, &onTV)
	if onTV.Calls != 2 || onTV.Met != 1 || onTV.Total != cells || len(onTV.Platforms) != 1 {
		t.Errorf("on a Tizen TV: %+v", onTV)
	}
	c.call("POST", "/sandboxes/default/reset", "").is(http.StatusOK)
	var none coverageShown
	c.call("GET", "/sandboxes/default/coverage", "").into(http.StatusOK, &none)
	if none.Calls != 0 || none.Met != 0 || none.Percent != 0 || none.Total != cells || len(none.Devices) > 0 {
		t.Errorf("after a reset: %+v", none)
	}
}
