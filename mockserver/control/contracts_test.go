package control_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"stagedoor/mockserver/control"
	"stagedoor/spec"
)

func TestContractsAreServedAsTheyAre(t *testing.T) {
	c := start(t, control.Config{})
	for _, name := range []string{"subscriber", "digipay", "watch", "verifynow", "control"} {
		source, err := spec.File(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		a := c.call("GET", "/openapi/"+name+".yaml", "").is(http.StatusOK)
		if a.header.Get("Content-Type") != "application/yaml" || a.body != string(source) {
			t.Errorf("%s.yaml is not the file, or is %s", name, a.header.Get("Content-Type"))
		}
		a = c.call("GET", "/openapi/"+name+".json", "").is(http.StatusOK)
		if a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s.json is %s", name, a.header.Get("Content-Type"))
		}
		sameContract(t, name, source, []byte(a.body))
	}
	c.call("GET", "/openapi/nothing.yaml", "").refused(http.StatusNotFound, `"nothing.yaml"`, "control.json")
	c.call("GET", "/openapi/watch", "").is(http.StatusNotFound)
}

// sameContract compares the JSON with the YAML: as OpenAPI, value by value, and
// in the order of the keys.
func sameContract(t *testing.T, name string, source, converted []byte) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(converted)
	if err != nil {
		t.Fatalf("%s.json: %v", name, err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("%s.json: %v", name, err)
	}
	plain, err := yaml.YAMLToJSON(source)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := decoded(t, plain), decoded(t, converted); !reflect.DeepEqual(want, got) {
		t.Errorf("%s.json says something else than %s.yaml", name, name)
	}
	last := -1
	for _, key := range []string{`"openapi"`, `"info"`, `"servers"`, `"paths"`, `"components"`} {
		at := bytes.Index(converted, []byte("\n  "+key+":"))
		if at <= last {
			t.Errorf("%s.json: %s is out of order", name, key)
		}
		last = at
	}
}

func decoded(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWithContractsServesSystemsBesideThem(t *testing.T) {
	contract, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	server := httptest.NewServer(control.WithContracts(contract, next))
	t.Cleanup(server.Close)
	for _, w := range []struct {
		method, path string
		served       bool
	}{
		{"GET", "/openapi/subscriber.yaml", true}, {"GET", "/openapi/verifynow.json", true}, {"HEAD", "/openapi/watch.json", true},
		{"GET", "/openapi/control.yaml", false}, {"GET", "/openapi/nothing.yaml", false}, {"GET", "/openapi/", false}, {"POST", "/openapi/watch.json", false},
		{"GET", "/api/v1/openapi/watch.json", false}, {"GET", "/", false},
	} {
		r, err := http.NewRequestWithContext(t.Context(), w.method, server.URL+w.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !w.served {
			if resp.StatusCode != http.StatusTeapot {
				t.Errorf("%s %s: %d, and not next's", w.method, w.path, resp.StatusCode)
			}
			continue
		}
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: %d %v", w.method, w.path, resp.StatusCode, resp.Header)
		}
		if w.method == "GET" && !strings.Contains(string(body), "openapi") {
			t.Errorf("%s: %.80s", w.path, body)
		}
	}
}
