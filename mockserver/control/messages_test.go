package control_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stagedoor/mockserver/control"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/otp"
)

// deliver puts messages into the default sandbox: one of each kind.
func deliverAll(t *testing.T, c *client) {
	t.Helper()
	s, err := c.sandboxes.Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []inbox.Message{
		{System: "subscriber", Channel: inbox.SMS, To: "919999900000", Purpose: "login", Code: "1111", Token: "t1", Text: "a"},
		{System: "subscriber", Channel: inbox.Email, To: "ann@example.com", Purpose: "password_reset", Code: "2222", Token: "t2", Text: "b"},
		{System: "verifynow", Channel: inbox.SMS, To: "919999900000", Purpose: "verify", Code: "3333", Text: "c"},
	} {
		m.At = noon()
		s.Inbox.Deliver(m)
	}
}

// ids are those of the messages of a reply.
func ids(a answer) string {
	a.t.Helper()
	var list struct{ Messages []inbox.Message }
	a.into(http.StatusOK, &list)
	var all []string
	for _, m := range list.Messages {
		all = append(all, m.ID)
	}
	return strings.Join(all, " ")
}

func TestMessagesPassTheirFilters(t *testing.T) {
	c := start(t, control.Config{})
	deliverAll(t, c)
	for query, want := range map[string]string{
		"":                              "1 2 3",
		"?to=ANN@example.com":           "2",
		"?to=%2B91%2099999-00000":       "1 3",
		"?channel=sms":                  "1 3",
		"?purpose=verify":               "3",
		"?token=t2":                     "2",
		"?after=1":                      "2 3",
		"?after=3":                      "",
		"?after=1&channel=sms":          "3",
		"?to=bob@example.com":           "",
		"?wait=30s":                     "1 2 3", // at once: they are there
		"?wait=0":                       "1 2 3",
		"?after=1&wait=1m":              "2 3",
		"?channel=email&purpose=verify": "",
	} {
		if got := ids(c.call("GET", "/sandboxes/default/messages"+query, "")); got != want {
			t.Errorf("%s: messages %q, want %q", query, got, want)
		}
	}
}

func TestMessageQueriesAreRefusedByName(t *testing.T) {
	c := start(t, control.Config{})
	for query, parts := range map[string][]string{
		"?channel=pigeon":   {"channel", "sms, email"},
		"?channel=emai":     {"channel", "did you mean email?"},
		"?purpose=logn":     {"purpose", "did you mean login?"},
		"?after=newest":     {"after", `"newest"`},
		"?after=-1":         {"after"},
		"?after=":           {"after", "empty"},
		"?to=":              {"to", "empty"},
		"?wait=10":          {"wait", "for example 10s"},
		"?wait=-1s":         {"wait"},
		"?wait=61s":         {"wait", "1m0s"},
		"?wait=9999999999h": {"wait"},
		"?waits=10s":        {"waits", "did you mean wait?"},
		"?limit=5":          {"limit", "there is after, channel"},
		"?to=a&to=b":        {"to", "2 times"},
		"?to=%zz":           {"query"},
	} {
		c.call("GET", "/sandboxes/default/messages"+query, "").refused(http.StatusBadRequest, parts...)
	}
	for query, part := range map[string]string{"?channel=sms": "channel", "?wait=2m": "wait", "?token=": "token"} {
		c.call("GET", "/sandboxes/default/code"+query, "").refused(http.StatusBadRequest, part)
	}
}

