package control_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/control"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// sample is how to call an operation: well, and in ways of its own that fail.
// Paths name sandbox "team", made anew for each operation, with account 7.
type sample struct {
	path     string
	body     string
	limit    int // of a body in bytes, where it is not 1 MiB
	good     int
	also     []wrong
	notFound []string // paths that lead nowhere
}

type wrong struct {
	status     int
	path, body string // empty: those of the sample
}

func samples() map[string]sample {
	const team, ann = "/sandboxes/team", "/sandboxes/team/accounts/7"
	nobody := []string{"/sandboxes/nobody"}
	below := func(path string) []string { return []string{"/sandboxes/nobody" + path} }
	return map[string]sample{
		"healthz":       {path: "/healthz", good: 200},
		"readyz":        {path: "/readyz", good: 200},
		"metrics":       {path: "/metrics", good: 200},
		"listSandboxes": {path: "/sandboxes", good: 200},
		"createSandbox": {path: "/sandboxes", body: `{"name":"mine"}`, good: 201, also: []wrong{
			{400, "", `{"otp":{"mode":"perhaps"}}`}, {409, "", `{"credentials":{"subscriber":{"appToken":"team-app"}}}`},
		}},
		"sandbox": {path: team, good: 200, notFound: nobody},
		"putSandbox": {path: team, body: `{"seed":1}`, good: 200, also: []wrong{
			{201, "/sandboxes/fresh", `{}`}, {400, "", `{"seed":"one"}`}, {400, "/sandboxes/Not%20An%20Id", `{}`},
			{409, "", `{"credentials":{"watch":{"apiKey":"other-key"}}}`},
		}},
		"patchSandbox":  {path: team, body: `{"seed":1}`, good: 200, notFound: nobody, also: []wrong{{400, "", `{}`}}},
		"deleteSandbox": {path: team, good: 204, notFound: nobody, also: []wrong{{409, "/sandboxes/default", ""}}},
		"resetSandbox":  {path: team + "/reset", good: 200, notFound: below("/reset")},
		"exportState":   {path: team + "/state", good: 200, notFound: below("/state")},
		"importState": {path: team + "/state", body: `{"version":1,"credentials":{"subscriber":{"appToken":"team-app"}}}`, limit: 32 << 20, good: 200, also: []wrong{
			{201, "/sandboxes/imported/state", `{}`}, {400, "", `{"version":2}`}, {400, "", `{"accounts":[{"emial":"ann@example.com"}]}`},
			{400, "/sandboxes/Not%20An%20Id/state", `{}`}, {409, "", `{"credentials":{"watch":{"apiKey":"other-key"}}}`},
		}},
		"listMessages": {path: team + "/messages", good: 200, notFound: below("/messages"), also: []wrong{{400, team + "/messages?wait=soon", ""}}},
		"latestCode":   {path: team + "/code", good: 200, notFound: below("/code"), also: []wrong{{400, team + "/code?to=", ""}}},
		"loginQr":      {path: team + "/qr/" + loginCode + ".png", good: 200, notFound: []string{team + "/qr/NOBODYS2.png", "/sandboxes/nobody/qr/" + loginCode + ".png"}},
		"clock":        {path: team + "/clock", good: 200, notFound: below("/clock")},
		"moveClock":    {path: team + "/clock", body: `{"advance":"1h"}`, good: 200, notFound: below("/clock"), also: []wrong{{400, "", `{"advance":"-1h"}`}}},
		"listFaults":   {path: team + "/faults", good: 200, notFound: below("/faults")},
		"replaceFaults": {path: team + "/faults", body: `{"rules":[{"effect":{"drop":"before"}}]}`, good: 200, notFound: below("/faults"), also: []wrong{
			{400, "", `{"rules":[{"effect":{}}]}`}, {400, "", `{"rules":[{"effect":{"outcome":"perhaps"}}]}`},
		}},
		"listAccounts": {path: team + "/accounts", good: 200, notFound: below("/accounts")},
		"createAccount": {path: team + "/accounts", body: `{"email":"bob@example.com"}`, good: 201, notFound: below("/accounts"), also: []wrong{
			{400, "", `{"email":"nobody"}`}, {409, "", `{"email":"ANN@example.com"}`},
		}},
		"account": {path: ann, good: 200, notFound: []string{team + "/accounts/8", team + "/accounts/x", "/sandboxes/nobody/accounts/7"}},
		"patchAccount": {path: ann, body: `{"payment":"failed"}`, good: 200, notFound: []string{team + "/accounts/8", "/sandboxes/nobody/accounts/7"}, also: []wrong{
			{400, "", `{"payment":"perhaps"}`}, {409, "", `{"email":"zoe@example.com"}`},
		}},
		"deleteAccount": {path: ann, good: 204, notFound: []string{team + "/accounts/8", "/sandboxes/nobody/accounts/7"}},
		"listRequests":  {path: team + "/requests", good: 200, notFound: below("/requests"), also: []wrong{{400, team + "/requests?after=x", ""}}},
		"requestsArchive": {path: team + "/requests.har?secrets=keep", good: 200, notFound: below("/requests.har"), also: []wrong{
			{200, team + "/requests.har", ""}, {400, team + "/requests.har?secrets=show", ""}, {400, team + "/requests.har?until=2030-02-31T00:00:00Z", ""},
		}},
		"coverage":       {path: team + "/coverage", good: 200, notFound: below("/coverage"), also: []wrong{{400, team + "/coverage?devise=tv", ""}}},
		"events":         {path: team + "/events?wait=0", good: 200, notFound: below("/events"), also: []wrong{{400, team + "/events?wait=soon", ""}}},
		"clearRequests":  {path: team + "/requests", good: 204, notFound: below("/requests")},
		"servedContract": {path: "/openapi/watch.yaml", good: 200, notFound: []string{"/openapi/watch.txt", "/openapi/nothing.json"}},
	}
}

