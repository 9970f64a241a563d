// Package journal is a sandbox's record of answered calls: who asked what, what
// the mock did and why. It is bounded, newest last, and memory only.
//
//	Append  adds an entry, with the passwords in it replaced
//	After   entries newer than an id, oldest first
//	List    those of them that pass a filter
//	Read    the same as After for a stream, with whether it comes too late for some
//	Get     one entry
//
// [HAR] shows entries as a browser's developer tools take them, and [Coverage]
// counts what was met for longer than the entries are kept.
//
// The mock's own tokens and one-time codes are shown, since seeing them is what
// a mock is for. Passwords, PINs and keys are never stored here: redact.go finds
// them in bodies of any form, in the query and in Basic credentials. A body that
// has none is kept as the bytes it came in, uncopied.
package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stagedoor/mockserver/feed"
)

// bodyLimit is how many bytes of a body are kept.
const bodyLimit = 64 << 10

// weightLimit is how many bytes of entries are kept.
const weightLimit = 64 << 20

// Entry is one answered call.
type Entry struct {
	ID         string    `json:"id"` // given by Append; increasing
	At         time.Time `json:"at"` // on the sandbox clock
	System     string    `json:"system"`
	Operation  string    `json:"operation"`
	Outcome    string    `json:"outcome"`
	Status     int       `json:"status"`
	DurationMS float64   `json:"durationMs"`
	Forced     Forced    `json:"forced"`
	Reason     string    `json:"reason,omitempty"`
	Findings   []Finding `json:"findings"`
	Request    Request   `json:"request"`
	Reply      Reply     `json:"reply"`

	weight int // roughly how many bytes it takes
}

// Forced says what forced an outcome. In JSON nothing is false.
type Forced string

// What can force an outcome.
const (
	NotForced Forced = ""
	ByPrefer  Forced = "prefer"
	ByRule    Forced = "rule"
	ByMagic   Forced = "magic"
)

// MarshalJSON implements [json.Marshaler].
func (f Forced) MarshalJSON() ([]byte, error) {
	if f == NotForced {
		return []byte("false"), nil
	}
	return json.Marshal(string(f))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Forced) UnmarshalJSON(data []byte) error {
	if string(data) == "false" || string(data) == "null" {
		*f = NotForced
		return nil
	}
	return json.Unmarshal(data, (*string)(f))
}

// Finding is one place where a call or its reply leaves the contract.
type Finding struct {
	In      string `json:"in"`
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"` // in words, without the place
}

// Request is the call as it came.
type Request struct {
	Method  string              `json:"method"`
	URL     string              `json:"url"`
	Headers map[string][]string `json:"headers"`
	Body    Body                `json:"body"`
	// Origin and Proto complete the URL and say how it was asked for, as in
	// "http://127.0.0.1:4010" and "HTTP/1.1".
	Origin string `json:"-"`
	Proto  string `json:"-"`
}

// Reply is the answer as it went out.
type Reply struct {
	Headers map[string][]string `json:"headers"`
	Body    Body                `json:"body"`
}

// Body is a body as it went over the wire. In JSON it is shown as the JSON it
// is, else as a string; an empty one is null.
type Body []byte

// MarshalJSON implements [json.Marshaler].
func (b Body) MarshalJSON() ([]byte, error) {
	switch {
	case len(b) == 0:
		return []byte("null"), nil
	case json.Valid(b):
		return b, nil
	}
	return json.Marshal(string(b))
}

// UnmarshalJSON implements [json.Unmarshaler]: a string becomes its text,
// anything else stays JSON.
func (b *Body) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		*b = nil
		return nil
	case data[0] == '"':
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*b = Body(text)
		return nil
	}
	*b = bytes.Clone(data)
	return nil
}

// Journal is a sandbox's answered calls.
type Journal struct {
	entries *feed.Feed[Entry]
}

// New returns a journal that keeps the newest limit entries.
// Of the entries together it keeps 64 MiB, and drops the oldest beyond that.
func New(limit int) *Journal {
	return &Journal{entries: feed.NewWeighed(limit, weightLimit, func(e Entry) int { return e.weight })}
}

