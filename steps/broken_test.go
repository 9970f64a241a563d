package steps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stagedoor/steps"
	"stagedoor/steps/clause"
)

// call is a request and its reply on the way through a proxy that spoils it.
type call struct {
	operation string // the path between the base and the app token
	request   map[string]any
	reply     *http.Response
	body      map[string]any
}

func (c *call) status(code int) { c.reply.StatusCode = code }

func (c *call) answer(status int, body map[string]any) { c.reply.StatusCode, c.body = status, body }

func (c *call) code() float64 {
	code, _ := c.body["code"].(float64)
	return code
}

func opened() map[string]any {
	return map[string]any{"code": 1, "msg": "success", "result": map[string]any{
		"access_token": map[string]any{"expiry": 86400, "token": "abc.def.ghi"},
	}}
}

// defect is something wrong with an implementation, and the clause and scenario
// in which it must come out.
type defect struct {
	name     string
	spoil    func(*call)
	raw      func(*http.Response, []byte) []byte // after spoil, on the bytes
	clause   string
	scenario string
	verdict  steps.Verdict
}

func defects() []defect {
	return []defect{
		{name: "any login code is right", clause: "SUB-LOGIN-OTP-02", scenario: "A wrong login code is refused", spoil: func(c *call) {
			if c.operation == "user/login/verify/otp" && c.code() == 12 {
				c.answer(200, opened())
			}
		}},
		{name: "any signup code is right", clause: "SUB-SIGNUP-OTP-02", scenario: "The signup code of somebody else is refused", spoil: func(c *call) {
			if c.operation == "user/signup/verify/otp" && c.code() == 12 {
				c.answer(200, opened())
			}
		}},
		{name: "any password is right", clause: "SUB-LOGIN-02", scenario: "The password of somebody else is refused", spoil: func(c *call) {
			if c.operation == "user/login" && c.reply.StatusCode == 401 {
				c.answer(200, opened())
			}
		}},
		{name: "replies lack msg", clause: "SUB-LOGIN-OTP-02", scenario: "A wrong login code is refused", spoil: func(c *call) { delete(c.body, "msg") }},
		{name: "msg is empty", clause: "SUB-REPLY-05", scenario: "A wrong login code is refused", spoil: func(c *call) { c.body["msg"] = "" }},
		{name: "code is a string", clause: "SUB-REPLY-04", scenario: "A wrong password is refused", spoil: func(c *call) {
			c.body["code"] = strconv.FormatFloat(c.code(), 'f', 0, 64)
		}},
		{name: "the life of a code is a string", clause: "SUB-REPLY-05", scenario: "A login by phone sends a code to the number that logs in", spoil: func(c *call) {
			if life, ok := c.body["otpExpiry"].(float64); ok {
				c.body["otpExpiry"] = strconv.FormatFloat(life, 'f', 0, 64)
			}
		}},
		{name: "the code comes back in the reply", clause: "SUB-REPLY-06", scenario: "A wrong login code is refused", verdict: steps.Warn, spoil: func(c *call) {
			if code, ok := c.request["otp"].(string); ok {
				c.body["debug"] = "code " + code + " was entered"
			}
		}},
		{name: "the password comes back in the reply", clause: "SUB-REPLY-06", scenario: "A refused login leaves the right password working", verdict: steps.Warn, spoil: func(c *call) {
			if password, ok := c.request["password"].(string); ok {
				c.body["msg"] = "you sent " + password
			}
		}},
		{name: "everything succeeds", clause: "SUB-LOGIN-01", scenario: "The right password opens a session although somebody else just logged in", spoil: func(c *call) {
			if c.operation == "user/login" {
				c.answer(200, map[string]any{"code": 1, "msg": "ok"})
			}
		}},
		{name: "every login opens a session", clause: "SUB-LOGIN-10", scenario: "A login by e-mail on one device too many is refused, and only for whom it is too many", spoil: func(c *call) {
			if c.operation == "user/login" {
				c.answer(200, opened())
			}
		}},
		{name: "everything is refused", clause: "SUB-SIGNUP-01", scenario: "A signup by e-mail makes an account that can log in", spoil: func(c *call) {
			if c.operation == "user/signup" {
				c.answer(400, map[string]any{"code": 0, "msg": "no"})
			}
		}},
		{name: "malformed bodies crash it", clause: "SUB-LOGIN-04", scenario: "A login whose body is not JSON is a bad request", spoil: func(c *call) {
			if c.request == nil {
				c.answer(500, map[string]any{"code": 0, "msg": "Internal Server Error"})
			}
		}},
		{name: "a code lives shorter than announced", clause: "SUB-LOGIN-OTP-04", scenario: "A login code works one second before its life is over", spoil: stretch("otpExpiry", 2)},
		{name: "a code lives longer than announced", clause: "SUB-SIGNUP-OTP-04", scenario: "A signup code is refused once its life is over", spoil: stretch("otpExpiry", 0.5)},
		{name: "another life is announced than the documented one", clause: "SUB-LOGIN-07", scenario: "A login code is announced to live for 120 seconds", verdict: steps.Warn, spoil: stretch("otpExpiry", 2)},
		{name: "a token lives shorter than announced", clause: "SUB-LOGIN-09", scenario: "The access token of a login by e-mail works one second before its life is over", spoil: stretch("expiry", 2)},
		{name: "a token lives longer than announced", clause: "SUB-SIGNUP-08", scenario: "The access token of a signup by e-mail is refused once its life is over", spoil: stretch("expiry", 0.5)},
		{name: "every bad payment is pending", clause: "SUB-LOGIN-13", scenario: "A login by e-mail tells that the payment is failed, and only whose it is", spoil: func(c *call) {
			if code := c.code(); code == 13 || code == 18 {
				c.body["code"] = 17
			}
		}},
		{name: "a taken address is a server error", clause: "SUB-SIGNUP-02", scenario: "A signup with the e-mail address of somebody else is refused", spoil: func(c *call) {
			if c.reply.StatusCode == 408 {
				c.status(500)
			}
		}},
		{name: "too many calls are a server error", clause: "SUB-LOGIN-19", scenario: "One call too many is refused when Asha logs in by e-mail", spoil: func(c *call) {
			if c.reply.StatusCode == 429 {
				c.status(503)
			}
		}},
		{name: "an expired app token is as good as any", clause: "SUB-SIGNUP-12", scenario: "A signup app with an expired app token is refused when Asha signs up by phone", spoil: func(c *call) {
			if c.code() == 100 {
				c.answer(200, map[string]any{"code": 11, "msg": "sent", "otpExpiry": 120, "otpVerificationToken": "0123456789abcdef"})
			}
		}},
		{name: "the details are those of somebody else", clause: "SUB-LOGIN-16", scenario: "The details behind a login are those of who logged in", verdict: steps.Note, spoil: func(c *call) {
			if user, ok := c.body["userData"].(map[string]any); ok {
				user["email"] = "meera@example.com"
			}
		}},
		{name: "failures are HTML", clause: "SUB-REPLY-03", scenario: "A wrong password is refused", raw: func(reply *http.Response, body []byte) []byte {
			if reply.StatusCode < 400 {
				return body
			}
			reply.Header.Set("Content-Type", "text/html")
			return []byte("<h1>no</h1>")
		}},
		{name: "the content type is missing", clause: "SUB-REPLY-02", scenario: "A wrong password is refused", verdict: steps.Note, raw: func(reply *http.Response, body []byte) []byte {
			reply.Header.Set("Content-Type", "text/plain")
			return body
		}},
		{name: "something stands behind the JSON", clause: "SUB-REPLY-03", scenario: "A wrong password is refused", raw: func(_ *http.Response, body []byte) []byte {
			return append(body, []byte(" {}")...)
		}},
		{name: "a key stands twice", clause: "SUB-REPLY-03", scenario: "A wrong password is refused", raw: func(_ *http.Response, body []byte) []byte {
			return append([]byte(`{"msg":"first",`), bytes.TrimPrefix(body, []byte("{"))...)
		}},
		{name: "bodies are empty", clause: "SUB-REPLY-03", scenario: "A wrong password is refused", raw: func(*http.Response, []byte) []byte { return nil }},
		{name: "replies are endless", clause: "SUB-REPLY-01", scenario: "A wrong password is refused", raw: func(_ *http.Response, body []byte) []byte {
			return append(body, bytes.Repeat([]byte(" "), 1<<20)...)
		}},
		{name: "it sends clients elsewhere", clause: "SUB-LOGIN-01", scenario: "The access token of a login by e-mail opens what is protected", spoil: func(c *call) {
			if c.operation == "user/login" {
				c.status(307)
				c.reply.Header.Set("Location", "/elsewhere")
			}
		}},
	}
}

