package pipeline_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
	"stagedoor/mockserver/subscriber"
	"stagedoor/spec"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// load reads the contract once for all tests; nothing changes it.
var load = sync.OnceValues(spec.Load)

// stage is a pipeline with the subscriber system, in which one behaviour may be
// another.
type stage struct {
	*pipeline.Pipeline
	registry *sandbox.Registry
	contract *spec.Contract
	log      bytes.Buffer
}

func newStage(t *testing.T, settings sandbox.Settings, change func(*pipeline.Config)) *stage {
	t.Helper()
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{contract: contract}
	now := clock.NewManual(noon)
	s.registry = sandbox.New(sandbox.Config{Contract: contract, Store: store.NewMemory(), Clock: now, Entropy: rand.Reader, FeedLimit: 100})
	d, err := sandbox.Fixture()
	if err != nil {
		t.Fatal(err)
	}
	d.Settings = settings
	if _, _, err := s.registry.Put(t.Context(), sandbox.DefaultID, d); err != nil {
		t.Fatal(err)
	}
	config := pipeline.Config{
		Contract: contract, Sandboxes: s.registry, Clock: now, Systems: []pipeline.System{subscriber.System()},
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
	if change != nil {
		change(&config)
	}
	if s.Pipeline, err = pipeline.New(config); err != nil {
		t.Fatal(err)
	}
	return s
}

const lookup = "/api/v1/lookup/token/demo-app/device/mobile/platform/ios"

func (s *stage) do(method, path string, header map[string]string, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// instead makes one operation behave otherwise.
func instead(operation string, h func() (spec.Reply, error)) func(*pipeline.Config) {
	return func(c *pipeline.Config) {
		c.Systems[0].Behaviours[operation] = func(context.Context, *pipeline.Call, []byte) (spec.Reply, error) { return h() }
	}
}

const ann = `{"type":"email","email":"ann@example.com"}`

func TestAFaultOfABehaviourIsLoggedWholeAndShownAsServerError(t *testing.T) {
	for name, behave := range map[string]func() (spec.Reply, error){
		"an unknown error":           func() (spec.Reply, error) { return spec.Reply{}, errors.New("the disk is on fire") },
		"a panic":                    func() (spec.Reply, error) { panic("the disk is on fire") },
		"an outcome of no such name": func() (spec.Reply, error) { return spec.Reply{Outcome: "the disk is on fire"}, nil },
		"a field that is not there": func() (spec.Reply, error) {
			return spec.Reply{Outcome: "exists", Fields: spec.Fields{"/the disk is on fire": 1}}, nil
		},
		"a reply outside the contract": func() (spec.Reply, error) {
			return spec.Reply{Outcome: "exists", Fields: spec.Fields{"/code": "the disk is on fire"}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, sandbox.Settings{}, instead("lookup", behave))
			w := s.do(http.MethodPost, lookup, nil, ann)
			if w.Code != http.StatusInternalServerError || w.Header().Get("Stagedoor-Outcome") != "serverError" {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "fire") {
				t.Errorf("the client learns of it: %s", w.Body)
			}
			if name != "a reply outside the contract" && !strings.Contains(s.log.String(), "the disk is on fire") {
				t.Errorf("the log does not: %s", &s.log)
			}
		})
	}
}

// To the contract a key in another case is one that it does not know; Go's
// decoder takes it for the field.
func TestAKeyInAnotherCaseIsIgnored(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	for _, other := range []string{`5`, `"nobody@example.com"`} {
		w := s.do(http.MethodPost, lookup, nil, `{"type":"email","email":"ann@example.com","EMAIL":`+other+`}`)
		if w.Header().Get("Stagedoor-Outcome") != "exists" {
			t.Errorf("with EMAIL %s: answered %d %s", other, w.Code, w.Body)
		}
	}
}

// broken is a store that has lost its disk.
type broken struct{ store.Driver }

func (broken) Get(context.Context, string) ([]byte, error) {
	return nil, errors.New("the disk is on fire")
}

func TestALostStoreIsAServerErrorAndNoBrokenConnection(t *testing.T) {
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p, err := pipeline.New(pipeline.Config{
		Contract: contract, Clock: clock.NewManual(noon), Systems: []pipeline.System{subscriber.System()}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Sandboxes: sandbox.New(sandbox.Config{Contract: contract, Store: broken{store.NewMemory()}, Clock: clock.NewManual(noon), Entropy: rand.Reader, FeedLimit: 1}),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, lookup, strings.NewReader(ann)))
	if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "the disk is on fire") {
		t.Errorf("the log says %s", &log)
	}
}

