package otpsource

import (
	"context"
	"errors"
	"testing"
	"time"
)

var errClosed = errors.New("closed")

// inbox answers with what is newer than after.
type inbox struct {
	messages []Message
	err      error
	waited   time.Duration
}

func (i *inbox) Messages(_ context.Context, _, after string, wait time.Duration) ([]Message, error) {
	i.waited = wait
	for n, m := range i.messages {
		if m.ID == after {
			return i.messages[n+1:], i.err
		}
	}
	return i.messages, i.err
}

func TestOnlyANewerMessageCounts(t *testing.T) {
	in := &inbox{messages: []Message{{ID: "1", Code: "1111"}, {ID: "2", Code: "2222"}}}
	source := Stagedoor{Inbox: in, Wait: time.Second}
	since, err := source.Mark(t.Context(), "x")
	if err != nil || since != "2" {
		t.Fatalf("the mark is %q (%v)", since, err)
	}
	if code, err := source.Fetch(t.Context(), "x", since); code != "" || err != nil {
		t.Errorf("an old message gave %q (%v)", code, err)
	}
	in.messages = append(in.messages, Message{ID: "3", Code: "3333"})
	if code, err := source.Fetch(t.Context(), "x", since); code != "3333" || err != nil {
		t.Errorf("a new message gave %q (%v)", code, err)
	}
	if in.waited != time.Second {
		t.Errorf("fetching waited %s", in.waited)
	}
}

func TestAnEmptyInboxIsNoErrorAndAnUnreachableOneIs(t *testing.T) {
	source := Stagedoor{Inbox: &inbox{}}
	if since, err := source.Mark(t.Context(), "x"); since != "" || err != nil {
		t.Errorf("the mark of an empty inbox is %q (%v)", since, err)
	}
	if code, err := source.Fetch(t.Context(), "x", ""); code != "" || err != nil {
		t.Errorf("an empty inbox gave %q (%v)", code, err)
	}
	source = Stagedoor{Inbox: &inbox{err: errClosed}}
	if _, err := source.Mark(t.Context(), "x"); !errors.Is(err, errClosed) {
		t.Errorf("marking an unreachable inbox: %v", err)
	}
	if _, err := source.Fetch(t.Context(), "x", ""); !errors.Is(err, errClosed) {
		t.Errorf("fetching from an unreachable inbox: %v", err)
	}
}
