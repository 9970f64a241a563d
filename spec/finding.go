package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Finding is one deviation of a request or reply from the contract. It never
// holds the offending value, which may be a secret.
type Finding struct {
	// In is the part of the message: "path", "query", "header", "body" or "status".
	In string `json:"in"`
	// Pointer is the place: a JSON pointer in a body, a parameter's name elsewhere.
	Pointer string `json:"pointer"`
	// Rule is the schema keyword that was broken ("required", "enum", "maxLength", …).
	Rule string `json:"rule"`
	// Message says it in words, without the place.
	Message string `json:"message,omitempty"`

	missing bool // absent, null, empty or blank
}

// Field is the place in the dotted form that x-refusals uses:
// "body.otherdetails.os", "query.countryCode".
func (f Finding) Field() string {
	place := strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".")
	if place == "" {
		return f.In
	}
	return f.In + "." + place
}

// String is the place and what is wrong with it, for people.
func (f Finding) String() string {
	place := strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".")
	switch {
	case place == "":
		return f.In + " " + f.Message
	case f.In == "body":
		return place + " " + f.Message
	default:
		return f.In + " " + place + " " + f.Message
	}
}

// findings turns an error of kin-openapi into places and rules. value is what
// was checked; base is the pointer under which it stands.
func findings(in, base string, value any, err error) []Finding {
	if err == nil {
		return nil
	}
	return ordered(flatten(in, base, value, err))
}

// ordered sorts findings by place and keeps one of each place and rule.
func ordered(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Rule, b.Rule))
	})
	return slices.CompactFunc(found, func(a, b Finding) bool { return a.Pointer == b.Pointer && a.Rule == b.Rule })
}

func flatten(in, base string, value any, err error) []Finding {
	var many openapi3.MultiError
	if errors.As(err, &many) && !isSchemaError(err) {
		var found []Finding
		for _, e := range many {
			found = append(found, flatten(in, base, value, e)...)
		}
		return found
	}
	var broken *openapi3.SchemaError
	if !errors.As(err, &broken) {
		return []Finding{{In: in, Pointer: base, Rule: "schema", Message: "does not fit the schema"}}
	}
	return explain(in, base, value, broken)
}

func isSchemaError(err error) bool {
	_, ok := err.(*openapi3.SchemaError)
	return ok
}

func explain(in, base string, value any, broken *openapi3.SchemaError) []Finding {
	path := broken.JSONPointer()
	pointer := base
	for _, key := range path {
		pointer += "/" + escapePointer(key)
	}
	at := valueAt(value, path)
	switch broken.SchemaField {
	case "oneOf", "anyOf":
		if errors.Is(broken, openapi3.ErrOneOfConflict) {
			return []Finding{{In: in, Pointer: pointer, Rule: "oneOf", Message: "fits more than one of the allowed forms"}}
		}
		found := explainBranches(in, pointer, at, broken)
		// kin-openapi stops at the branches; the rest of the schema has its say too.
		rest := *broken.Schema
		rest.OneOf, rest.AnyOf, rest.Discriminator = nil, nil, nil
		if !rest.IsEmpty() {
			found = append(found, findings(in, pointer, at, visit(&rest, at))...)
		}
		return found
	case "properties":
		return explainExtra(in, pointer, at, broken.Schema)
	case "discriminator":
		return []Finding{explainDiscriminator(in, pointer, at, broken.Schema)}
	case "required":
		return []Finding{{In: in, Pointer: pointer, Rule: "required", Message: "is required", missing: true}}
	}
	return []Finding{{In: in, Pointer: pointer, Rule: broken.SchemaField, Message: wording(broken, at), missing: blank(at)}}
}

// explainBranches words a failed oneOf or anyOf by the branch that the value
// comes closest to, so that a reader sees a field and not a list of schemas.
func explainBranches(in, pointer string, value any, broken *openapi3.SchemaError) []Finding {
	branches := broken.Schema.OneOf
	if broken.SchemaField == "anyOf" {
		branches = broken.Schema.AnyOf
	}
	if d := broken.Schema.Discriminator; d != nil {
		if branch := discriminated(broken.Schema, value); branch != nil {
			branches = openapi3.SchemaRefs{branch}
		} else {
			return []Finding{explainDiscriminator(in, pointer, value, broken.Schema)}
		}
	}
	var best []Finding
	bestScore := 0
	for i, branch := range branches {
		found := findings(in, pointer, value, visit(branch.Value, value))
		if scalarTypes(branches) && blank(value) {
			return []Finding{{In: in, Pointer: pointer, Rule: "type", Message: "must not be empty", missing: true}}
		}
		score := closeness(branch.Value, value) - 2*len(found)
		if i == 0 || score > bestScore {
			best, bestScore = found, score
		}
	}
	if len(best) == 0 {
		return []Finding{{In: in, Pointer: pointer, Rule: broken.SchemaField, Message: "fits none of the allowed forms"}}
	}
	return best
}

