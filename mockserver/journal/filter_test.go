package journal_test

import (
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/journal"
)

func TestFilterPicksEntries(t *testing.T) {
	noon := time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)
	j := journal.New(10)
	for i, e := range []journal.Entry{
		{System: "subscriber", Operation: "login", Outcome: "otpSent"},
		{System: "watch", Operation: "login", Outcome: "loggedIn"},
		{System: "subscriber", Operation: "", Outcome: "notFound"},
		{System: "subscriber", Operation: "login", Outcome: "loggedIn"},
	} {
		e.At = noon.Add(time.Duration(i) * time.Minute)
		j.Append(e)
	}
	for want, f := range map[string]journal.Filter{
		"1 2 3 4": {},
		"1 2 4":   {Operation: "login"},
		"1 4":     {Operation: "subscriber.login"},
		"2 4":     {Outcome: "loggedIn"},
		"2":       {Outcome: "loggedIn", Operation: "watch.login"},
		"2 3 4":   {Since: noon.Add(time.Minute)},
		"1 2":     {Until: noon.Add(2 * time.Minute)},
		"2 3":     {Since: noon.Add(time.Minute), Until: noon.Add(3 * time.Minute)},
		"4":       {After: "3"},
		"":        {Operation: "subscriber."},
	} {
		var ids []string
		for _, e := range j.List(f) {
			ids = append(ids, e.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%+v picks %q, want %q", f, got, want)
		}
	}
	if err := (journal.Filter{After: "x"}).Check(); err == nil {
		t.Error("a wrong id passes the check")
	}
	if got := j.List(journal.Filter{After: "x"}); got == nil || len(got) > 0 {
		t.Errorf("a wrong id picks %v", got)
	}
}

func TestJournalDropsTheOldestWhenItsBodiesAreLarge(t *testing.T) {
	j := journal.New(10_000)
	body := journal.Body(strings.Repeat("x", 64<<10))
	for range 2000 {
		j.Append(journal.Entry{Reply: journal.Reply{Body: body}})
	}
	if kept := j.Len(); kept < 900 || kept > 1024 {
		t.Errorf("%d entries with bodies of 64 KiB are kept, want about 64 MiB of them", kept)
	}
}
