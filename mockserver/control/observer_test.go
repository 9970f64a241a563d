package control_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"stagedoor/spec"
)

// observer is a transport that holds every reply against spec/control.yaml,
// closed: its status is declared, its headers are there, its media type is one
// of the status, its body fits and has nothing else. It remembers what it saw.
type observer struct {
	t    *testing.T
	next http.RoundTripper
	doc  *openapi3.T

	mu   sync.Mutex
	seen map[string]bool // "operation status"
}

func newObserver(t *testing.T, next http.RoundTripper) *observer {
	t.Helper()
	return &observer{t: t, next: next, doc: closedContract(t), seen: map[string]bool{}}
}

// closedContract is the contract with objects that admit only what they name.
func closedContract(t *testing.T) *openapi3.T {
	t.Helper()
	data, err := spec.File("control.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range doc.Components.Schemas {
		closeObjects(schema.Value)
	}
	return doc
}

func closeObjects(schema *openapi3.Schema) {
	if len(schema.Properties) > 0 && schema.AdditionalProperties.Has == nil && schema.AdditionalProperties.Schema == nil {
		no := false
		schema.AdditionalProperties.Has = &no
	}
	for _, property := range schema.Properties {
		closeObjects(property.Value)
	}
	if schema.Items != nil {
		closeObjects(schema.Items.Value)
	}
}

func (o *observer) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, complaint := range o.check(r, resp, body) {
		o.t.Errorf("%s %s: %d %s", r.Method, r.URL, resp.StatusCode, complaint)
	}
	return resp, nil
}

// check returns what the contract has against a reply.
func (o *observer) check(r *http.Request, resp *http.Response, body []byte) []string {
	var complaints []string
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			complaints = append(complaints, "has the CORS header "+name)
		}
	}
	for _, operation := range o.concerned(r) {
		o.mu.Lock()
		o.seen[fmt.Sprint(operation.OperationID, " ", resp.StatusCode)] = true
		o.mu.Unlock()
		declared := operation.Responses.Status(resp.StatusCode)
		if declared == nil {
			complaints = append(complaints, "is no status of "+operation.OperationID)
			continue
		}
		complaints = append(complaints, misfits(declared.Value, r.Method, resp.Header, body)...)
	}
	return complaints
}

// concerned lists the operations that a request is about: its own, or all of
// the path where the path has no such method.
func (o *observer) concerned(r *http.Request) []*openapi3.Operation {
	path := strings.Split(r.URL.EscapedPath(), "/")
	for template, item := range o.doc.Paths.Map() {
		want := strings.Split(template, "/")
		if len(want) != len(path) || !slices.EqualFunc(want, path, func(want, got string) bool {
			return want == got || strings.HasPrefix(want, "{") && got != ""
		}) {
			continue
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if own := item.Operations()[method]; own != nil {
			return []*openapi3.Operation{own}
		}
		var all []*openapi3.Operation
		for _, operation := range item.Operations() {
			all = append(all, operation)
		}
		return all
	}
	return nil
}

func misfits(declared *openapi3.Response, method string, header http.Header, body []byte) []string {
	var complaints []string
	for name, h := range declared.Headers {
		if h.Value.Required && header.Get(name) == "" {
			complaints = append(complaints, "lacks the header "+name)
		}
	}
	if len(declared.Content) == 0 {
		if len(body) > 0 || header.Get("Content-Type") != "" {
			complaints = append(complaints, "has a body")
		}
		return complaints
	}
	got, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	media := declared.Content[got]
	if err != nil || media == nil {
		return append(complaints, "has the media type "+strconv.Quote(header.Get("Content-Type")))
	}
	if method == http.MethodHead {
		return complaints
	}
	var value any = string(body)
	if strings.HasSuffix(got, "json") {
		if value, err = spec.DecodeJSON(body); err != nil {
			return append(complaints, "has a body that "+err.Error())
		}
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.EnableFormatValidation()); err != nil {
		complaints = append(complaints, fmt.Sprintf("has a body that does not fit: %v", err))
	}
	return complaints
}

// unseen lists what the contract declares and no reply was.
func (o *observer) unseen() []string {
	var missing []string
	for _, item := range o.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if key := operation.OperationID + " " + status; !o.seen[key] {
					missing = append(missing, key)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func TestObserverFindsWhatLeavesTheContract(t *testing.T) {
	const problem = `{"type":"about:blank","title":"Not Found","status":404,"detail":"x"}`
	for name, c := range map[string]struct {
		method, path string
		status       int
		contentType  string
		header       string
		body         string
		want         string // empty: nothing
	}{
		"a good reply":          {"GET", "/healthz", 200, "application/json", "", `{"status":"ok"}`, ""},
		"another status":        {"GET", "/healthz", 201, "application/json", "", `{"status":"ok"}`, "no status of healthz"},
		"an undeclared field":   {"GET", "/healthz", 200, "application/json", "", `{"status":"ok","up":1}`, "does not fit"},
		"a missing field":       {"GET", "/sandboxes", 200, "application/json", "", `{}`, "does not fit"},
		"a nested stranger":     {"GET", "/sandboxes/a/clock", 200, "application/json", "", `{"now":"2030-01-01T00:00:00Z","frozen":true,"x":1}`, "does not fit"},
		"a time that is none":   {"GET", "/sandboxes/a/clock", 200, "application/json", "", `{"now":"noon","frozen":true}`, "does not fit"},
		"another media type":    {"GET", "/sandboxes/a", 404, "application/json", "", problem, "media type"},
		"broken JSON":           {"GET", "/sandboxes/a", 404, "application/problem+json", "", problem + "}", "has a body that"},
		"a missing header":      {"PUT", "/healthz", 405, "application/problem+json", "", problem, "lacks the header Allow"},
		"a body where none is":  {"DELETE", "/sandboxes/a", 204, "", "", "x", "has a body"},
		"a CORS header":         {"GET", "/healthz", 200, "application/json", "Access-Control-Allow-Origin", `{"status":"ok"}`, "CORS"},
		"an empty plain text":   {"GET", "/sandboxes/a/code", 200, "text/plain", "", "", "does not fit"},
		"a path of no contract": {"GET", "/nowhere", 404, "text/html", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, "http://127.0.0.1"+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp := &http.Response{StatusCode: c.status, Header: http.Header{}}
			if c.contentType != "" {
				resp.Header.Set("Content-Type", c.contentType)
			}
			if c.header != "" {
				resp.Header.Set(c.header, "*")
			}
			got := strings.Join(newObserver(t, nil).check(r, resp, []byte(c.body)), "; ")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("complaints %q, want %q", got, c.want)
			}
		})
	}
}
