package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"stagedoor/mockserver/sandbox"
)

// logHandler is what --log-format asks for.
func (f *mockFlags) logHandler(w io.Writer) slog.Handler {
	if f.logFormat == "json" {
		return slog.NewJSONHandler(w, nil)
	}
	return &lineHandler{lock: &sync.Mutex{}, w: w, coloured: isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// lineHandler writes a line per record for people to read. The record of an
// answered call (its message is "call") has columns; any other is its message
// with the attributes behind it.
type lineHandler struct {
	lock     *sync.Mutex
	w        io.Writer
	coloured bool
	group    string
	attrs    []slog.Attr
}

// Enabled says whether records of this level are written.
func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

// WithAttrs returns a handler that puts these attributes before a record's own.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	other := *h
	other.attrs = slices.Clone(h.attrs)
	for _, a := range attrs {
		other.attrs = append(other.attrs, slog.Attr{Key: h.group + a.Key, Value: a.Value})
	}
	return &other
}

// WithGroup returns a handler that qualifies the keys of what comes.
func (h *lineHandler) WithGroup(name string) slog.Handler {
	other := *h
	if name != "" {
		other.group += name + "."
	}
	return &other
}

// Handle writes one record in one piece.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, slog.Attr{Key: h.group + a.Key, Value: a.Value.Resolve()})
		return true
	})
	line := h.paint(faint, r.Time.Format(time.TimeOnly)) + " "
	if r.Message == "call" {
		line += h.call(attrs)
	} else {
		line += h.plain(r, attrs)
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	_, err := io.WriteString(h.w, strings.TrimRight(line, " ")+"\n")
	return err
}

func (h *lineHandler) plain(r slog.Record, attrs []slog.Attr) string {
	line := printable(r.Message)
	if r.Level >= slog.LevelWarn {
		line = h.paint(red, r.Level.String()) + " " + line
	}
	for _, a := range attrs {
		line += " " + a.Key + "=" + printable(a.Value.String())
	}
	return line
}

// call is the line of an answered call: operation, outcome, status, duration,
// then whatever makes this call special.
func (h *lineHandler) call(attrs []slog.Attr) string {
	values := map[string]slog.Value{}
	var details []string
	for _, a := range attrs {
		values[a.Key] = a.Value
		switch text := printable(a.Value.String()); {
		case a.Key == "to":
			details = append(details, "to "+text)
		case a.Key == "code":
			details = append(details, "code "+h.paint(bold, text))
		case a.Key == "forced":
			details = append(details, "forced by "+text)
		case a.Key == "sandbox" && text != sandbox.DefaultID:
			details = append(details, "in "+text)
		case a.Key == "reason":
			details = append(details, text)
		}
	}
	what := printable(values["operation"].String())
	if _, found := values["operation"]; !found {
		what = printable(values["method"].String() + " " + values["path"].String())
	}
	outcome := "-"
	if v, found := values["outcome"]; found {
		outcome = v.String()
	}
	status, duration := values["status"].Int64(), values["duration"].Duration()
	return fmt.Sprintf("%-33s  %-23s  %s  %7s  %s", what, outcome,
		h.paint(statusColour(status), fmt.Sprint(status)), duration.Round(10*time.Microsecond), strings.Join(details, ", "))
}

// The colours of the log, as terminals number them.
const (
	bold   = 1
	faint  = 2
	red    = 31
	green  = 32
	yellow = 33
)

func statusColour(status int64) int {
	switch {
	case status >= 500:
		return red
	case status >= 400:
		return yellow
	}
	return green
}

func (h *lineHandler) paint(colour int, text string) string {
	if !h.coloured {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, text)
}

// printable keeps what clients send from moving the cursor or faking a line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
