package journal_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"stagedoor/mockserver/journal"
)

var at = time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)

func entry(body string) journal.Entry {
	return journal.Entry{
		At: at, System: "subscriber", Operation: "login", Outcome: "loggedIn", Status: 200, DurationMS: 1.5,
		Request: journal.Request{
			Method: "POST", URL: "/api/v1/user/login",
			Headers: map[string][]string{"Content-Type": {"application/json"}}, Body: journal.Body(body),
		},
		Reply: journal.Reply{Headers: map[string][]string{}, Body: journal.Body(`{"code":1}`)},
	}
}

func operations(entries []journal.Entry) []string {
	found := []string{}
	for _, e := range entries {
		found = append(found, e.ID+e.Operation)
	}
	return found
}

func TestJournalShowsAnEntryInItsDocumentedForm(t *testing.T) {
	e := entry(`{"email": "ann@example.com"}`)
	e.Forced, e.Reason = journal.ByPrefer, "asked for"
	e.Findings = []journal.Finding{{In: "body", Pointer: "/code", Rule: "type"}}
	e.Reply.Body = journal.Body("<html>")
	got, err := json.Marshal(journal.New(10).Append(e))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"1","at":"2030-05-17T12:00:00Z","system":"subscriber","operation":"login","outcome":"loggedIn",` +
		`"status":200,"durationMs":1.5,"forced":"prefer","reason":"asked for",` +
		`"findings":[{"in":"body","pointer":"/code","rule":"type"}],` +
		`"request":{"method":"POST","url":"/api/v1/user/login","headers":{"Content-Type":["application/json"]},` +
		`"body":{"email":"ann@example.com"}},"reply":{"headers":{},"body":"\u003chtml\u003e"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestJournalEntrySurvivesJSON(t *testing.T) {
	for _, body := range []string{``, `{"a":1}`, `[1]`, `plain text`, `{"cut": "sho`, "12"} {
		for _, forced := range []journal.Forced{journal.NotForced, journal.ByMagic} {
			e := entry(body)
			e.Forced = forced
			e = journal.New(10).Append(e)
			data, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var back journal.Entry
			if err := json.Unmarshal(data, &back); err != nil {
				t.Fatal(err)
			}
			if string(back.Request.Body) != body || back.Forced != forced || !back.At.Equal(e.At) {
				t.Errorf("%s came back as %+v", data, back)
			}
		}
	}
}

func TestUnforcedIsFalse(t *testing.T) {
	data, err := json.Marshal(journal.New(1).Append(entry("")))
	if err != nil || !strings.Contains(string(data), `"forced":false`) || !strings.Contains(string(data), `"findings":[]`) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestJournalIsBoundedAndOrdered(t *testing.T) {
	j := journal.New(3)
	for i := range 5 {
		e := entry("")
		e.Operation = fmt.Sprint("-op", i)
		j.Append(e)
	}
	if got := operations(j.After("")); !slices.Equal(got, []string{"3-op2", "4-op3", "5-op4"}) || j.Len() != 3 {
		t.Errorf("kept %v", got)
	}
	if got := operations(j.After("4")); !slices.Equal(got, []string{"5-op4"}) {
		t.Errorf("after 4: %v", got)
	}
	if got := j.After("no id"); got == nil || len(got) > 0 {
		t.Errorf("after what is no id: %v", got)
	}
	if e, ok := j.Get("4"); !ok || e.Operation != "-op3" {
		t.Errorf("entry 4: %+v, %v", e, ok)
	}
	for _, gone := range []string{"1", "6", "", "x"} {
		if _, ok := j.Get(gone); ok {
			t.Errorf("entry %q is there", gone)
		}
	}
	changed := j.Changed()
	j.Clear()
	if j.Len() != 0 {
		t.Error("clear left something")
	}
	if e := j.Append(entry("")); e.ID != "6" {
		t.Errorf("the id after a clear is %s, want 6", e.ID)
	}
	<-changed
}

func TestJournalBoundsBodies(t *testing.T) {
	e := journal.New(1).Append(entry(`{"text":"` + strings.Repeat("x", 1<<20) + `","password":"hunter2"}`))
	if n := len(e.Request.Body); n > 65<<10 {
		t.Errorf("kept %d bytes", n)
	}
	if !strings.HasSuffix(string(e.Request.Body), " more bytes]") {
		t.Errorf("does not say that it was cut: …%q", e.Request.Body[len(e.Request.Body)-30:])
	}
}

func TestBodyWithoutSecretsIsKeptUncopied(t *testing.T) {
	e := entry(`{"email":"ann@example.com","otherdetails":{"os_version":"5.5","keyboard":"qwerty","spin":1}}`)
	kept := journal.New(1).Append(e)
	if unsafe.SliceData(kept.Request.Body) != unsafe.SliceData(e.Request.Body) {
		t.Errorf("copied: %s", kept.Request.Body)
	}
}

// loginBody has the fields and the size of the documented login.
const loginBody = `{"login_type":"email","email":"ann@example.com","password":"MyPass@3221","otherdetails":{` +
	`"dob":"2002-01-01","gender":"male","make_model":"Samsung Q80T","os":"Tizen","os_version":"5.5",` +
	`"app_version":"v2_1","app_build_number":"210","network_type":"wifi","network_provider":"Jio",` +
	`"screen_resolution":"3840x2160","latitude":"28.6139","longitude":"77.2090","push_device_token":"token_here",` +
	`"device_type":"tv","platform":"android","browser":"chrome","device_unique_id":"86af0a88e92fe4479336d00a1229f450",` +
	`"onesignal_device_id":"fs95345jfddf","ip":"192.168.1.1","country":"India","state":"Bihar","city":"Patna"}}`

func BenchmarkAppend(b *testing.B) {
	j := journal.New(10_000)
	e := entry(loginBody)
	b.ReportAllocs()
	for b.Loop() {
		j.Append(e)
	}
}
