package pipeline

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"stagedoor/spec"
)

// render is phase 7 without the sending: the outcome's JSON, held against the
// contract, then moved by the sandbox's readings.
func (p *Pipeline) render(x *exchange, reply spec.Reply) error {
	x.reason = reply.Reason
	if x.system == nil {
		x.problem(http.StatusNotFound, "no system has this path", p.systemList())
		return nil
	}
	outcome := x.outcomeNamed(reply.Outcome)
	if outcome == nil {
		return fmt.Errorf("the behaviour answered %q, which is no outcome of %s", reply.Outcome, x.name())
	}
	body, err := outcome.Render(reply)
	if err != nil {
		return err
	}
	if !p.config.Unchecked {
		if found := outcome.CheckClosed(body); len(found) > 0 {
			return fmt.Errorf("the reply breaks the contract of %s: %s", outcome.Name, found[0])
		}
	}
	readings := x.sandbox.Readings
	if x.reply, err = readings.Render(x.system, x.operation, outcome, reply, body); err != nil {
		return err
	}
	x.outcome, x.status = outcome, readings.Status(x.system, outcome)
	x.headers(reply)
	return nil
}

func (x *exchange) outcomeNamed(name string) *spec.Outcome {
	if x.operation != nil {
		if o := x.operation.Outcome(name); o != nil {
			return o
		}
	}
	return x.system.Outcome(name)
}

func (x *exchange) headers(reply spec.Reply) {
	h := x.header
	h.Set("Content-Type", "application/json")
	if reply.RetryAfter != "" {
		h.Set("Retry-After", reply.RetryAfter)
	}
	if reply.Allow != "" {
		h.Set("Allow", reply.Allow)
	}
	if x.status == http.StatusRequestTimeout {
		// RFC 9110 lets a client repeat a request on 408; browsers do so fewer
		// times when the connection is closed.
		h.Set("Connection", "close")
	}
}

// problem answers outside every system's envelope, by RFC 9457.
func (x *exchange) problem(status int, title, detail string) {
	x.status = status
	x.header.Set("Content-Type", "application/problem+json")
	// A map of strings and an int always encodes.
	x.reply, _ = json.Marshal(map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail})
}

func (p *Pipeline) systemList() string {
	var text strings.Builder
	text.WriteString("the systems are")
	for i, s := range p.router.systems {
		if i > 0 {
			text.WriteString(",")
		}
		text.WriteString(" " + s.Name + " at " + strings.Join(s.Prefixes, " and "))
	}
	return text.String()
}

// send writes the reply, whole and at once unless a fault rule has it otherwise.
func (x *exchange) send(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range x.header {
		h[name] = values
	}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposed)
	if x.struck != nil {
		x.transfer(w)
		return
	}
	w.WriteHeader(x.status)
	// A client that has gone cannot be told so.
	_, _ = w.Write(x.reply)
}
