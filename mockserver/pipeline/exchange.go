package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// exchange is one request and what becomes of it.
type exchange struct {
	target
	request *http.Request
	query   url.Values
	body    []byte
	tooLong bool
	started time.Time // real time

	sandbox *sandbox.Sandbox
	kind    sandbox.Kind
	now     time.Time // sandbox time
	call    *Call

	struck    *struck     // nil for all but a few
	overQuota *spec.Reply // what a call beyond the quota is answered with

	forced   journal.Forced
	findings []spec.Finding
	sent     []inbox.Message
	// refusedCode is why a challenge was not accepted, or not issued.
	refusedCode otp.Reason

	outcome *spec.Outcome
	reason  string
	status  int
	header  http.Header
	reply   []byte
}

// begin reads the request and finds its operation (phase 1).
func (p *Pipeline) begin(r *http.Request) *exchange {
	x := &exchange{request: r, started: p.config.Clock.Now(), target: p.router.find(r), header: http.Header{}}
	x.query = r.URL.Query()
	x.body, x.tooLong = readBody(r)
	return x
}

func (x *exchange) name() string {
	if x.operation == nil {
		return ""
	}
	return x.operation.Name()
}

// readBody reads at most MaxBody bytes. A body that breaks off is what arrived
// of it: as JSON it is then refused.
func readBody(r *http.Request) (body []byte, tooLong bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, false
	}
	if r.ContentLength > MaxBody {
		return nil, true
	}
	if r.ContentLength > 0 {
		body = make([]byte, r.ContentLength)
		n, _ := io.ReadFull(r.Body, body)
		return body[:n], false
	}
	body, _ = io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if len(body) > MaxBody {
		return nil, true
	}
	return body, false
}

// findSandbox is phase 2. A request that leads to no operation is answered
// here, by the sandbox that its credential chooses all the same.
func (p *Pipeline) findSandbox(ctx context.Context, x *exchange) (*spec.Reply, error) {
	s, kind, err := p.chooseSandbox(ctx, x)
	if err != nil {
		return nil, err
	}
	x.sandbox, x.kind, x.now = s, kind, s.Now(x.started)
	if x.operation == nil {
		return x.noOperation(), nil
	}
	x.operation = s.Readings.Operation(x.operation)
	x.call = &Call{Operation: x.operation, Sandbox: s, Now: x.now, Path: x.path, Query: x.query, Header: x.request.Header, request: x.request}
	return nil, nil
}

// chooseSandbox asks the credential, then a token that names its sandbox.
func (p *Pipeline) chooseSandbox(ctx context.Context, x *exchange) (*sandbox.Sandbox, sandbox.Kind, error) {
	if x.system == nil {
		return p.config.Sandboxes.Match(ctx, "", "")
	}
	system := p.systems[x.system.Name]
	s, kind, err := p.config.Sandboxes.Match(ctx, system.Name, system.Credential(x.credentialPath(), x.request.Header, x.query))
	if err != nil || kind != sandbox.Unknown || system.SandboxID == nil {
		return s, kind, err
	}
	named, err := p.config.Sandboxes.Open(ctx, system.SandboxID(x.request.Header))
	if errors.Is(err, sandbox.ErrNotFound) {
		return s, kind, nil
	}
	return named, kind, err
}

// credentialPath is the path parameters, or what can be told of them where the
// path is no operation's: "…/token/T/…" names the app token all the same.
func (x *exchange) credentialPath() map[string]string {
	if x.operation != nil {
		return x.path
	}
	segments := strings.Split(x.request.URL.Path, "/")
	guess := map[string]string{}
	for i := 0; i+1 < len(segments); i++ {
		if segments[i] == "token" {
			guess["token"] = segments[i+1]
		}
	}
	return guess
}

// noOperation answers for a path or a method that the contract does not have.
func (x *exchange) noOperation() *spec.Reply {
	switch {
	case len(x.allow) > 0:
		allow := strings.Join(x.allow, ", ")
		return &spec.Reply{Outcome: spec.OutcomeMethodNotAllowed, Allow: allow, Reason: x.request.Method + " is not allowed here; use " + allow}
	case x.system != nil:
		return &spec.Reply{Outcome: spec.OutcomeNotFound, Reason: "no operation of " + x.system.Name + " has this path; see stagedoor spec list"}
	}
	return &spec.Reply{Reason: "no system has this path"}
}