const token = "let-me-in"

// loginCode is the one that prepare has given out.
const loginCode = "AAAA2222"

// prepare fills a server so that every sample has something to find.
func prepare(t *testing.T, c *client) {
	t.Helper()
	team := sandbox.Document{
		Credentials: &sandbox.Credentials{Subscriber: sandbox.SubscriberCredentials{AppToken: "team-app"}},
		Accounts:    []account.Account{withEmail(7, "ann@example.com"), withEmail(9, "zoe@example.com")},
	}
	other := sandbox.Document{Credentials: &sandbox.Credentials{Watch: sandbox.WatchCredentials{APIKey: "other-key"}}}
	for id, d := range map[string]sandbox.Document{"team": team, "other": other} {
		if _, _, err := c.sandboxes.Put(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	c.sendCode("team", "919999900000", 1<<40)
	s, err := c.sandboxes.Open(t.Context(), "team")
	if err != nil {
		t.Fatal(err)
	}
	policy := otp.Policy{Lifetime: time.Hour, NewToken: func(*rand.Rand) string { return loginCode }}
	if _, err := s.OTP("watch").Peek(t.Context(), loginCode); err != nil {
		if _, err := s.OTP("watch").Grant(t.Context(), noon(), rand.New(rand.NewPCG(1, 1)), otp.Request{
			Purpose: otp.QRLogin, Policy: policy, Payload: json.RawMessage(`{"page":"http://mock.test/v2/watch/auth/login/qr"}`),
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Journal.Append(journal.Entry{
		At: noon(), System: "subscriber", Operation: "login", Outcome: "tokenIssued", Status: 200,
		Findings: []journal.Finding{{In: "body", Pointer: "/email", Rule: "type", Message: "must be a string"}}, Reason: "because",
		Request: journal.Request{Method: "POST", URL: "/api/v1/x", Headers: map[string][]string{}, Body: journal.Body(`{"a":1}`)},
		Reply:   journal.Reply{Headers: map[string][]string{"Content-Type": {"application/json"}}, Body: journal.Body("\xff")},
	})
	s.Coverage.Meet(journal.Meeting{System: "subscriber", Operation: "login", Outcome: "otpSent", Device: "tv", Platform: "tizen"})
}

func withEmail(id account.ID, address string) account.Account {
	a := account.Fresh()
	a.ID, a.Email = id, address
	return a
}

// TestEveryDeclaredStatusIsAnswered goes through every operation and every
// status that spec/control.yaml declares for it. The observer judges each reply;
// what is declared and was not seen fails the test.
func TestEveryDeclaredStatusIsAnswered(t *testing.T) {
	c := start(t, control.Config{Token: token, Hosts: []string{"mock.test:4011"}})
	samples := samples()
	for path, item := range c.contract.doc.Paths.Map() {
		for method, o := range item.Operations() {
			s, ok := samples[o.OperationID]
			if !ok {
				t.Errorf("operation %q has no sample", o.OperationID)
				continue
			}
			delete(samples, o.OperationID)
			t.Run(o.OperationID, func(t *testing.T) { answersAll(t, c, path, method, o, s) })
		}
	}
	for id := range samples {
		t.Errorf("sample %q is of no operation", id)
	}
	for _, missing := range c.contract.unseen() {
		t.Errorf("spec/control.yaml declares %s, and no reply was that", missing)
	}
}

func answersAll(t *testing.T, c *client, path, method string, o *openapi3.Operation, s sample) {
	const auth = "Authorization: Bearer " + token
	prepare(t, c)
	guarded := o.Security == nil
	if guarded {
		c.call(method, s.path, s.body).refused(http.StatusUnauthorized, "Authorization: send the control token")
		c.call(method, s.path, s.body, "Host: evil.example").refused(http.StatusForbidden, `"evil.example"`, "--control-host")
	} else {
		c.call(method, s.path, s.body, "Host: evil.example").is(s.good)
	}
	c.call("TRACE", s.path, "", auth).refused(http.StatusMethodNotAllowed, "this path takes", method)
	for _, nowhere := range s.notFound {
		c.call(method, nowhere, s.body, auth).is(http.StatusNotFound)
	}
	for _, w := range s.also {
		at, body := s.path, s.body
		if w.path != "" {
			at = w.path
		}
		if w.body != "" {
			body = w.body
		}
		c.call(method, at, body, auth).is(w.status)
	}
	if o.RequestBody != nil {
		c.call(method, s.path, s.body, auth, "Content-Type: text/plain").refused(http.StatusUnsupportedMediaType, "Content-Type", "use application/json")
		limit := cmp.Or(s.limit, 1<<20)
		c.call(method, s.path, `{"name":"`+strings.Repeat("x", limit)+`"}`, auth).refused(http.StatusRequestEntityTooLarge, fmt.Sprint(limit>>20, " MiB"))
	}
	if broken := o.Responses.Status(http.StatusInternalServerError); broken != nil {
		c.log.Reset()
		c.store.down.Store(true)
		c.call(method, s.path, s.body, auth).refused(http.StatusInternalServerError, "the store does not answer")
		c.store.down.Store(false)
		if !strings.Contains(c.log.String(), errDown.Error()) {
			t.Error("the log does not say why the store failed")
		}
	}
	if path == "/readyz" {
		c.store.down.Store(true)
		c.call(method, s.path, "").refused(http.StatusServiceUnavailable, "default sandbox")
		c.store.down.Store(false)
	}
	c.call(method, s.path, s.body, auth).is(s.good)
}

func TestControlContractIsCleanOpenAPI(t *testing.T) {
	data, err := spec.File("control.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Error(err)
	}
}
