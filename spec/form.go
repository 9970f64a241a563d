package spec

import (
	"errors"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// form is a wire form, read once for all the operations that answer with it.
type form struct {
	outcome  Outcome // without a place: no name, status or schema
	value    any
	branches map[*openapi3.Schema]*openapi3.Schema
}

// form reads the component of this name.
func (b *builder) form(component string) (*form, error) {
	if f := b.forms[component]; f != nil {
		return f, nil
	}
	example := b.system.Doc.Components.Examples[component]
	if example == nil {
		return nil, fmt.Errorf("no component %s", component)
	}
	f := &form{branches: map[*openapi3.Schema]*openapi3.Schema{}}
	o := &f.outcome
	o.Component, o.Summary = component, example.Value.Summary
	for key, into := range map[string]any{"x-basis": &o.Basis, "x-source": &o.Source, "x-tolerate": &o.Tolerate} {
		if err := decodeExtension(example.Value.Extensions, key, into); err != nil {
			return nil, err
		}
	}
	if o.Basis == (Basis{}) {
		return nil, errors.New("has no x-basis")
	}
	if err := o.setSample(b.system.tree.at("components", "examples", component).get("value")); err != nil {
		return nil, err
	}
	var err error
	if f.value, err = DecodeJSON(o.sample.raw); err != nil {
		return nil, fmt.Errorf("its sample %w", err)
	}
	b.forms[component] = f
	return f, nil
}

func (o *Outcome) setSample(value any) error {
	sample, err := newNode(value)
	if err != nil {
		return err
	}
	if sample.kind != objectNode {
		return errors.New("has no value, or one that is not an object")
	}
	o.sample = sample
	for _, field := range codeFields {
		if n := o.sample.find("/" + field); n != nil {
			o.codeField, o.Code = field, n.scalar
			break
		}
	}
	return nil
}

// branch finds what of a reply schema the sample fits: the schema itself, or
// one of the forms it allows.
func (f *form) branch(schema *openapi3.Schema) (*openapi3.Schema, error) {
	if branch := f.branches[schema]; branch != nil {
		return branch, nil
	}
	if found := checkValue("body", schema, f.value); len(found) > 0 {
		return nil, fmt.Errorf("its sample does not validate: %s", found[0])
	}
	branch := schema
	for _, candidate := range slices.Concat(schema.OneOf, schema.AnyOf) {
		if len(candidate.Value.Properties) > 0 && visit(candidate.Value, f.value) == nil {
			branch = candidate.Value
			break
		}
	}
	f.branches[schema] = branch
	return branch, nil
}
