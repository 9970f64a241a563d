package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// The outcomes that every system has as a whole.
const (
	OutcomeNotFound         = "notFound"
	OutcomeMethodNotAllowed = "methodNotAllowed"
)

// OutcomeServerError is the outcome of every operation for what it cannot do.
const OutcomeServerError = "serverError"

// Outcome is a named result of an operation, in one wire form.
type Outcome struct {
	Name string
	// Component is the name of the wire form: Name, or "name.variant".
	Component string
	Summary   string
	// Status is the canonical HTTP status.
	Status int
	// Code is the application code of the sample: an int, or a string where
	// the system's codes are strings. It is nil where the reply has none.
	Code     any
	Basis    Basis
	Source   Source
	Tolerate Tolerance

	codeField string
	sample    node
	schema    *openapi3.Schema // the branch of the reply schema that the sample fits
	closed    *openapi3.Schema // the same, refusing what it does not name
	compiled  *acceptor        // an accept-only form of closed
}

// Tolerance lists what else a backend may answer.
type Tolerance struct {
	Status []int `json:"status"`
	// Codes are the application codes that are as good.
	Codes []int
	// Failing admits every integer but those of success (1, 11, 14).
	Failing bool
}

// UnmarshalJSON takes {status: […], code: failing | […]}.
func (t *Tolerance) UnmarshalJSON(data []byte) error {
	var wire struct {
		Status []int           `json:"status"`
		Code   json.RawMessage `json:"code"`
	}
	if err := strictJSON(data, &wire); err != nil {
		return err
	}
	t.Status = wire.Status
	var word string
	switch {
	case wire.Code == nil:
	case json.Unmarshal(wire.Code, &word) == nil:
		if word != "failing" {
			return fmt.Errorf("code %q: want \"failing\" or a list", word)
		}
		t.Failing = true
	default:
		return json.Unmarshal(wire.Code, &t.Codes)
	}
	return nil
}

// successCodes are the application codes that announce success in the
// subscriber system (subscriber-api lines 60, 678 and 684).
var successCodes = []int{1, 11, 14}

// codeFields are the fields that carry the application code, by precedence.
var codeFields = []string{"code", "responseCode", "status_code", "status", "success"}

// messageFields are the places of the text for people, by precedence.
var messageFields = []string{"/msg", "/detail", "/message", "/data/message"}

// Successful says whether the outcome is what a client hopes for: a 2xx whose
// application code, if any, is not one of failure.
func (o *Outcome) Successful() bool {
	if o.Status >= 300 {
		return false
	}
	if code, ok := o.Code.(int); ok && o.codeField == "code" {
		return slices.Contains(successCodes, code)
	}
	return true
}

// Sample is the documented wire form, as JSON in the document's key order. It
// is shared, and not to be changed.
func (o *Outcome) Sample() json.RawMessage { return o.sample.raw }

// Has says whether the sample holds a field at this JSON pointer.
func (o *Outcome) Has(pointer string) bool { return o.sample.find(pointer) != nil }

// Int is the whole number at this JSON pointer of the sample, spelled as a
// number or as a text (M4), or 0: a lifetime in seconds, for example.
func (o *Outcome) Int(pointer string) int {
	n := o.sample.find(pointer)
	if n == nil {
		return 0
	}
	switch value := n.scalar.(type) {
	case int:
		return value
	case string:
		if number, err := strconv.Atoi(value); err == nil {
			return number
		}
	}
	return 0
}

// CodeField is the name of the field that carries the application code, or "".
func (o *Outcome) CodeField() string { return o.codeField }

// MessageField is the JSON pointer of the text for people, or "".
func (o *Outcome) MessageField() string {
	for _, pointer := range messageFields {
		if o.Has(pointer) {
			return pointer
		}
	}
	return ""
}

func outcomeNamed(outcomes []*Outcome, name string) *Outcome {
	for _, o := range outcomes {
		if o.Name == name {
			return o
		}
	}
	return nil
}
