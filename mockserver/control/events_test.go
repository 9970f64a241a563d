package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/sandbox"
)

const eventsOfDefault = "/sandboxes/default/events"

// event is one as a browser would see it.
type event struct{ name, id, data string }

// parseEvents reads a stream that has ended, without its comments.
func parseEvents(text string) (all []event) {
	for block := range strings.SplitSeq(text, "\n\n") {
		var e event
		for line := range strings.SplitSeq(block, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			}
		}
		if e.id != "" {
			all = append(all, e)
		}
	}
	return all
}

// read reads a stream up to what there is now; the first event only has an id.
func (c *client) read(lastID string) (first event, rest []event) {
	c.t.Helper()
	var headers []string
	if lastID != "" {
		headers = append(headers, "Last-Event-ID: "+lastID)
	}
	all := parseEvents(c.call("GET", eventsOfDefault+"?wait=0", "", headers...).is(http.StatusOK).body)
	if len(all) == 0 || all[0].name != "" {
		c.t.Fatalf("events %v, want the id of where it begins", all)
	}
	return all[0], all[1:]
}

func names(all []event) string {
	var text []string
	for _, e := range all {
		text = append(text, e.name)
	}
	return strings.Join(text, " ")
}

func (c *client) box() *sandbox.Sandbox {
	c.t.Helper()
	s, err := c.sandboxes.Open(c.t.Context(), "default")
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// happen makes one of each kind of event.
func (c *client) happen(n int) {
	c.t.Helper()
	s := c.box()
	s.Inbox.Deliver(inbox.Message{At: noon(), System: "watch", Channel: inbox.Email, To: "ann@example.com", Purpose: "login", Code: fmt.Sprint(n), Text: "line\nline"})
	s.Journal.Append(journal.Entry{At: noon(), Outcome: fmt.Sprint("outcome", n), Request: journal.Request{Body: journal.Body("{\n \"a\": \"<b>\"}")}})
	if _, err := c.sandboxes.MoveClock(c.t.Context(), "default", sandbox.ClockChange{Advance: time.Second}); err != nil {
		c.t.Fatal(err)
	}
}

func TestEventsGoOnFromAnId(t *testing.T) {
	c := start(t, control.Config{})
	c.happen(1)
	now, none := c.read("")
	if len(none) > 0 || now.id != "1-1-1" {
		t.Errorf("without an id there is %v from %s, want only what comes from now on", none, now.id)
	}
	c.happen(2)
	_, all := c.read("0-0-0")
	if got := names(all); got != "message message request request clock clock" {
		t.Fatalf("events %s", got)
	}
	var m inbox.Message
	if err := json.Unmarshal([]byte(all[1].data), &m); err != nil || m.Code != "2" || m.ID != "2" || m.Text != "line\nline" {
		t.Errorf("message %+v, %v", m, err)
	}
	var e journal.Entry
	if err := json.Unmarshal([]byte(all[2].data), &e); err != nil || e.Outcome != "outcome1" || string(e.Request.Body) != `{"a":"<b>"}` {
		t.Errorf("request %+v, %v", e, err)
	}
	var state sandbox.ClockState
	if err := json.Unmarshal([]byte(all[5].data), &state); err != nil || !state.Now.Equal(noon().Add(2*time.Second)) {
		t.Errorf("clock %+v, %v", state, err)
	}
	for i, e := range all {
		if _, rest := c.read(e.id); names(rest) != names(all[i+1:]) {
			t.Errorf("after %s came %q, want %q", e.id, names(rest), names(all[i+1:]))
		}
	}
	for _, id := range []string{"1", "a-b-c", "1-1-1-1", "-1-1-1", "1-1-01", "1-1-99999999999999999999", " 1-1-1x"} {
		c.call("GET", eventsOfDefault+"?wait=0", "", "Last-Event-ID: "+id).refused(http.StatusBadRequest, "Last-Event-ID", "such as")
	}
	if a := c.call("HEAD", eventsOfDefault, ""); a.is(http.StatusOK).body != "" {
		t.Errorf("HEAD: %q", a.body)
	}
}

func TestWhatStreamsComeTooLateForIsAnnounced(t *testing.T) {
	c := start(t, control.Config{})
	for n := range 103 { // inbox and journal keep 100 here
		c.happen(n)
	}
	_, all := c.read("1-0-0")
	if len(all) != 301 || all[0].name != "gap" || all[0].data != `{"messages":2,"requests":3,"clock":3}` || all[0].id != "3-3-3" {
		t.Fatalf("%d events, the first %v; want a gap first", len(all), all[0])
	}
	if _, again := c.read(all[0].id); names(again) != names(all[1:]) {
		t.Error("the gap is announced twice")
	}
	c.call("DELETE", "/sandboxes/default/requests", "").is(http.StatusNoContent)
	if _, all := c.read("103-101-103"); names(all) != "gap" || all[0].data != `{"messages":0,"requests":2,"clock":0}` {
		t.Errorf("after the journal was emptied: %v", all)
	}
	// An id of before a restart.
	if _, all := c.read("103-9000-103"); names(all) != "gap" || all[0].id != "103-103-103" {
		t.Errorf("an id that is still to come: %v", all)
	}
}

func TestAStreamThatIsSilentShowsThatItLives(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		a := c.call("GET", eventsOfDefault+"?wait=50s", "").is(http.StatusOK)
		if n := strings.Count(a.body, ": still here\n\n"); n != 3 {
			t.Errorf("%d comments in 50 seconds, want one every 15: %q", n, a.body)
		}
	})
}

// follow opens a stream and returns its lines as they come.
func (c *client) follow(ctx context.Context, path string) <-chan string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for text := bufio.NewScanner(resp.Body); text.Scan(); {
			lines <- text.Text()
		}
	}()
	return lines
}

// await reads lines up to one that begins so.
func await(t *testing.T, lines <-chan string, beginning string) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case line, open := <-lines:
			if !open {
				t.Fatalf("the stream ended before %q", beginning)
			}
			if strings.HasPrefix(line, beginning) {
				return line
			}
		case <-deadline:
			t.Fatalf("no line begins with %q", beginning)
		}
	}
}

func TestEventsComeAsTheyHappenUntilTheClientGoes(t *testing.T) {
	before := goleak.IgnoreCurrent()
	c := newClient(t, control.Config{})
	server := httptest.NewServer(c.contract.next.(inProcess).handler)
	c.url = server.URL
	ctx, leave := context.WithCancel(t.Context())
	lines := c.follow(ctx, eventsOfDefault)
	await(t, lines, "id: 0-0-0")
	s := c.box()
	s.Inbox.Deliver(inbox.Message{At: noon(), Code: "1"})
	await(t, lines, "event: message")
	s.Journal.Append(journal.Entry{At: noon()})
	await(t, lines, "event: request")
	if _, err := c.sandboxes.MoveClock(t.Context(), "default", sandbox.ClockChange{Advance: time.Second}); err != nil {
		t.Fatal(err)
	}
	await(t, lines, "event: clock")
	leave()
	for open := true; open; {
		_, open = <-lines
	}
	server.Close()
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestAStreamEndsWithItsSandbox(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		s := c.makeSandbox(`{}`)
		waiting := background(t, c, t.Context(), "/sandboxes/"+s.ID+"/events")
		if err := c.sandboxes.Delete(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		(<-waiting).is(http.StatusOK) // once it is looked for
	})
}
