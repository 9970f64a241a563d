package main

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// schemaPrinter prints a schema for people: scalars in the line of their
// property, objects under their names, each once.
type schemaPrinter struct {
	w       io.Writer
	indent  string
	pending []named
	printed []string
}

type named struct {
	name   string
	schema *openapi3.Schema
}

// print writes the schema that ref leads to and the objects below it.
func (p *schemaPrinter) print(name string, ref *openapi3.SchemaRef) {
	p.words(name, ref)
	for len(p.pending) > 0 {
		next := p.pending[0]
		p.pending = p.pending[1:]
		p.object(next)
	}
}

func (p *schemaPrinter) object(n named) {
	fmt.Fprintln(p.w, p.indent+n.name)
	if n.schema.Description != "" {
		paragraph(p.w, p.indent+"  ", plain(n.schema.Description))
	}
	if len(n.schema.OneOf) > 0 {
		item(p.w, p.indent+"  ", "is ", p.branches(n))
	}
	var rows [][]string
	for _, name := range properties(n.schema) {
		need := "optional"
		if slices.Contains(n.schema.Required, name) {
			need = "required"
		}
		ref := n.schema.Properties[name]
		rows = append(rows, []string{name, need, p.words(n.name+"."+name, ref)})
	}
	table(p.w, p.indent+"  ", rows)
	var choices []string
	for _, branch := range n.schema.AnyOf {
		choices = append(choices, condition(branch.Value))
	}
	if len(choices) > 0 {
		item(p.w, p.indent+"  ", "with ", strings.Join(choices, ", or "))
	}
}

// condition words a branch of an anyOf: the properties that it needs, and the
// values that it wants or does not want.
func condition(branch *openapi3.Schema) string {
	words := slices.Clone(branch.Required)
	for _, name := range slices.Sorted(maps.Keys(branch.Properties)) {
		switch property := branch.Properties[name].Value; {
		case len(property.Enum) > 0:
			words = append(words, name+" "+options(property.Enum))
		case property.Not != nil:
			words = append(words, name+" other than "+options(property.Not.Value.Enum))
		}
	}
	return strings.Join(words, " and ")
}

// properties are the names of an object's properties: the required ones in
// their order, then the others.
func properties(schema *openapi3.Schema) []string {
	var first, others []string
	for _, name := range schema.Required {
		if schema.Properties[name] != nil {
			first = append(first, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if !slices.Contains(first, name) {
			others = append(others, name)
		}
	}
	return append(first, others...)
}

func (p *schemaPrinter) branches(n named) string {
	var forms []string
	for i, branch := range n.schema.OneOf {
		forms = append(forms, p.words(fmt.Sprintf("%s.%d", n.name, i+1), branch))
	}
	text := strings.Join(forms, " or ")
	if d := n.schema.Discriminator; d != nil {
		text += ", by " + d.PropertyName
	}
	return text
}

// words describes a schema in a line. An object is its name, and is printed
// later; one without a name gets that of its place.
func (p *schemaPrinter) words(place string, ref *openapi3.SchemaRef) string {
	schema := ref.Value
	if len(schema.Properties) > 0 || forms(schema.OneOf) {
		name := place
		if ref.Ref != "" {
			name = path.Base(ref.Ref)
		}
		if !slices.Contains(p.printed, name) {
			p.printed = append(p.printed, name)
			p.pending = append(p.pending, named{name, schema})
		}
		return name
	}
	if schema.Items != nil {
		return "list of " + p.words(place+"[]", schema.Items)
	}
	return scalar(schema)
}

// forms says whether branches are objects, which have to be told apart.
func forms(branches openapi3.SchemaRefs) bool {
	return slices.ContainsFunc(branches, func(b *openapi3.SchemaRef) bool {
		return len(b.Value.Properties) > 0 || forms(b.Value.OneOf)
	})
}

// scalar describes a schema without properties.
func scalar(schema *openapi3.Schema) string {
	var parts []string
	for _, branch := range slices.Concat(schema.OneOf, schema.AnyOf) {
		parts = append(parts, scalar(branch.Value))
	}
	if len(parts) > 0 {
		return strings.Join(parts, " or ")
	}
	if len(schema.Enum) > 0 {
		return options(schema.Enum)
	}
	kind := "anything"
	if schema.Type != nil {
		kind = strings.Join(schema.Type.Slice(), " or ")
	}
	if schema.Nullable {
		kind += " or null"
	}
	return kind + bounds(schema)
}

// options lists the values of an enum; of a long one, how it begins.
func options(values []any) string {
	const most = 16
	words := make([]string, 0, len(values))
	for _, v := range values {
		words = append(words, fmt.Sprint(v))
	}
	if len(words) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], " | "), len(words)-most)
	}
	return strings.Join(words, " | ")
}

func bounds(schema *openapi3.Schema) string {
	text := ""
	if schema.Format != "" {
		text += " (" + schema.Format + ")"
	}
	switch {
	case schema.MaxLength != nil && schema.MinLength == *schema.MaxLength:
		text += fmt.Sprintf(", %d characters", schema.MinLength)
	case schema.MaxLength != nil && schema.MinLength == 0:
		text += fmt.Sprintf(", at most %d characters", *schema.MaxLength)
	case schema.MaxLength != nil:
		text += fmt.Sprintf(", %d to %d characters", schema.MinLength, *schema.MaxLength)
	case schema.MinLength > 0:
		text += fmt.Sprintf(", at least %d characters", schema.MinLength)
	}
	if schema.Pattern != "" {
		text += ", " + schema.Pattern
	}
	if schema.Min != nil {
		text += ", at least " + strconv.FormatFloat(*schema.Min, 'f', -1, 64)
	}
	if schema.Max != nil {
		text += ", at most " + strconv.FormatFloat(*schema.Max, 'f', -1, 64)
	}
	return text
}
