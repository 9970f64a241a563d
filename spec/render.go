package spec

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reply is what a behaviour answers: an outcome by name, and the fields in
// which this reply differs from the outcome's sample.
type Reply struct {
	Outcome string
	Fields  Fields
	// Message replaces the text for people, wherever the system has it.
	Message string
	// Reason explains the reply to a developer. It is no part of the body.
	Reason string
	// RetryAfter and Allow become the headers of the same names.
	RetryAfter string
	Allow      string
}

// Fields are values by JSON pointer: "/result/access_token/token". A pointer
// that leads to an object replaces it whole.
type Fields map[string]any

// below says whether an override lies strictly below prefix.
func (f Fields) below(prefix string) bool {
	for pointer := range f {
		if len(pointer) > len(prefix) && strings.HasPrefix(pointer, prefix) && pointer[len(prefix)] == '/' {
			return true
		}
	}
	return false
}

// Render is the outcome's JSON with the reply's fields in it. A field that the
// sample does not have is an error: the wire form is the contract's to decide.
// Where nothing differs it is the sample itself, not to be changed.
func (o *Outcome) Render(r Reply) ([]byte, error) {
	overrides := r.Fields
	if r.Message != "" {
		if pointer := o.MessageField(); pointer != "" {
			overrides = maps.Clone(r.Fields)
			if overrides == nil {
				overrides = Fields{}
			}
			overrides[pointer] = r.Message
		}
	}
	if len(overrides) == 0 {
		return o.sample.raw, nil
	}
	used := 0
	out, err := o.sample.render(make([]byte, 0, len(o.sample.raw)+512), "", overrides, &used)
	if err != nil {
		return nil, fmt.Errorf("render outcome %s: %w", o.Component, err)
	}
	if used != len(overrides) {
		return nil, fmt.Errorf("render outcome %s: the sample lacks one of %s", o.Component, strings.Join(slices.Sorted(maps.Keys(overrides)), " "))
	}
	return out, nil
}

// without is the outcome without a field of its sample.
func (o *Outcome) without(pointer string) *Outcome {
	if !o.Has(pointer) {
		return o
	}
	other := *o
	other.sample = o.sample.without(strings.Split(strings.TrimPrefix(pointer, "/"), "/"))
	return &other
}

// without is the fields without those at or below a pointer.
func (f Fields) without(pointer string) Fields {
	kept := Fields{}
	for at, value := range f {
		if at != pointer && !strings.HasPrefix(at, pointer+"/") {
			kept[at] = value
		}
	}
	return kept
}

// renamed is the outcome with other names for top-level fields on the wire.
// Overrides go by the sample's names all the same.
func (o *Outcome) renamed(names map[string]string) *Outcome {
	if !slices.ContainsFunc(o.sample.fields, func(f field) bool { return names[f.name] != "" }) {
		return o
	}
	other := *o
	other.sample = node{kind: objectNode, raw: []byte{'{'}, fields: slices.Clone(o.sample.fields)}
	for i := range other.sample.fields {
		f := &other.sample.fields[i]
		if name := names[f.name]; name != "" {
			f.prefix = bytes.Replace(f.prefix, []byte(`"`+f.name+`"`), []byte(`"`+name+`"`), 1)
		}
		other.sample.raw = append(append(other.sample.raw, f.prefix...), f.node.raw...)
	}
	other.sample.raw = append(other.sample.raw, '}')
	return &other
}