func (e *Entry) weigh() int {
	const itself = 500
	n := itself + len(e.Reason) + len(e.Request.URL) + len(e.Request.Body) + len(e.Reply.Body)
	for _, headers := range []map[string][]string{e.Request.Headers, e.Reply.Headers} {
		for name, values := range headers {
			for _, value := range values {
				n += len(name) + len(value)
			}
		}
	}
	for _, f := range e.Findings {
		n += len(f.Pointer) + len(f.Message)
	}
	return n
}

// Append adds an entry, gives it its id, takes the passwords out and returns it
// as it is kept. The journal keeps the slices and maps it is handed; they must
// not change afterwards.
func (j *Journal) Append(e Entry) Entry {
	e.Request.Body = cut(redactBody(e.Request.Body, e.Request.Headers))
	e.Request.URL = redactURL(e.Request.URL)
	e.Request.Headers = redactHeaders(e.Request.Headers)
	e.Reply.Body = cut(redactBody(e.Reply.Body, e.Reply.Headers))
	if e.Findings == nil {
		e.Findings = []Finding{}
	}
	e.weight = e.weigh()
	return j.entries.Append(func(id int64) Entry {
		e.ID = feed.FormatID(id)
		return e
	})
}

// cut bounds a body. It runs after the redaction, which reads the whole.
func cut(b Body) Body {
	if len(b) <= bodyLimit {
		return b
	}
	return fmt.Appendf(bytes.Clone(b[:bodyLimit]), "… [%d more bytes]", len(b)-bodyLimit)
}

// After returns the entries newer than an id, oldest first; never nil. An empty
// id means all of them, one that is no id none.
func (j *Journal) After(id string) []Entry {
	after, err := feed.ParseID(id)
	if err != nil {
		return []Entry{}
	}
	return j.entries.After(after)
}

// Filter picks entries. Empty fields pass everything.
type Filter struct {
	After string // an entry's id: only newer ones
	// Operation is an operationId, with or without its system: "watch.login".
	Operation string
	Outcome   string
	// Since and Until bound the time of the sandbox clock: from Since on, and
	// before Until.
	Since, Until time.Time
}

// Check says what is wrong with a filter that came from outside. An unchecked
// wrong one passes nothing.
func (f Filter) Check() error {
	_, err := feed.ParseID(f.After)
	return err
}

func (f Filter) match(e *Entry) bool {
	return (f.Operation == "" || e.Operation == f.Operation || e.Operation != "" && e.System+"."+e.Operation == f.Operation) &&
		(f.Outcome == "" || e.Outcome == f.Outcome) &&
		(f.Since.IsZero() || !e.At.Before(f.Since)) &&
		(f.Until.IsZero() || e.At.Before(f.Until))
}

// List returns the entries that pass the filter, oldest first; never nil.
func (j *Journal) List(f Filter) []Entry {
	return slices.DeleteFunc(j.After(f.After), func(e Entry) bool { return !f.match(&e) })
}

// Read returns the entries with a number greater than after, and the number that
// they follow, which is greater than after where some are no longer kept.
func (j *Journal) Read(after int64) (entries []Entry, from int64) { return j.entries.Read(after) }

// Last is the number of the newest entry there has been, 0 before the first.
func (j *Journal) Last() int64 { return j.entries.Last() }

// Resume forgets all entries and numbers the next one after last, or after the
// newest there has been where that is greater.
func (j *Journal) Resume(last int64) { j.entries.Resume(last) }

// Get returns the entry with an id, if it is still kept.
func (j *Journal) Get(id string) (Entry, bool) {
	n, err := feed.ParseID(id)
	if err != nil {
		return Entry{}, false
	}
	return j.entries.Get(n)
}

// Changed returns a channel that is closed when the next entry is appended.
func (j *Journal) Changed() <-chan struct{} { return j.entries.Changed() }

// Len returns how many entries are kept.
func (j *Journal) Len() int { return j.entries.Len() }

// Clear forgets all entries; later ids are greater than any before.
func (j *Journal) Clear() { j.entries.Clear() }