// preferredOutcome is the first part of phase 3.
func (p *Pipeline) preferredOutcome(_ context.Context, x *exchange) (*spec.Reply, error) {
	want := preferred(x.request.Header)
	if !want.given {
		return nil, nil
	}
	outcome, err := want.force(x.operation, x.sandbox.Readings)
	if err != nil {
		return &spec.Reply{Outcome: x.system.DefaultRefusal, Message: err.Error(), Reason: err.Error()}, nil
	}
	x.forced = journal.ByPrefer
	return forcedReply(x.operation, outcome, "forced by the Prefer header; nothing changed"), nil
}

// identify is the first part of phase 4: the credential that chose the sandbox.
func (p *Pipeline) identify(_ context.Context, x *exchange) (*spec.Reply, error) {
	return p.systems[x.system.Name].Identify(x.call, x.kind), nil
}

func (p *Pipeline) checkPath(_ context.Context, x *exchange) (*spec.Reply, error) {
	return x.refusal(x.operation.CheckPath(x.path)), nil
}

func (p *Pipeline) authorize(ctx context.Context, x *exchange) (*spec.Reply, error) {
	if judge := p.systems[x.system.Name].Authorize; judge != nil {
		return judge(ctx, x.call)
	}
	return nil, nil
}

// countCall counts the call of a known credential, whatever becomes of it;
// checkQuota answers for it in the order of S28.
func (p *Pipeline) countCall(ctx context.Context, x *exchange) (_ *spec.Reply, err error) {
	x.overQuota, err = quota(ctx, x.call)
	return nil, err
}

func (p *Pipeline) checkQuota(_ context.Context, x *exchange) (*spec.Reply, error) {
	return x.overQuota, nil
}

// checkInput is phase 5.
func (p *Pipeline) checkInput(_ context.Context, x *exchange) (*spec.Reply, error) {
	if x.tooLong {
		return x.refusal([]spec.Finding{{In: "body", Rule: "maxLength", Message: "is larger than 1 MiB"}}), nil
	}
	return x.refusal(x.operation.CheckInput(spec.Request{Path: x.path, Query: x.query, Header: x.request.Header, Body: x.body})), nil
}

// refusal answers a request that breaks the contract, naming the first field
// in the text for people and every one in the reason.
func (x *exchange) refusal(found []spec.Finding) *spec.Reply {
	if len(found) == 0 {
		return nil
	}
	x.findings = found
	texts := make([]string, len(found))
	for i, f := range found {
		texts[i] = f.String()
	}
	name := x.operation.Refusal(found)
	reply := &spec.Reply{Outcome: name, Reason: strings.Join(texts, "; ")}
	if name == x.system.DefaultRefusal {
		reply.Message = texts[0]
	}
	return reply
}

// behave is phase 6: the operation itself, then its messages.
func (p *Pipeline) behave(ctx context.Context, x *exchange) (*spec.Reply, error) {
	system := p.systems[x.system.Name]
	reply, err := system.Behaviours[x.operation.ID](ctx, x.call, x.body)
	if err != nil {
		if refused, ok := errors.AsType[*otp.Refused](err); ok {
			x.refusedCode = refused.Reason
		}
		refused, ok := system.Refuse(x.call, err)
		if bad, mistyped := errors.AsType[*undecodable](err); mistyped {
			refused, ok = spec.Reply{Outcome: x.system.DefaultRefusal, Message: bad.Error(), Reason: bad.Error()}, true
		}
		if !ok {
			return nil, fmt.Errorf("%s: %w", x.operation.Name(), err)
		}
		reply = refused
	}
	if err == nil {
		x.deliver()
	}
	return &reply, nil
}

func (x *exchange) deliver() {
	for _, m := range x.call.messages {
		x.sent = append(x.sent, x.sandbox.Inbox.Deliver(inbox.Message{
			At: x.now, System: x.system.Name, Channel: m.Channel, To: m.To, Purpose: string(m.Purpose),
			Code: m.Code, Token: m.Token, Text: m.Text,
		}))
	}
}
