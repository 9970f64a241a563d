package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/journal"
	"stagedoor/spec"
)

// struck is a fault rule at work on an exchange.
type struck struct {
	*fault.Strike
	// instead says that the rule answers in place of the operation, and not
	// with one of its outcomes.
	instead bool
	// left says that the client went away during the delay before the operation.
	left bool
	// length is that of the body by the reply's head, which half of it may follow.
	length int
}

// faultRule is the second part of phase 3: the first fault rule that is about
// this call and fires. One that acts before the operation acts here; the others
// are done once there is a reply.
func (p *Pipeline) faultRule(ctx context.Context, x *exchange) (*spec.Reply, error) {
	if !x.sandbox.HasFaults() {
		return nil, nil
	}
	strike, err := x.sandbox.Strike(ctx, &fault.Call{Operation: x.operation, Path: x.path, Body: x.body})
	if err != nil || strike == nil {
		return nil, err
	}
	x.struck = &struck{Strike: strike}
	if strike.RunsAfter() {
		return nil, nil
	}
	if strike.Wait > 0 && clock.Sleep(x.request.Context(), strike.Wait) != nil {
		x.struck.left = true
	}
	switch {
	case !x.struck.left && !strike.Replaces():
		return nil, nil
	case !x.struck.left && strike.Effect.Outcome != "":
		return x.ruled("; nothing changed"), nil
	}
	x.struck.instead = true
	return &spec.Reply{}, nil
}

// replaced says that a fault rule has taken the operation's place, so that there
// is no outcome to render.
func (x *exchange) replaced() bool { return x.struck != nil && x.struck.instead }

// ruled is the sample that the rule forces. Strikes are only of rules whose
// outcome the operation has.
func (x *exchange) ruled(remark string) *spec.Reply {
	x.forced = journal.ByRule
	return forcedReply(x.operation, x.outcomeNamed(x.struck.Effect.Outcome), "forced by fault rule "+x.struck.ID+remark)
}

// swapped is the reply that is to be rendered: that of the phases, or the sample
// that a rule puts in its place once the operation has run.
func (x *exchange) swapped(reply spec.Reply) spec.Reply {
	if s := x.struck; s != nil && s.RunsAfter() && s.Effect.Outcome != "" {
		return *x.ruled(" after the operation had answered " + reply.Outcome)
	}
	return reply
}

// spoil does to a reply that is ready what the fault rule says, the sending
// aside: that is transfer's.
func (x *exchange) spoil(ctx context.Context) {
	s := x.struck
	if s == nil {
		return
	}
	if s.RunsAfter() {
		// Only the client's leaving cuts this short; the reply then goes nowhere.
		_ = clock.Sleep(ctx, s.Wait)
	}
	x.explainFault()
	switch {
	case s.left || s.Effect.Drop == fault.DropBefore:
		x.nothing()
		return
	case s.Effect.Status != 0:
		x.bare(s.Effect.Status)
	case s.instead:
		x.empty()
	}
	x.spoilBody(s.Effect)
}

// explainFault adds to the reason what the rule does, and what is not to be
// seen of the operation for it.
func (x *exchange) explainFault() {
	s := x.struck
	text := ""
	if e := s.Effect; e.Delay != nil || e.Drop != "" || len(e.OfReply()) > 1 || e.Outcome == "" {
		text = s.String()
	}
	switch {
	case s.left:
		text += "; the client left, and the operation did not run"
	case s.instead:
		text += "; the operation did not run"
	case s.Effect.Status != 0 || s.Effect.Drop == fault.DropBefore:
		text += "; the operation answered " + x.outcomeName()
	}
	if x.reason != "" && text != "" {
		text = "; " + text
	}
	x.reason += text
}

// nothing leaves no reply: the connection closes without one.
func (x *exchange) nothing() {
	x.outcome, x.status, x.header, x.reply = nil, 0, http.Header{}, nil
}

// bare answers as a gateway would whose backend is in trouble.
func (x *exchange) bare(status int) {
	title := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	x.outcome, x.status = nil, status
	x.header = http.Header{"Content-Type": {"text/html"}}
	x.reply = fmt.Appendf(nil, "<html>\n<head><title>%s</title></head>\n<body><h1>%[1]s</h1></body>\n</html>\n", title)
}

// empty answers in place of an operation that has not run and of which no
// outcome is forced: a head as for its first outcome, and no body.
func (x *exchange) empty() {
	x.outcome, x.status, x.reply = nil, x.operation.Outcomes[0].Status, nil
	x.header = http.Header{"Content-Type": {"application/json"}}
}

func (x *exchange) spoilBody(e fault.Effect) {
	if e.Malformed {
		x.reply = malformed(x.reply)
	}
	if e.Truncate != nil && *e.Truncate < len(x.reply) {
		x.reply = x.reply[:*e.Truncate]
	}
	if e.ContentType != "" {
		x.header.Set("Content-Type", e.ContentType)
	}
	x.struck.length = len(x.reply)
	if e.Drop == fault.DropMiddle {
		// An empty body has no middle unless its length says otherwise.
		x.struck.length = max(len(x.reply), 1)
		x.reply = x.reply[:len(x.reply)/2]
	}
}

// malformed puts a comma where no JSON has one, so early that a parser that
// reads no further than it must meets it too.
func malformed(body []byte) []byte {
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return append([]byte("{,"), body...)
	}
	return append([]byte{body[0], ','}, body[1:]...)
}
