package inbox_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"stagedoor/mockserver/inbox"
)

var at = time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)

func sms(to, code string) inbox.Message {
	return inbox.Message{
		At: at, System: "subscriber", Channel: inbox.SMS, To: to,
		Purpose: "login", Code: code, Token: "token-" + code, Text: "Your code is " + code,
	}
}

func email(to, code string) inbox.Message {
	m := sms(to, code)
	m.Channel, m.Purpose = inbox.Email, "password_reset"
	return m
}

func codes(messages []inbox.Message) []string {
	found := []string{}
	for _, m := range messages {
		found = append(found, m.Code)
	}
	return found
}

func TestInboxShowsAMessageInItsDocumentedForm(t *testing.T) {
	b := inbox.New(10)
	b.Deliver(sms("919999900000", "1234"))
	got, err := json.Marshal(b.List(inbox.Filter{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"id":"1","at":"2030-05-17T12:00:00Z","system":"subscriber","channel":"sms","to":"919999900000",` +
		`"purpose":"login","code":"1234","token":"token-1234","text":"Your code is 1234"}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInboxFiltersByEveryField(t *testing.T) {
	b := inbox.New(10)
	b.Deliver(sms("919999900000", "1"))
	b.Deliver(sms("919999900001", "2"))
	b.Deliver(email("Ann@Example.com", "3"))
	b.Deliver(email("ann+1@example.com", "4"))
	b.Deliver(inbox.Message{Channel: inbox.SMS, To: "withheld", Code: "5"})
	for name, c := range map[string]struct {
		filter inbox.Filter
		want   []string
	}{
		"nothing":                   {inbox.Filter{}, []string{"1", "2", "3", "4", "5"}},
		"a number":                  {inbox.Filter{To: "919999900000"}, []string{"1"}},
		"a number as people write":  {inbox.Filter{To: "+91 99999-00001"}, []string{"2"}},
		"part of a number":          {inbox.Filter{To: "9999900000"}, []string{}},
		"an address in other case":  {inbox.Filter{To: "ANN@example.COM"}, []string{"3"}},
		"an address with a tag":     {inbox.Filter{To: "ann+1@example.com"}, []string{"4"}},
		"punctuation is no number":  {inbox.Filter{To: "+-"}, []string{}},
		"a channel":                 {inbox.Filter{Channel: inbox.Email}, []string{"3", "4"}},
		"a purpose":                 {inbox.Filter{Purpose: "login"}, []string{"1", "2"}},
		"a token":                   {inbox.Filter{Token: "token-2"}, []string{"2"}},
		"after a message":           {inbox.Filter{After: "2"}, []string{"3", "4", "5"}},
		"after the newest":          {inbox.Filter{After: "5"}, []string{}},
		"two fields at once":        {inbox.Filter{Channel: inbox.SMS, After: "1"}, []string{"2", "5"}},
		"fields that exclude":       {inbox.Filter{Channel: inbox.Email, Purpose: "login"}, []string{}},
		"what is no message's id":   {inbox.Filter{After: "yesterday"}, []string{}},
		"a number without its code": {inbox.Filter{To: "+9999900001"}, []string{}},
	} {
		if got := codes(b.List(c.filter)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFilterCheckNamesAWrongID(t *testing.T) {
	if err := (inbox.Filter{After: "12"}).Check(); err != nil {
		t.Errorf("a right one: %v", err)
	}
	if err := (inbox.Filter{After: "yesterday"}).Check(); err == nil {
		t.Error("a wrong id passed")
	}
}

func TestInboxIsBounded(t *testing.T) {
	b := inbox.New(2)
	for _, code := range []string{"1", "2", "3"} {
		b.Deliver(sms("91", code))
	}
	if got := codes(b.List(inbox.Filter{})); !slices.Equal(got, []string{"2", "3"}) || b.Len() != 2 {
		t.Errorf("kept %v", got)
	}
}

func TestInboxIDsGoOnAfterClear(t *testing.T) {
	b := inbox.New(10)
	last := b.Deliver(sms("91", "1")).ID
	b.Clear()
	if got := b.List(inbox.Filter{}); got == nil || len(got) > 0 {
		t.Errorf("after clear: %v", got)
	}
	b.Deliver(sms("91", "2"))
	if got := codes(b.List(inbox.Filter{After: last})); !slices.Equal(got, []string{"2"}) {
		t.Errorf("after %s: %v", last, got)
	}
}

// waiting starts a long poll and returns its result's channel once it blocks.
func waiting(ctx context.Context, b *inbox.Inbox, f inbox.Filter) <-chan []inbox.Message {
	got := make(chan []inbox.Message, 1)
	go func() { got <- b.Wait(ctx, f) }()
	synctest.Wait()
	return got
}

func TestWaitWakesForAMessageThatMatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inbox.New(10)
		got := waiting(t.Context(), b, inbox.Filter{To: "+91 99999 00000"})
		b.Deliver(sms("919999900001", "1"))
		synctest.Wait()
		if len(got) > 0 {
			t.Fatalf("woken by somebody else's message: %v", <-got)
		}
		b.Deliver(sms("919999900000", "2"))
		if found := codes(<-got); !slices.Equal(found, []string{"2"}) {
			t.Errorf("waited for %v", found)
		}
	})
}

func TestWaitWithoutAfterTakesWhatIsThere(t *testing.T) {
	b := inbox.New(10)
	b.Deliver(sms("91", "1"))
	b.Deliver(sms("91", "2"))
	if got := codes(b.Wait(t.Context(), inbox.Filter{})); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("wait: %v", got)
	}
}

func TestWaitAfterAMessageIgnoresOlderOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inbox.New(10)
		last := b.Deliver(sms("91", "1")).ID
		got := waiting(t.Context(), b, inbox.Filter{After: last})
		if len(got) > 0 {
			t.Fatalf("an old message was enough: %v", <-got)
		}
		b.Deliver(sms("91", "2"))
		if found := codes(<-got); !slices.Equal(found, []string{"2"}) {
			t.Errorf("waited for %v", found)
		}
	})
}

func TestWaitIsEmptyWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inbox.New(10)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		got := waiting(ctx, b, inbox.Filter{})
		if found := <-got; found == nil || len(found) > 0 {
			t.Errorf("wait: %v, want an empty list", found)
		}
		if found := b.Wait(t.Context(), inbox.Filter{After: "yesterday"}); found == nil || len(found) > 0 {
			t.Errorf("waiting after no id: %v", found)
		}
	})
}

func TestChangedWakesAnEventStream(t *testing.T) {
	b := inbox.New(10)
	changed := b.Changed()
	b.Deliver(sms("91", "1"))
	<-changed
}
