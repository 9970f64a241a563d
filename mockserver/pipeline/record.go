package pipeline

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"stagedoor/mockserver/journal"
)

// record is phase 8: the headers that explain the reply, its journal entry, its
// place in coverage and metrics, and its line in the log.
func (p *Pipeline) record(x *exchange) {
	if !p.config.Silent {
		x.explain()
	}
	duration := p.config.Clock.Now().Sub(x.started)
	id := ""
	if x.sandbox != nil {
		x.header.Set("Date", x.now.UTC().Format(http.TimeFormat))
		id = x.sandbox.Journal.Append(x.journalEntry(duration)).ID
		x.cover()
	}
	if !p.config.Silent && id != "" {
		x.header = x.header.Clone()
		x.header.Set("Stagedoor-Request", id)
	}
	p.observe(x, duration)
	p.log(x, id, duration)
}

func (x *exchange) outcomeName() string {
	if x.outcome == nil {
		return ""
	}
	return x.outcome.Name
}

func (x *exchange) explain() {
	for name, value := range map[string]string{
		"Stagedoor-Outcome": x.outcomeName(), "Stagedoor-Reason": headerSafe(x.reason), "Stagedoor-Forced": string(x.forced),
	} {
		if value != "" {
			x.header.Set(name, value)
		}
	}
}

// headerSafe makes text printable ASCII of a bounded length.
func headerSafe(text string) string {
	const limit = 500
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

func (x *exchange) journalEntry(duration time.Duration) journal.Entry {
	from := origin(x.request)
	e := journal.Entry{
		At: x.now, Outcome: x.outcomeName(), Status: x.status,
		DurationMS: float64(duration.Microseconds()) / 1000, Forced: x.forced, Reason: x.reason,
		Request: journal.Request{
			Method: x.request.Method, URL: x.request.URL.RequestURI(), Headers: x.request.Header, Body: x.body,
			Origin: from.String(), Proto: x.request.Proto,
		},
		Reply: journal.Reply{Headers: x.header, Body: x.reply},
	}
	if x.status == 0 { // dropped: not even a head goes out
		e.Reply.Headers = http.Header{}
	}
	if x.system != nil {
		e.System = x.system.Name
	}
	if x.operation != nil {
		e.Operation = x.operation.ID
	}
	for _, f := range x.findings {
		e.Findings = append(e.Findings, journal.Finding{In: f.In, Pointer: f.Pointer, Rule: f.Rule, Message: f.Message})
	}
	return e
}

// cover counts the outcome. What leads to no operation is none of one.
func (x *exchange) cover() {
	if x.operation == nil || x.outcome == nil {
		return
	}
	m := journal.Meeting{
		System: x.system.Name, Operation: x.operation.ID, Outcome: x.outcome.Name,
		Device: x.path["device"], Platform: x.path["platform"], Forced: x.forced != journal.NotForced,
	}
	for _, f := range x.findings {
		switch f.In + " " + f.Pointer { // not one that the contract knows
		case "path device":
			m.Device = journal.OtherSlice
		case "path platform":
			m.Platform = journal.OtherSlice
		}
	}
	x.sandbox.Coverage.Meet(m)
}

// log writes the call's record: what was asked, what came of it, and the code
// where one was sent.
func (p *Pipeline) log(x *exchange, id string, duration time.Duration) {
	ctx := context.Background()
	if !p.config.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", x.request.Method), slog.String("path", x.request.URL.Path),
		slog.Int("status", x.status), slog.Duration("duration", duration), slog.String("request", id),
	}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("operation", x.name())
	add("outcome", x.outcomeName())
	if x.sandbox != nil {
		add("sandbox", x.sandbox.ID)
	}
	add("forced", string(x.forced))
	add("reason", x.reason)
	for _, m := range x.sent {
		add("to", m.To)
		add("code", m.Code)
	}
	p.config.Log.LogAttrs(ctx, slog.LevelInfo, "call", attrs...)
}