func TestCodeIsTheNewestLiveOne(t *testing.T) {
	c := start(t, control.Config{})
	const ann, bob = "919999900000", "919999900001"
	code := func(query string) string {
		t.Helper()
		a := c.call("GET", "/sandboxes/default/code"+query, "").is(http.StatusOK)
		if got := a.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
		return a.body
	}
	none := func(query string) {
		t.Helper()
		c.call("GET", "/sandboxes/default/code"+query, "").refused(http.StatusNotFound, "no live code", "/sandboxes/default/messages")
	}
	none("")
	first := c.sendCode("default", ann, time.Minute)
	other := c.sendCode("default", bob, time.Hour)
	if got := code("?to=" + ann); got != first.Code {
		t.Errorf("code %q, want %q", got, first.Code)
	}
	if got := code(""); got != other.Code {
		t.Errorf("code of anybody %q, want the newest %q", got, other.Code)
	}
	if got := code("?token=" + first.Token + "&to=" + ann); got != first.Code {
		t.Errorf("code by token %q, want %q", got, first.Code)
	}
	none("?token=" + first.Token + "&to=" + bob)
	none("?token=unknown")

	second := c.sendCode("default", ann, time.Minute) // supersedes the first
	none("?token=" + first.Token)
	if got := code("?to=" + ann); got != second.Code {
		t.Errorf("code %q, want the newer %q", got, second.Code)
	}

	verify := func(token, attempt string) {
		s, err := c.sandboxes.Open(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = s.OTP("subscriber").Verify(t.Context(), s.Now(c.clock.Now()), otp.Attempt{Token: token, Code: attempt, Purpose: otp.Login})
	}
	verify(second.Token, second.Code)
	none("?to=" + ann) // used

	third := c.sendCode("default", ann, time.Minute)
	for range otp.DefaultMaxAttempts {
		verify(third.Token, "0")
	}
	none("?to=" + ann) // locked

	fourth := c.sendCode("default", ann, time.Minute)
	if got := code("?to=" + ann); got != fourth.Code {
		t.Errorf("code %q, want %q", got, fourth.Code)
	}
	c.call("PATCH", "/sandboxes/default/clock", `{"advance":"1m"}`).is(http.StatusOK)
	none("?to=" + ann) // expired on the clock of the sandbox
	if got := code("?to=" + bob); got != other.Code {
		t.Errorf("code %q, want %q", got, other.Code)
	}
}

// inBubble runs a test in a synctest bubble, where time passes when everybody
// waits, with an API that needs no network.
func inBubble(t *testing.T, test func(t *testing.T, c *client)) {
	t.Helper()
	if _, err := loadContract(); err != nil { // outside, so that others may use it
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { test(t, newClient(t, control.Config{})) })
}

// background makes a call that is still waiting for its reply when background
// returns.
func background(t *testing.T, c *client, ctx context.Context, path string) <-chan answer {
	t.Helper()
	done := make(chan answer, 1)
	go func() { done <- c.callIn(ctx, "GET", path, "") }()
	synctest.Wait()
	select {
	case a := <-done:
		t.Errorf("%s did not wait: %d %s", path, a.status, a.body)
		done <- a
	default:
	}
	return done
}

func TestMessagesWaitForOneThatPasses(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		deliverAll(t, c)
		s, err := c.sandboxes.Open(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		waiting := background(t, c, t.Context(), "/sandboxes/default/messages?after=1&to=919999900000&purpose=login&wait=60s")
		s.Inbox.Deliver(inbox.Message{At: noon(), System: "subscriber", Channel: inbox.SMS, To: "919999900001", Purpose: "login", Code: "4", Text: "d"})
		synctest.Wait()
		if len(waiting) > 0 {
			t.Error("a message that does not pass ended the wait")
		}
		s.Inbox.Deliver(inbox.Message{At: noon(), System: "subscriber", Channel: inbox.SMS, To: "919999900000", Purpose: "login", Code: "5", Text: "e"})
		if got := ids(<-waiting); got != "5" {
			t.Errorf("messages %q, want the fifth", got)
		}
	})
}

func TestMessagesAreEmptyWhenTheWaitIsOver(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		waiting := background(t, c, t.Context(), "/sandboxes/default/messages?wait=60s")
		<-time.After(59 * time.Second)
		if len(waiting) > 0 {
			t.Error("the wait was cut short")
		}
		if got := ids(<-waiting); got != "" {
			t.Errorf("messages %q", got)
		}
	})
}

func TestCodeWaitsForALiveOne(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		dead := c.sendCode("default", "919999900000", time.Minute)
		c.clock.Advance(time.Hour)
		waiting := background(t, c, t.Context(), "/sandboxes/default/code?to=919999900000&wait=30s")
		// A message without a challenge has no live code.
		s, err := c.sandboxes.Open(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Inbox.Deliver(inbox.Message{At: noon(), System: "subscriber", Channel: inbox.SMS, To: "919999900000", Code: dead.Code, Token: dead.Token, Text: "old"})
		synctest.Wait()
		if len(waiting) > 0 {
			t.Error("a dead code ended the wait")
		}
		live := c.sendCode("default", "919999900000", time.Minute)
		if got := (<-waiting).is(http.StatusOK).body; got != live.Code {
			t.Errorf("code %q, want %q", got, live.Code)
		}
		(<-background(t, c, t.Context(), "/sandboxes/default/code?to=919999900001&wait=30s")).is(http.StatusNotFound)
	})
}

func TestWaitEndsWithTheClient(t *testing.T) {
	inBubble(t, func(t *testing.T, c *client) {
		for _, path := range []string{"/messages?wait=60s", "/code?wait=60s"} {
			ctx, leave := context.WithCancel(t.Context())
			waiting := background(t, c, ctx, "/sandboxes/default"+path)
			leave()
			synctest.Wait() // time stands still: only the leaving can end it
			if len(waiting) == 0 {
				t.Errorf("%s goes on without its client", path)
			}
			<-waiting
		}
	})
}
