package spec

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// acceptor is a schema compiled into an accept-only check of raw JSON: what it
// accepts keeps the contract, what it does not accept is decoded and held
// against the schema by kin-openapi, which finds the words. It allocates
// nothing and builds no map, which is where a validating server spends its time.
type acceptor struct {
	root *rule
}

// rule is one compiled schema.
type rule struct {
	types                typeSet
	nullable             bool
	hasEnum              bool
	enumStrings          []string
	enumNumbers          []string
	minLength, maxLength int // in characters; maxLength -1: none
	match                func([]byte) bool
	minimum, maximum     *float64
	properties           []property
	required             uint64 // bit per property
	anyRequired          []uint64
	minProps             int
	closed               bool
	items                *rule
	minItems, maxItems   int
	forbiddenNumbers     []string
	branches             []*rule // oneOf or anyOf
	exclusive            bool    // oneOf rather than anyOf
	discriminator        string
	discriminated        map[string]*rule
	own                  *rule // where there are branches: the rest
}

type property struct {
	name string
	rule *rule
}

type typeSet uint8

const (
	stringType typeSet = 1 << iota
	integerType
	numberType
	booleanType
	objectType
	arrayType
)

// compile returns nil for a schema that it does not understand in full: the
// caller then takes the slow path.
func compile(schema *openapi3.Schema) *acceptor {
	c := &compiler{done: map[*openapi3.Schema]*rule{}}
	root := c.rule(schema)
	if c.unsupported {
		return nil
	}
	return &acceptor{root: root}
}

// accepts says whether data is strict JSON that keeps the schema. It may say
// no to what does; it never says yes to what does not.
func (a *acceptor) accepts(data []byte) bool {
	if a == nil || !utf8.Valid(data) {
		return false
	}
	s := scanner{data: data}
	s.space()
	ok := s.value(a.root, 0)
	s.space()
	return ok && s.at == len(data)
}

type compiler struct {
	done        map[*openapi3.Schema]*rule
	unsupported bool
}

func (c *compiler) rule(schema *openapi3.Schema) *rule {
	if r, ok := c.done[schema]; ok {
		return r
	}
	r := &rule{maxLength: -1, maxItems: -1}
	c.done[schema] = r
	c.scalars(schema, r)
	c.objects(schema, r)
	c.combinations(schema, r)
	if schema.Items != nil {
		r.items = c.rule(schema.Items.Value)
	}
	r.minItems = int(schema.MinItems)
	if schema.MaxItems != nil {
		r.maxItems = int(*schema.MaxItems)
	}
	if len(r.branches) > 0 || r.discriminator != "" {
		own := *r
		own.branches, own.discriminator = nil, ""
		r.own = &own
	}
	c.unsupported = c.unsupported || !understood(schema)
	return r
}

// understood says whether a schema has no keyword but those that compile
// reads. It goes by what is left over, so that a keyword that a later version
// of the loader adds is not overlooked.
func understood(schema *openapi3.Schema) bool {
	hollow := schema.IsEmpty() && (len(schema.Properties) > 0 || schema.Items != nil || len(schema.OneOf)+len(schema.AnyOf) > 0)
	return !hollow && hasOnly(schema, func(rest *openapi3.Schema) {
		rest.Type, rest.Nullable, rest.Enum, rest.Pattern = nil, false, nil, ""
		rest.MinLength, rest.MaxLength, rest.Min, rest.Max = 0, nil, nil, nil
		rest.Properties, rest.Required, rest.MinProps, rest.AdditionalProperties.Has = nil, nil, 0, nil
		rest.Items, rest.MinItems, rest.MaxItems = nil, 0, nil
		rest.OneOf, rest.AnyOf, rest.Not, rest.Discriminator = nil, nil, nil, nil
	})
}

// hasOnly says whether a schema has no keyword but those that forget removes
// and those that bind nobody.
func hasOnly(schema *openapi3.Schema, forget func(*openapi3.Schema)) bool {
	rest := *schema
	rest.Extensions, rest.Origin, rest.Title, rest.Description, rest.ExternalDocs = nil, nil, "", "", nil
	rest.Default, rest.Example, rest.Deprecated, rest.XML = nil, nil, false, nil
	forget(&rest)
	return reflect.DeepEqual(rest, openapi3.Schema{})
}

