// Package inbox keeps the messages that a sandbox "sent": every SMS and e-mail,
// its code included, newest last and bounded.
//
//	Deliver  adds a message and wakes who waits
//	List     messages that pass a filter, oldest first
//	Wait     the same, but blocks until there is at least one
//	Read     all after one, for a stream, with whether it comes too late for some
//
// One inbox belongs to one sandbox. It is memory only: messages are outside
// what a store promises to keep. Which code is still good is not known here;
// that is mockserver/otp.
package inbox

import (
	"context"
	"strings"
	"time"

	"stagedoor/mockserver/feed"
)

// The channels a message goes by.
const (
	SMS   = "sms"
	Email = "email"
)

// Message is something a sandbox sent to somebody.
type Message struct {
	ID      string    `json:"id"` // given by Deliver; increasing
	At      time.Time `json:"at"` // on the sandbox clock
	System  string    `json:"system"`
	Channel string    `json:"channel"` // SMS or Email
	// To is the address as the API carries it: digits with the country code in
	// front, or an e-mail address.
	To      string `json:"to"`
	Purpose string `json:"purpose"`
	Code    string `json:"code"`
	Token   string `json:"token,omitempty"` // of the challenge the code belongs to
	Text    string `json:"text"`
}

// Filter picks messages. Empty fields pass everything.
type Filter struct {
	To      string // e-mail without regard to case; of a phone number only the digits count
	Channel string
	Purpose string
	Token   string
	After   string // a message id: only newer ones
}

// Check says what is wrong with a filter that came from outside. An unchecked
// wrong one passes nothing.
func (f Filter) Check() error {
	_, err := feed.ParseID(f.After)
	return err
}

// Inbox is a sandbox's messages.
type Inbox struct {
	letters *feed.Feed[letter]
}

// letter is a message with its address as it is compared.
type letter struct {
	Message
	address string
}

// New returns an inbox that keeps the newest limit messages.
func New(limit int) *Inbox { return &Inbox{letters: feed.New[letter](limit)} }

// Deliver adds a message, gives it its id and returns it.
func (b *Inbox) Deliver(m Message) Message {
	address := comparedAs(m.Channel, m.To)
	return b.letters.Append(func(id int64) letter {
		m.ID = feed.FormatID(id)
		return letter{Message: m, address: address}
	}).Message
}

// List returns the messages that pass the filter, oldest first; never nil.
func (b *Inbox) List(f Filter) []Message {
	found := []Message{}
	after, err := feed.ParseID(f.After)
	if err != nil {
		return found
	}
	match := f.matcher()
	for _, l := range b.letters.After(after) {
		if match(l) {
			found = append(found, l.Message)
		}
	}
	return found
}

// Wait returns what List returns as soon as that is something: at once if a
// message that passes is there, else when one arrives, or empty when ctx ends.
func (b *Inbox) Wait(ctx context.Context, f Filter) []Message {
	after, err := feed.ParseID(f.After)
	if err != nil {
		return []Message{}
	}
	if _, ok := b.letters.Wait(ctx, after, f.matcher()); !ok {
		return []Message{}
	}
	return b.List(f)
}

// Read returns the messages with a number greater than after, and the number that
// they follow, which is greater than after where some are no longer kept.
func (b *Inbox) Read(after int64) (messages []Message, from int64) {
	letters, from := b.letters.Read(after)
	messages = make([]Message, len(letters))
	for i, l := range letters {
		messages[i] = l.Message
	}
	return messages, from
}

// Last is the number of the newest message there has been, 0 before the first.
func (b *Inbox) Last() int64 { return b.letters.Last() }

// Resume forgets all messages and numbers the next one after last, or after the
// newest there has been where that is greater.
func (b *Inbox) Resume(last int64) { b.letters.Resume(last) }

// Changed returns a channel that is closed when the next message is delivered.
func (b *Inbox) Changed() <-chan struct{} { return b.letters.Changed() }

// Len returns how many messages are kept.
func (b *Inbox) Len() int { return b.letters.Len() }

// Clear forgets all messages; later ids are greater than any before.
func (b *Inbox) Clear() { b.letters.Clear() }

// matcher returns the filter as a function, with the address prepared once. It
// leaves After to the feed.
func (f Filter) matcher() func(letter) bool {
	number, mail := comparedAs(SMS, f.To), comparedAs(Email, f.To)
	return func(l letter) bool {
		wanted := mail
		if l.Channel == SMS {
			wanted = number
		}
		return (f.To == "" || wanted != "" && l.address == wanted) &&
			(f.Channel == "" || l.Channel == f.Channel) &&
			(f.Purpose == "" || l.Purpose == f.Purpose) &&
			(f.Token == "" || l.Token == f.Token)
	}
}

// comparedAs returns an address in the form in which it is compared.
func comparedAs(channel, to string) string {
	if channel == SMS {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, to)
	}
	return strings.ToLower(strings.TrimSpace(to))
}
