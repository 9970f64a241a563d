package spec

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const jsonType = "application/json"

// Request is what the contract sees of a request.
type Request struct {
	// Path holds the path parameters, unescaped.
	Path   map[string]string
	Query  url.Values
	Header http.Header
	Body   []byte
}

type bodyRule struct {
	required   bool
	mediaTypes []string
	schema     *openapi3.Schema // nil where no JSON is declared
	compiled   *acceptor
}

// CheckPath holds the path parameters against the contract. It stands alone
// because a wrong path is refused before a wrong credential.
func (o *Operation) CheckPath(path map[string]string) []Finding {
	var found []Finding
	for _, p := range o.parameters {
		if p.In != openapi3.ParameterInPath {
			continue
		}
		value, there := path[p.Name]
		found = append(found, checkParameter(p, value, there)...)
	}
	return found
}

// CheckInput holds query, headers, content type and body against the contract.
func (o *Operation) CheckInput(r Request) []Finding {
	var found []Finding
	for _, p := range o.parameters {
		switch p.In {
		case openapi3.ParameterInQuery:
			found = append(found, checkParameter(p, r.Query.Get(p.Name), r.Query.Has(p.Name))...)
		case openapi3.ParameterInHeader:
			values := r.Header.Values(p.Name)
			value := ""
			if len(values) > 0 {
				value = values[0]
			}
			found = append(found, checkParameter(p, value, len(values) > 0)...)
		}
	}
	return append(found, o.checkBody(r)...)
}

// CheckRequest holds a whole request against the contract, credentials aside.
func (o *Operation) CheckRequest(r Request) []Finding {
	return append(o.CheckPath(r.Path), o.CheckInput(r)...)
}

func checkParameter(p *openapi3.Parameter, text string, there bool) []Finding {
	if !there || text == "" && p.Required {
		if !p.Required {
			return nil
		}
		return []Finding{{In: p.In, Pointer: p.Name, Rule: "required", Message: "is required", missing: true}}
	}
	value := typed(p.Schema.Value, text)
	return findings(p.In, p.Name, value, visit(p.Schema.Value, value))
}

var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

// typed is the JSON value that a parameter's text stands for.
func typed(schema *openapi3.Schema, text string) any {
	if schema.Type.Is(openapi3.TypeInteger) && integer.MatchString(text) {
		return json.Number(text)
	}
	return text
}

func (o *Operation) checkBody(r Request) []Finding {
	rule := o.body
	if rule == nil {
		return nil
	}
	if len(r.Body) == 0 {
		if rule.required {
			return []Finding{{In: "body", Rule: "required", Message: "is required", missing: true}}
		}
		return nil
	}
	mediaType, problem := rule.mediaType(r.Header.Get("Content-Type"))
	if problem != nil {
		return []Finding{*problem}
	}
	if mediaType != jsonType || rule.schema == nil {
		return nil
	}
	if rule.compiled.accepts(r.Body) {
		return nil
	}
	return checkJSON("body", rule.schema, r.Body)
}

// mediaType is the declared media type that a Content-Type header names. A
// request that does not say is taken at the contract's word.
func (b *bodyRule) mediaType(header string) (string, *Finding) {
	if header == "" {
		return b.mediaTypes[0], nil
	}
	if slices.Contains(b.mediaTypes, header) {
		return header, nil
	}
	got, _, err := mime.ParseMediaType(header)
	if err == nil && slices.Contains(b.mediaTypes, got) {
		return got, nil
	}
	want := strings.Join(b.mediaTypes, " or ")
	return "", &Finding{In: "header", Pointer: "Content-Type", Rule: "content", Message: "must be " + want}
}

// checkJSON decodes strictly and holds the value against the schema.
func checkJSON(in string, schema *openapi3.Schema, data []byte) []Finding {
	value, err := DecodeJSON(data)
	if err != nil {
		return []Finding{{In: in, Rule: "json", Message: err.Error()}}
	}
	return checkValue(in, schema, value)
}

func checkValue(in string, schema *openapi3.Schema, value any) []Finding {
	found := findings(in, "", value, visit(schema, value))
	if len(found) > 0 {
		return found
	}
	return ordered(looseIntegers(in, "", schema, value))
}

// looseIntegers finds numbers such as 1.0 and 1e3 where the schema wants an
// integer: kin-openapi takes them, clients with typed decoders do not.
func looseIntegers(in, pointer string, schema *openapi3.Schema, value any) []Finding {
	var found []Finding
	for _, branch := range slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf) {
		if visit(branch.Value, value) == nil {
			found = append(found, looseIntegers(in, pointer, branch.Value, value)...)
		}
	}
	switch value := value.(type) {
	case json.Number:
		if schema.Type.Is(openapi3.TypeInteger) && strings.ContainsAny(value.String(), ".eE") {
			found = append(found, Finding{In: in, Pointer: pointer, Rule: "type", Message: "must be an integer, spelled as one"})
		}
	case map[string]any:
		for name, child := range value {
			property := schema.Properties[name]
			if property == nil {
				property = schema.AdditionalProperties.Schema
			}
			if property != nil {
				found = append(found, looseIntegers(in, pointer+"/"+escapePointer(name), property.Value, child)...)
			}
		}
	case []any:
		if schema.Items == nil {
			break
		}
		for i, child := range value {
			found = append(found, looseIntegers(in, fmt.Sprintf("%s/%d", pointer, i), schema.Items.Value, child)...)
		}
	}
	return found
}
