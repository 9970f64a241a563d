// Package otpsource reads the one-time codes that an implementation sends. Each
// way to get at them is a [Source].
package otpsource

import (
	"context"
	"time"
)

// Source finds codes by their recipient: an e-mail address, or the digits of a
// phone number with its country code.
type Source interface {
	// Mark notes the newest message to the recipient before a call that may
	// send another. What it returns is for Fetch; it is "" where there is none.
	Mark(ctx context.Context, recipient string) (since string, err error)
	// Fetch waits for a message that is newer than the mark and returns its
	// code. It returns "" when none comes in time: an empty inbox is no error,
	// one that cannot be read is.
	Fetch(ctx context.Context, recipient, since string) (code string, err error)
}

// Message is what an inbox holds, as far as a source needs it.
type Message struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Code string `json:"code"`
}

// Inbox lists messages to a recipient that are newer than after, oldest first,
// and waits for one to come if there is none. Wait 0 answers at once.
type Inbox interface {
	Messages(ctx context.Context, recipient, after string, wait time.Duration) ([]Message, error)
}

// Stagedoor reads the inbox of a Stagedoor sandbox through its control API.
type Stagedoor struct {
	Inbox Inbox
	// Wait is how long Fetch holds out for a message.
	Wait time.Duration
}

// Mark is the id of the newest message to the recipient.
func (s Stagedoor) Mark(ctx context.Context, recipient string) (string, error) {
	messages, err := s.Inbox.Messages(ctx, recipient, "", 0)
	if err != nil || len(messages) == 0 {
		return "", err
	}
	return messages[len(messages)-1].ID, nil
}

// Fetch is the code of the newest message after the mark.
func (s Stagedoor) Fetch(ctx context.Context, recipient, since string) (string, error) {
	messages, err := s.Inbox.Messages(ctx, recipient, since, s.Wait)
	if err != nil || len(messages) == 0 {
		return "", err
	}
	return messages[len(messages)-1].Code, nil
}
