package spec

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// Classify lists the outcomes that a reply fits: status and application code
// are the canonical ones or tolerated, and the fields that make the outcome
// are there. A reply may fit several that differ only in wording. body is a
// value of [DecodeJSON].
//
// A field that is null where it may not be makes no outcome if the reply fits
// another without it: {token: null, refresh_token: null} are not two tokens.
func (o *Operation) Classify(status int, body any) []*Outcome {
	object, ok := body.(map[string]any)
	if !ok {
		return nil
	}
	var fits []*Outcome
	for _, outcome := range slices.Concat(o.Outcomes, o.System.Outcomes) {
		if outcome.fits(status, object) {
			fits = append(fits, outcome)
		}
	}
	if slices.ContainsFunc(fits, func(a *Outcome) bool { return !a.hollow(object) }) {
		fits = slices.DeleteFunc(fits, func(a *Outcome) bool { return a.hollow(object) })
	}
	var narrowest []*Outcome
	for _, a := range fits {
		if !slices.ContainsFunc(fits, func(b *Outcome) bool { return b.narrower(a) }) {
			narrowest = append(narrowest, a)
		}
	}
	return narrowest
}

func (o *Outcome) fits(status int, body map[string]any) bool {
	if status != o.Status && !slices.Contains(o.Tolerate.Status, status) {
		return false
	}
	return o.codeFits(body) && hasRequired(o.schema, body)
}

// hollow says whether one of the fields that make the outcome is null and may
// not be.
func (o *Outcome) hollow(body map[string]any) bool {
	return slices.ContainsFunc(demands(o.schema), func(name string) bool {
		value, there := body[name]
		property := o.schema.Properties[name]
		return there && value == nil && property != nil && !property.Value.Nullable
	})
}

func (o *Outcome) codeFits(body map[string]any) bool {
	switch want := o.Code.(type) {
	case nil:
		return true
	case int:
		number, ok := body[o.codeField].(json.Number)
		if !ok {
			return false
		}
		got, err := strconv.Atoi(number.String())
		if err != nil {
			return false
		}
		return got == want || slices.Contains(o.Tolerate.Codes, got) || o.Tolerate.Failing && !slices.Contains(successCodes, got)
	default:
		return body[o.codeField] == want
	}
}

// hasRequired says whether the fields that the schema requires are there.
func hasRequired(schema *openapi3.Schema, body map[string]any) bool {
	for _, name := range schema.Required {
		if _, there := body[name]; !there {
			return false
		}
	}
	if len(schema.AnyOf) == 0 {
		return true
	}
	return slices.ContainsFunc(schema.AnyOf, func(branch *openapi3.SchemaRef) bool { return hasRequired(branch.Value, body) })
}

// narrower says whether o asks for everything that other does, and for more.
func (o *Outcome) narrower(other *Outcome) bool {
	mine, theirs := demands(o.schema), demands(other.schema)
	return len(mine) > len(theirs) && !slices.ContainsFunc(theirs, func(name string) bool { return !slices.Contains(mine, name) })
}

func demands(schema *openapi3.Schema) []string {
	names := slices.Clone(schema.Required)
	for _, branch := range schema.AnyOf {
		names = append(names, branch.Value.Required...)
	}
	return names
}

// Check holds a reply that is meant to be this outcome against the schema of
// the outcome and its application codes, the tolerated ones included. Fields
// that the contract does not name are left alone.
func (o *Outcome) Check(header http.Header, body []byte) []Finding {
	value, found := decodeReply(header, body)
	if len(found) > 0 {
		return found
	}
	found = checkValue("body", o.schema, value)
	object, ok := value.(map[string]any)
	pointer := "/" + o.codeField
	if !ok || o.codeFits(object) || slices.ContainsFunc(found, func(f Finding) bool { return f.Pointer == pointer }) {
		return found
	}
	return append(found, Finding{In: "body", Pointer: pointer, Rule: "outcome", Message: "is not the code of " + o.Name})
}

// CheckClosed is [Outcome.Check] for the mock's own replies: canonical codes
// only, and no field that the contract does not name.
func (o *Outcome) CheckClosed(body []byte) []Finding {
	if o.compiled.accepts(body) {
		return nil
	}
	return checkJSON("body", o.closed, body)
}

// CheckReply holds a reply against the operation: its status is documented or
// tolerated, it is strict JSON, and it fits an outcome and its schema. It
// returns the outcomes that it fits, and what is wrong with it.
func (o *Operation) CheckReply(status int, header http.Header, body []byte) ([]*Outcome, []Finding) {
	value, found := decodeReply(header, body)
	if len(found) > 0 {
		return nil, found
	}
	fits := o.Classify(status, value)
	if len(fits) == 0 {
		return nil, []Finding{{In: "status", Rule: "outcome", Message: fmt.Sprintf("%d with this body is no outcome of %s", status, o.ID)}}
	}
	return fits, fits[0].Check(header, body)
}

func decodeReply(header http.Header, body []byte) (any, []Finding) {
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || mediaType != jsonType {
		return nil, []Finding{{In: "header", Pointer: "Content-Type", Rule: "content", Message: "must be " + jsonType}}
	}
	value, err := DecodeJSON(body)
	if err != nil {
		return nil, []Finding{{In: "body", Rule: "json", Message: err.Error()}}
	}
	return value, nil
}

// closeReplies gives every outcome a second schema that refuses what it does
// not name: the open one is for backends, the closed one for the mock.
func closeReplies(s *System) {
	closed := map[*openapi3.Schema]*openapi3.Schema{}
	compiled := map[*openapi3.Schema]*acceptor{}
	outcomes := slices.Clone(s.Outcomes)
	for _, o := range s.Operations {
		outcomes = append(outcomes, o.Outcomes...)
	}
	for _, o := range outcomes {
		o.closed = closeSchema(o.schema, closed)
		if compiled[o.closed] == nil {
			compiled[o.closed] = compile(o.closed)
		}
		o.compiled = compiled[o.closed]
	}
}

// closeSchema copies a schema so that its objects admit only what they name.
// done breaks cycles and keeps shared schemas shared.
func closeSchema(schema *openapi3.Schema, done map[*openapi3.Schema]*openapi3.Schema) *openapi3.Schema {
	if copied, ok := done[schema]; ok {
		return copied
	}
	copied := *schema
	done[schema] = &copied
	refs := func(from openapi3.SchemaRefs) openapi3.SchemaRefs {
		var to openapi3.SchemaRefs
		for _, ref := range from {
			to = append(to, &openapi3.SchemaRef{Ref: ref.Ref, Value: closeSchema(ref.Value, done)})
		}
		return to
	}
	copied.OneOf, copied.AnyOf = refs(schema.OneOf), refs(schema.AnyOf)
	if schema.Items != nil {
		copied.Items = &openapi3.SchemaRef{Ref: schema.Items.Ref, Value: closeSchema(schema.Items.Value, done)}
	}
	if len(schema.Properties) > 0 {
		no := false
		copied.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
		copied.Properties = make(openapi3.Schemas, len(schema.Properties))
		for name, ref := range schema.Properties {
			copied.Properties[name] = &openapi3.SchemaRef{Ref: ref.Ref, Value: closeSchema(ref.Value, done)}
		}
	}
	return &copied
}