// stretch multiplies a number wherever the reply has it.
func stretch(key string, by float64) func(*call) {
	return func(c *call) {
		var walk func(map[string]any)
		walk = func(object map[string]any) {
			for name, value := range object {
				switch value := value.(type) {
				case map[string]any:
					walk(value)
				case float64:
					if name == key {
						object[name] = value * by
					}
				}
			}
		}
		walk(c.body)
	}
}

var operationPath = regexp.MustCompile(`^/api/v1/(.*)/token/`)

// spoiling is a proxy in front of the mock with the defect.
func spoiling(t *testing.T, d defect, api string) string {
	t.Helper()
	address, err := url.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := httputil.NewSingleHostReverseProxy(address)
	proxy.Transport = transport
	proxy.ModifyResponse = func(reply *http.Response) error {
		body, err := io.ReadAll(reply.Body)
		if err != nil {
			return err
		}
		if err := reply.Body.Close(); err != nil {
			return err
		}
		if d.spoil != nil {
			c := &call{reply: reply}
			if m := operationPath.FindStringSubmatch(reply.Request.URL.Path); m != nil {
				c.operation = m[1]
			}
			c.request, _ = reply.Request.Context().Value(requestKey{}).(map[string]any)
			if err := json.Unmarshal(body, &c.body); err != nil {
				return err
			}
			d.spoil(c)
			if body, err = json.Marshal(c.body); err != nil {
				return err
			}
		}
		if d.raw != nil {
			body = d.raw(reply, body)
		}
		reply.Body = io.NopCloser(bytes.NewReader(body))
		reply.ContentLength = int64(len(body))
		reply.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	server := httptest.NewServer(keepRequest(proxy))
	t.Cleanup(server.Close)
	return server.URL
}

type requestKey struct{}

func TestADefectComesOutInTheScenarioThatAsksForIt(t *testing.T) {
	b := newBench(t)
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) {
			if d.verdict == steps.Pass {
				d.verdict = steps.Fail
			}
			config := b.config
			config.Supplier = supplier(t, config.Contract, spoiling(t, d, b.mock.URL), b.mock.ControlURL)
			config.Selection.Clauses = []string{d.clause}
			if strings.HasPrefix(d.clause, "SUB-REPLY-") {
				config.Selection = steps.Selection{Operations: []string{"login", "verifyLoginOtp"}}
			}
			config.FailOn = map[steps.Verdict]clause.Level{
				steps.Fail: clause.Must, steps.Warn: clause.Should, steps.Note: clause.May,
			}[d.verdict]
			result, err := steps.Run(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Conclusion(); got != steps.NotConformant {
				t.Errorf("the run came out %s", got)
			}
			if got := clauseVerdict(result, d.clause); got != d.verdict {
				t.Errorf("clause %s came out %s, not %s", d.clause, got, d.verdict)
			}
			failure := failureOf(result, d.scenario, d.clause)
			if failure == nil {
				t.Fatalf("no failure names %q and %s", d.scenario, d.clause)
			}
			checkReport(t, failure)
		})
	}
}