// explainExtra names the properties that a closed schema does not.
func explainExtra(in, pointer string, value any, schema *openapi3.Schema) []Finding {
	object, _ := value.(map[string]any)
	var found []Finding
	for name := range object {
		if schema.Properties[name] == nil {
			found = append(found, Finding{In: in, Pointer: pointer + "/" + escapePointer(shorten(name)), Rule: "properties", Message: "is not a field of the contract"})
		}
	}
	return found
}

// closeness counts the declared properties of schema that value has, so that
// {"emailId": ""} is held against the branch that knows emailId.
func closeness(schema *openapi3.Schema, value any) int {
	object, ok := value.(map[string]any)
	if !ok {
		return 0
	}
	n := 0
	for name := range object {
		if _, declared := schema.Properties[name]; declared {
			n += 3
		}
	}
	return n
}

func scalarTypes(branches openapi3.SchemaRefs) bool {
	for _, branch := range branches {
		if branch.Value.Type == nil || branch.Value.Type.Is("object") || branch.Value.Type.Is("array") {
			return false
		}
	}
	return true
}

func discriminated(schema *openapi3.Schema, value any) *openapi3.SchemaRef {
	object, _ := value.(map[string]any)
	name, _ := object[schema.Discriminator.PropertyName].(string)
	target, ok := schema.Discriminator.Mapping[name]
	if !ok {
		return nil
	}
	for _, branch := range schema.OneOf {
		if branch.Ref == target.Ref {
			return branch
		}
	}
	return nil
}

func explainDiscriminator(in, pointer string, value any, schema *openapi3.Schema) Finding {
	if _, ok := value.(map[string]any); !ok {
		return Finding{In: in, Pointer: pointer, Rule: "type", Message: "must be an object", missing: blank(value)}
	}
	name := schema.Discriminator.PropertyName
	chosen, there := value.(map[string]any)[name]
	pointer += "/" + escapePointer(name)
	if !there {
		return Finding{In: in, Pointer: pointer, Rule: "required", Message: "is required", missing: true}
	}
	options := make([]string, 0, len(schema.Discriminator.Mapping))
	for option := range schema.Discriminator.Mapping {
		options = append(options, option)
	}
	slices.Sort(options)
	return Finding{In: in, Pointer: pointer, Rule: "enum", Message: "must be one of " + strings.Join(options, ", ") + hint(chosen, options), missing: blank(chosen)}
}

// wording says what a value should have been, never what it was.
func wording(broken *openapi3.SchemaError, value any) string {
	schema := broken.Schema
	switch broken.SchemaField {
	case "type":
		return "must be " + article(strings.Join(typesOf(schema), " or "))
	case "enum":
		options := make([]string, len(schema.Enum))
		for i, option := range schema.Enum {
			options[i] = spell(option)
		}
		if len(options) > 20 {
			return "is not one of the values that the contract lists"
		}
		return "must be one of " + strings.Join(options, ", ") + hint(value, options)
	case "minLength":
		if schema.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", schema.MinLength)
	case "maxLength":
		return fmt.Sprintf("must have at most %d characters", *schema.MaxLength)
	case "pattern":
		return "must match " + schema.Pattern
	case "minimum":
		return "must be at least " + spell(*schema.Min)
	case "maximum":
		return "must be at most " + spell(*schema.Max)
	case "minItems":
		return fmt.Sprintf("must have at least %d items", schema.MinItems)
	case "maxItems":
		return fmt.Sprintf("must have at most %d items", *schema.MaxItems)
	case "minProperties":
		return fmt.Sprintf("must have at least %d of its fields", schema.MinProps)
	case "format":
		return "must be in the format " + schema.Format
	case "nullable":
		return "must not be null"
	case "not":
		return "has a value that is not allowed here"
	}
	return "breaks the rule " + broken.SchemaField
}

// spell writes a value of the contract as JSON has it, a text without quotes.
func spell(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case nil:
		return "null"
	}
	return fmt.Sprint(value)
}

func typesOf(schema *openapi3.Schema) []string {
	if schema.Type == nil {
		return []string{"value of another type"}
	}
	return schema.Type.Slice()
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

func valueAt(value any, path []string) any {
	for _, key := range path {
		switch at := value.(type) {
		case map[string]any:
			value = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			value = at[i]
		default:
			return value
		}
	}
	return value
}

func blank(value any) bool {
	text, isText := value.(string)
	return value == nil || isText && strings.TrimSpace(text) == ""
}

func escapePointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// visit holds a decoded value against a schema and collects every deviation.
func visit(schema *openapi3.Schema, value any) error {
	return schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
}