func (c *compiler) scalars(schema *openapi3.Schema, r *rule) {
	r.nullable = schema.Nullable
	for name, bit := range map[string]typeSet{
		openapi3.TypeString: stringType, openapi3.TypeInteger: integerType, openapi3.TypeNumber: numberType | integerType,
		openapi3.TypeBoolean: booleanType, openapi3.TypeObject: objectType, openapi3.TypeArray: arrayType,
	} {
		if schema.Type == nil || schema.Type.Includes(name) {
			r.types |= bit
		}
	}
	r.hasEnum = len(schema.Enum) > 0
	for _, option := range schema.Enum {
		switch option := option.(type) {
		case string:
			r.enumStrings = append(r.enumStrings, option)
		case float64:
			r.enumNumbers = append(r.enumNumbers, c.whole(option))
		case nil: // null passes where the schema is nullable, and only there
		default:
			c.unsupported = true
		}
	}
	r.minLength = int(schema.MinLength)
	if schema.MaxLength != nil {
		r.maxLength = int(*schema.MaxLength)
	}
	if schema.Pattern != "" {
		r.match = compilePattern(schema.Pattern)
		c.unsupported = c.unsupported || r.match == nil
	}
	r.minimum, r.maximum = schema.Min, schema.Max
}

func (c *compiler) objects(schema *openapi3.Schema, r *rule) {
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.properties = append(r.properties, property{name: name, rule: c.rule(schema.Properties[name].Value)})
	}
	r.minProps = int(schema.MinProps)
	r.closed = schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
	r.required = c.bits(r, schema.Required)
	c.unsupported = c.unsupported || len(names) > 60
}

// bits is the set of properties with these names.
func (c *compiler) bits(r *rule, names []string) uint64 {
	var set uint64
	for _, name := range names {
		i := slices.IndexFunc(r.properties, func(p property) bool { return p.name == name })
		if i < 0 {
			c.unsupported = true
			return 0
		}
		set |= 1 << i
	}
	return set
}

func (c *compiler) combinations(schema *openapi3.Schema, r *rule) {
	if not := schema.Not; not != nil {
		for _, option := range not.Value.Enum {
			number, isNumber := option.(float64)
			c.unsupported = c.unsupported || !isNumber
			r.forbiddenNumbers = append(r.forbiddenNumbers, c.whole(number))
		}
		enumOnly := hasOnly(not.Value, func(rest *openapi3.Schema) { rest.Enum = nil })
		c.unsupported = c.unsupported || len(not.Value.Enum) == 0 || !enumOnly || r.types != integerType
	}
	for _, branch := range schema.AnyOf {
		if onlyRequires(branch.Value) {
			r.anyRequired = append(r.anyRequired, c.bits(r, branch.Value.Required))
		} else {
			r.branches = append(r.branches, c.rule(branch.Value))
		}
	}
	for _, branch := range schema.OneOf {
		r.branches = append(r.branches, c.rule(branch.Value))
		r.exclusive = true
	}
	mixed := len(schema.OneOf) > 0 && len(schema.AnyOf) > 0 || len(r.branches) > 0 && len(r.anyRequired) > 0
	c.unsupported = c.unsupported || mixed
	if d := schema.Discriminator; d != nil {
		r.discriminator, r.discriminated = d.PropertyName, map[string]*rule{}
		for name, target := range d.Mapping {
			for _, branch := range schema.OneOf {
				if branch.Ref == target.Ref {
					r.discriminated[name] = c.rule(branch.Value)
				}
			}
		}
	}
}

// whole is how a number of the contract is spelled. Numbers are compared by
// their spelling, which is exact for whole numbers of a moderate size.
func (c *compiler) whole(number float64) string {
	c.unsupported = c.unsupported || number != math.Trunc(number) || math.Abs(number) > 1<<50
	return strconv.FormatFloat(number, 'f', -1, 64)
}

// onlyRequires says whether a schema is nothing but a list of required fields.
func onlyRequires(schema *openapi3.Schema) bool {
	return len(schema.Required) > 0 && hasOnly(schema, func(rest *openapi3.Schema) { rest.Required = nil })
}

// property is the index of a declared property, or -1. There are few enough to
// look at each.
func (r *rule) property(name []byte) int {
	for i := range r.properties {
		if r.properties[i].name == string(name) {
			return i
		}
	}
	return -1
}
