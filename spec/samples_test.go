package spec_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"stagedoor/spec"
)

// sample is a body that a document prints.
type sample struct {
	Document  string          `json:"document"`
	Line      int             `json:"line"`
	System    string          `json:"system"`
	Operation string          `json:"operation"`
	Kind      string          `json:"kind"`
	Status    int             `json:"status"`
	Outcome   string          `json:"outcome"`
	Value     json.RawMessage `json:"value"`
}

func (s sample) name() string { return s.System + "." + s.Operation }

func (s sample) object(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(s.Value, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func samples(t testing.TB) []sample {
	t.Helper()
	data, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// judge holds a body against the contract as the sample's request or reply.
// fits is false for a reply that is not the sample's outcome.
func judge(o *spec.Operation, s sample, body []byte) (fits bool, found []spec.Finding) {
	if s.Kind == "request" {
		header := jsonHeader()
		header.Set("CompanyID", "76bc712200ca444fa334f9e55e5fd7a8")
		return true, o.CheckInput(spec.Request{Header: header, Body: body})
	}
	outcomes, found := o.CheckReply(s.Status, jsonHeader(), body)
	return slices.Contains(outcomeNames(outcomes), s.Outcome), found
}

func TestEverySampleOfTheDocumentsKeepsTheContract(t *testing.T) {
	for _, s := range samples(t) {
		fits, found := judge(operation(t, s.name()), s, s.Value)
		if !fits || len(found) > 0 {
			t.Errorf("%s line %d: %s of %s: is %s: %v; findings %v", s.Document, s.Line, s.Kind, s.name(), s.Outcome, fits, found)
		}
	}
}

func TestNoSampleKeepsTheContractWithOneValueOfAnotherType(t *testing.T) {
	for _, s := range samples(t) {
		for field, value := range s.object(t) {
			spoilt := s.object(t)
			switch value.(type) {
			case map[string]any, []any:
				spoilt[field] = "a text"
			default:
				spoilt[field] = map[string]any{}
			}
			body, err := json.Marshal(spoilt)
			if err != nil {
				t.Fatal(err)
			}
			if fits, found := judge(operation(t, s.name()), s, body); fits && len(found) == 0 {
				t.Errorf("%s line %d: nothing is found when %s is %v", s.Document, s.Line, field, spoilt[field])
			}
		}
	}
}

func TestKinOpenAPIAloneAgreesAboutEverySample(t *testing.T) {
	for _, s := range samples(t) {
		schema := schemaOf(t, contract(t).System(s.System).Doc, s)
		object := s.object(t)
		if err := schema.VisitJSON(object); err != nil {
			t.Errorf("%s line %d: %v", s.Document, s.Line, err)
		}
		for field := range object {
			delete(object, field)
		}
		if schema.VisitJSON(object) == nil {
			t.Errorf("%s line %d: its schema takes an empty object", s.Document, s.Line)
		}
	}
}

// schemaOf finds the schema of a sample without our own reading of the file.
func schemaOf(t testing.TB, doc *openapi3.T, s sample) *openapi3.Schema {
	t.Helper()
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			switch {
			case o.OperationID != s.Operation:
			case s.Kind == "request":
				return o.RequestBody.Value.Content.Get("application/json").Schema.Value
			default:
				return o.Responses.Status(s.Status).Value.Content.Get("application/json").Schema.Value
			}
		}
	}
	t.Fatalf("no operation %s", s.name())
	return nil
}

func TestNoSampleOfTheDocumentsIsLeftOut(t *testing.T) {
	counts := map[string]int{}
	kinds := map[string]map[string]int{}
	for _, s := range samples(t) {
		counts[s.Document]++
		if kinds[s.name()] == nil {
			kinds[s.name()] = map[string]int{}
		}
		kinds[s.name()][s.Kind]++
	}
	// The watch document prints none; that of verifynow prints no bodies of requests.
	if want := map[string]int{"subscriber-api": 46, "digipay-api": 2, "verifynow-api": 3}; !maps.Equal(counts, want) {
		t.Errorf("got %v samples by document, want %v", counts, want)
	}
	for _, s := range contract(t).Systems {
		for _, o := range s.Operations {
			if o.Basis.Code != "documented" || s.Name == "watch" {
				continue
			}
			if kinds[o.Name()]["reply"] == 0 {
				t.Errorf("there is no sample of a reply of %s", o.Name())
			}
			if takesBody(s.Doc, o.ID) && kinds[o.Name()]["request"] == 0 {
				t.Errorf("there is no sample of a request of %s", o.Name())
			}
		}
	}
}

func takesBody(doc *openapi3.T, id string) bool {
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.OperationID == id {
				return o.RequestBody != nil
			}
		}
	}
	return false
}

// The samples are what the mock answers with, so that a client that was written
// against the document meets what it expects.
func TestOutcomesSayWhatTheSamplesSay(t *testing.T) {
	for _, s := range samples(t) {
		if s.Kind != "reply" {
			continue
		}
		var ours map[string]any
		if err := json.Unmarshal(outcome(t, s.name(), s.Outcome).Sample(), &ours); err != nil {
			t.Fatal(err)
		}
		for field, want := range s.object(t) {
			got, there := ours[field]
			number, isNumber := want.(float64)
			switch {
			case !there, isNumber && got != number, (field == "msg" || field == "message") && got != want:
				t.Errorf("%s line %d: %s is %v, and %v in the outcome %s", s.Document, s.Line, field, want, got, s.Outcome)
			}
		}
	}
}