func TestTheSelfCheckCanBeSwitchedOff(t *testing.T) {
	broken := instead("lookup", func() (spec.Reply, error) {
		return spec.Reply{Outcome: "exists", Fields: spec.Fields{"/code": "1"}}, nil
	})
	s := newStage(t, sandbox.Settings{}, func(c *pipeline.Config) { broken(c); c.Unchecked = true })
	if w := s.do(http.MethodPost, lookup, nil, ann); w.Code != http.StatusOK || w.Body.String() != `{"code":"1","msg":"email exists"}` {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestBehavioursAndOperationsMustCoverEachOther(t *testing.T) {
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	missing := subscriber.System()
	delete(missing.Behaviours, "lookup")
	if _, err := pipeline.New(pipeline.Config{Contract: contract, Systems: []pipeline.System{missing}}); err == nil || !strings.Contains(err.Error(), "subscriber.lookup has no behaviour") {
		t.Errorf("a missing behaviour: %v", err)
	}
	extra := subscriber.System()
	extra.Behaviours["fly"] = extra.Behaviours["lookup"]
	if _, err := pipeline.New(pipeline.Config{Contract: contract, Systems: []pipeline.System{extra}}); err == nil || !strings.Contains(err.Error(), "subscriber.fly has no operation") {
		t.Errorf("a behaviour without operation: %v", err)
	}
}

func TestARefusalNamesTheField(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodPost, strings.Replace(lookup, "ios", "fire-os", 1), nil, ann)
	if got := w.Header().Get("Stagedoor-Reason"); !strings.Contains(got, "path platform must be one of") || !strings.Contains(got, "did you mean fireos?") {
		t.Errorf("reason %q", got)
	}
	w = s.do(http.MethodPost, lookup, nil, `{"type":"email","email":1}`)
	if !strings.Contains(w.Body.String(), `"msg":"email must be a string"`) {
		t.Errorf("answered %s", w.Body)
	}
}

func TestAWrongMethodNamesTheRightOne(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodGet, lookup, nil, "")
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" || w.Body.String() != `{"code":0,"msg":"Method Not Allowed"}` {
		t.Errorf("answered %d, Allow %q: %s", w.Code, w.Header().Get("Allow"), w.Body)
	}
}

