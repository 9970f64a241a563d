package control_test

import (
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/journal"
)

func TestJournalIsReadFromAnIdOn(t *testing.T) {
	c := start(t, control.Config{})
	s, err := c.sandboxes.Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	call := func(outcome string, forced journal.Forced, body string) {
		s.Journal.Append(journal.Entry{
			At: noon(), System: "subscriber", Operation: "login", Outcome: outcome, Status: 200, DurationMS: 1.5, Forced: forced, Reason: "because",
			Request: journal.Request{Method: "POST", URL: "/api/v1/login", Headers: map[string][]string{"A": {"b"}}, Body: journal.Body(body)},
			Reply:   journal.Reply{Headers: map[string][]string{}, Body: journal.Body("plain text")},
		})
	}
	call("first", journal.NotForced, `{"email":"ann@example.com","password":"hunter2"}`)
	call("second", journal.ByPrefer, "")
	read := func(query string) string {
		t.Helper()
		var list struct{ Requests []journal.Entry }
		a := c.call("GET", "/sandboxes/default/requests"+query, "").into(http.StatusOK, &list)
		if strings.Contains(a.body, "hunter2") {
			t.Error("the journal shows a password")
		}
		var outcomes []string
		for _, e := range list.Requests {
			outcomes = append(outcomes, e.ID+e.Outcome+string(e.Forced))
		}
		return strings.Join(outcomes, " ")
	}
	for query, want := range map[string]string{"": "1first 2secondprefer", "?after=1": "2secondprefer", "?after=2": ""} {
		if got := read(query); got != want {
			t.Errorf("%s: requests %q, want %q", query, got, want)
		}
	}
	c.call("GET", "/sandboxes/default/requests?after=first", "").refused(http.StatusBadRequest, "after", `"first"`)
	c.call("GET", "/sandboxes/default/requests?befor=1", "").refused(http.StatusBadRequest, "befor", "there is after")

	c.call("DELETE", "/sandboxes/default/requests", "").is(http.StatusNoContent)
	c.call("DELETE", "/sandboxes/default/requests", "").is(http.StatusNoContent)
	if got := read(""); got != "" {
		t.Errorf("after clearing: %q", got)
	}
	call("third", journal.ByMagic, "[1]")
	if got := read("?after=2"); got != "3thirdmagic" {
		t.Errorf("ids do not go on: %q", got)
	}
}
