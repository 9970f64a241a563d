package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
)

const (
	// heartbeat is how long a stream may be silent.
	heartbeat = 15 * time.Second
	// sluggish is how long a client may take nothing. It is less than the server
	// gives calls in flight when it stops.
	sluggish = 3 * time.Second
)

// cursor is how far a client has read each of a sandbox's feeds. As text it is
// the id of an event.
type cursor struct{ messages, requests, clocks int64 }

// String is the cursor as an id.
func (c cursor) String() string { return fmt.Sprintf("%d-%d-%d", c.messages, c.requests, c.clocks) }

func parseCursor(id string) (c cursor, ok bool) {
	n, err := fmt.Sscanf(id, "%d-%d-%d", &c.messages, &c.requests, &c.clocks)
	return c, err == nil && n == 3 && c.String() == id && min(c.messages, c.requests, c.clocks) >= 0
}

// newest is the cursor of who has read everything.
func newest(s *sandbox.Sandbox) cursor {
	return cursor{s.Inbox.Last(), s.Journal.Last(), s.Clocks.Last()}
}

// events follows a sandbox until the client goes, the server stops, the sandbox
// is deleted or the time is over that the client gives.
func (a *API) events(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	from := newest(s)
	if id := c.request.Header.Get("Last-Event-ID"); id != "" {
		var ok bool
		if from, ok = parseCursor(id); !ok {
			return reply{}, refuse(http.StatusBadRequest, "Last-Event-ID: %q is no id of an event; send one as it came, such as %s", id, newest(s))
		}
	}
	waiting, cancel := context.WithCancel(c.request.Context())
	if c.query.Has("wait") {
		cancel()
		if waiting, cancel, err = patience(c); err != nil {
			return reply{}, err
		}
	}
	open := func() (*sandbox.Sandbox, error) { return a.sandbox(ctx, c) }
	return reply{serve: func(w http.ResponseWriter) {
		defer cancel()
		stream := &stream{w: w, flow: http.NewResponseController(w), cursor: from, of: s}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // or a proxy collects events
		w.WriteHeader(http.StatusOK)
		if c.request.Method != http.MethodHead {
			stream.run(waiting, open)
		}
	}}, nil
}

// stream is one client's.
type stream struct {
	w      io.Writer
	flow   *http.ResponseController
	cursor cursor
	of     *sandbox.Sandbox
}

// run writes what comes until ctx ends, the sandbox is gone or the client is.
func (s *stream) run(ctx context.Context, open func() (*sandbox.Sandbox, error)) {
	// A connection outlives the stream on it.
	defer func() { _ = s.flow.SetWriteDeadline(time.Time{}) }()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	err := s.write("retry: 1000\nid: " + s.cursor.String() + "\n\n")
	for err == nil {
		// Opened anew: it may be deleted, or another one by the same name.
		now, gone := open()
		if gone != nil {
			return
		}
		messages, requests, clocks := now.Inbox.Changed(), now.Journal.Changed(), now.Clocks.Changed()
		if err = errors.Join(s.catchUp(now), s.flow.Flush()); err != nil || ctx.Err() != nil {
			return
		}
		select {
		case <-messages:
		case <-requests:
		case <-clocks:
		case <-beat.C:
			err = s.write(": still here\n\n")
		case <-ctx.Done():
			return
		}
	}
}

// gap is how much a client will never read.
type gap struct {
	Messages int64 `json:"messages"`
	Requests int64 `json:"requests"`
	Clock    int64 `json:"clock"`
}

// catchUp writes what the client has not read. A message comes before the call
// that sent it.
func (s *stream) catchUp(now *sandbox.Sandbox) error {
	had := s.cursor
	if now.Inbox != s.of.Inbox { // another sandbox by the same name
		s.of, had = now, cursor{-1, -1, -1}
	}
	messages, m := now.Inbox.Read(had.messages)
	requests, r := now.Journal.Read(had.requests)
	clocks, c := now.Clocks.Read(had.clocks)
	if s.cursor = (cursor{m, r, c}); s.cursor != had {
		if err := s.event("gap", gap{lost(had.messages, m), lost(had.requests, r), lost(had.clocks, c)}); err != nil {
			return err
		}
	}
	for _, message := range messages {
		s.cursor.messages++
		if err := s.event("message", message); err != nil {
			return err
		}
	}
	for _, request := range requests {
		s.cursor.requests++
		if err := s.event("request", request); err != nil {
			return err
		}
	}
	for _, state := range clocks {
		s.cursor.clocks++
		if err := s.event("clock", state); err != nil {
			return err
		}
	}
	return nil
}

// lost is how many entries there were between the one that was read last and the
// oldest kept; of a feed that is another one, all before that.
func lost(had, from int64) int64 {
	if had < 0 || had > from {
		return from
	}
	return from - had
}

// event writes one event under the cursor as it now is.
func (s *stream) event(name string, data any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	// JSON on one line: its line breaks are escaped.
	if err := e.Encode(data); err != nil {
		return err
	}
	return s.write("event: " + name + "\nid: " + s.cursor.String() + "\ndata: " + line.String() + "\n")
}

func (s *stream) write(text string) error {
	// Where there is no connection, in a test, there is no deadline.
	_ = s.flow.SetWriteDeadline(clock.Real{}.Now().Add(sluggish))
	_, err := io.WriteString(s.w, text)
	return err
}