func TestAPathUnderNoSystemListsTheSystems(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodPost, "/somewhere/else", nil, "{}")
	if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), "subscriber at /api/v1") {
		t.Errorf("answered %d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

func TestAStatus408ClosesTheConnection(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodPost, lookup, map[string]string{"Prefer": "example=exists"}, ann)
	if got := w.Header().Get("Connection"); got != "" {
		t.Errorf("a 200 has Connection: %q", got)
	}
	signup := strings.Replace(lookup, "lookup", "user/signup", 1)
	if w = s.do(http.MethodPost, signup, map[string]string{"Prefer": "example=alreadyExists"}, ann); w.Code != http.StatusRequestTimeout || w.Header().Get("Connection") != "close" {
		t.Errorf("answered %d with Connection: %q", w.Code, w.Header().Get("Connection"))
	}
}

func TestTheQuotaStartsAnewAtMidnightOfTheSandbox(t *testing.T) {
	s := newStage(t, sandbox.Settings{Quota: sandbox.QuotaSettings{PerDay: 2}}, nil)
	for range 2 {
		if w := s.do(http.MethodPost, lookup, nil, ann); w.Code != http.StatusOK {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
	}
	w := s.do(http.MethodPost, lookup, nil, ann)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "43200" {
		t.Errorf("answered %d, Retry-After %q, want 429 and the 12 hours to midnight", w.Code, w.Header().Get("Retry-After"))
	}
	if _, err := s.registry.MoveClock(t.Context(), sandbox.DefaultID, sandbox.ClockChange{Advance: 12 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if w := s.do(http.MethodPost, lookup, nil, ann); w.Code != http.StatusOK {
		t.Errorf("the next day answered %d %s", w.Code, w.Body)
	}
}

func TestTheDateOfAReplyIsTheSandboxs(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	if _, err := s.registry.MoveClock(t.Context(), sandbox.DefaultID, sandbox.ClockChange{Advance: 365 * 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if got := s.do(http.MethodPost, lookup, nil, ann).Header().Get("Date"); got != "Mon, 01 Mar 2027 12:00:00 GMT" {
		t.Errorf("Date: %s", got)
	}
}

func TestAnyOriginMayUseTheAPI(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodOptions, lookup, map[string]string{"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}, "")
	if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the preflight answered %d %v", w.Code, w.Header())
	}
	for _, name := range []string{"AccessToken", "authToken", "CompanyID", "ClientID", "Authorization", "Prefer", "Content-Type"} {
		if !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s is not allowed", name)
		}
	}
	w = s.do(http.MethodPost, lookup, map[string]string{"Origin": "https://app.example"}, ann)
	for _, name := range []string{"Retry-After", "Allow", "Stagedoor-Outcome", "Stagedoor-Reason", "Stagedoor-Forced", "Stagedoor-Request"} {
		if !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), name) {
			t.Errorf("%s is not exposed", name)
		}
	}
}

func TestABodyOfOneMebibyteIsReadAndALargerOneRefused(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	padded := func(size int) string {
		return ann + strings.Repeat(" ", size-len(ann))
	}
	if w := s.do(http.MethodPost, lookup, nil, padded(pipeline.MaxBody)); w.Code != http.StatusOK {
		t.Errorf("1 MiB answered %d", w.Code)
	}
	if w := s.do(http.MethodPost, lookup, nil, padded(pipeline.MaxBody+1)); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "1 MiB") {
		t.Errorf("more answered %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequest(http.MethodPost, lookup, io.MultiReader(strings.NewReader(padded(pipeline.MaxBody)), strings.NewReader("x")))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "1 MiB") {
		t.Errorf("more, of unknown length, answered %d %s", w.Code, w.Body)
	}
}

func TestAReplyExplainsItselfUnlessSwitchedOff(t *testing.T) {
	s := newStage(t, sandbox.Settings{}, nil)
	w := s.do(http.MethodPost, lookup, nil, ann)
	d, err := s.registry.Open(t.Context(), sandbox.DefaultID)
	if err != nil {
		t.Fatal(err)
	}
	if entry, ok := d.Journal.Get(w.Header().Get("Stagedoor-Request")); !ok || entry.Outcome != "exists" || w.Header().Get("Stagedoor-Outcome") != "exists" {
		t.Errorf("headers %v, entry %v", w.Header(), entry)
	}
	silent := newStage(t, sandbox.Settings{}, func(c *pipeline.Config) { c.Silent = true })
	for name := range silent.do(http.MethodPost, lookup, nil, ann).Header() {
		if strings.HasPrefix(name, "Stagedoor-") {
			t.Errorf("a silent mock sends %s", name)
		}
	}
}

func TestTheLogShowsRecipientAndCodeOfASentOTP(t *testing.T) {
	s := newStage(t, sandbox.Settings{OTP: sandbox.OTPSettings{Mode: sandbox.OTPFixed, Code: "482913"}}, nil)
	s.do(http.MethodPost, strings.Replace(lookup, "lookup", "forgot/password/verify/otp", 1), nil, `{"emailId":"ann@example.com"}`)
	for _, want := range []string{"operation=subscriber.forgotPassword", "outcome=otpSent", "to=ann@example.com", "code=4829"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, &s.log)
		}
	}
}