func clauseVerdict(r steps.Result, id string) steps.Verdict {
	i := slices.IndexFunc(r.Clauses, func(c steps.ClauseResult) bool { return c.ID == id })
	if i < 0 {
		return steps.NotJudged
	}
	return r.Clauses[i].Verdict
}

func failureOf(r steps.Result, title, id string) *steps.Failure {
	for _, f := range r.Failures() {
		if f.Scenario.Title == title && slices.Contains(f.Clauses, id) {
			return f
		}
	}
	return nil
}

var password = regexp.MustCompile(`Pw-[0-9a-f]{12}!`)

// checkReport looks for everything that a reader of a failure needs, and for
// what nobody may read.
func checkReport(t *testing.T, f *steps.Failure) {
	t.Helper()
	text := f.String()
	for _, part := range []string{f.Scenario.Title, "clause:", "step:", "expected:", "actual:", "HTTP ", "POST http://", "curl -i -X POST 'http://", "X-Request-Id: sd-"} {
		if !strings.Contains(text, part) {
			t.Errorf("the failure lacks %q:\n%s", part, text)
		}
	}
	if secret := password.FindString(text); secret != "" {
		t.Errorf("the failure shows a password:\n%s", text)
	}
}

// keepRequest lets the proxy see what was asked when it spoils the answer.
func keepRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var request map[string]any
		if json.Unmarshal(body, &request) != nil {
			request = nil
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r.WithContext(withRequest(r, maps.Clone(request))))
	})
}

func withRequest(r *http.Request, request map[string]any) context.Context {
	return context.WithValue(r.Context(), requestKey{}, request)
}
