package control

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"

	"stagedoor/spec"
)

// The largest body that is read, in bytes. A state holds every account of a
// sandbox.
const (
	maxBody  = 1 << 20
	maxState = 32 << 20
)

// operation is one operation of the contract: what it takes, and what answers.
type operation struct {
	handle handler
	query  map[string]*openapi3.Parameter
	body   *openapi3.RequestBody // nil: a body is left alone
	schema *openapi3.Schema      // of the body
	limit  int64                 // of the body, in bytes
}

func newOperation(item *openapi3.PathItem, o *openapi3.Operation, handle handler) *operation {
	op := &operation{handle: handle, query: map[string]*openapi3.Parameter{}, limit: maxBody}
	if o.OperationID == "importState" {
		op.limit = maxState
	}
	for _, p := range slices.Concat(item.Parameters, o.Parameters) {
		if p.Value.In == openapi3.ParameterInQuery {
			op.query[p.Value.Name] = p.Value
		}
	}
	if o.RequestBody != nil {
		op.body = o.RequestBody.Value
		op.schema = op.body.Content.Get("application/json").Schema.Value
	}
	return op
}

// read holds a request against the contract.
func (o *operation) read(w http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{request: r, path: map[string]string{}}
	for name, escaped := range mux.Vars(r) {
		value, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, refuse(http.StatusNotFound, "%s: %q is no name", name, escaped)
		}
		c.path[name] = value
	}
	var err error
	if c.query, err = o.readQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if o.body != nil {
		c.body, err = o.readBody(w, r)
	}
	return c, err
}

func (o *operation) readQuery(raw string) (url.Values, error) {
	if len(o.query) == 0 {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "query: it cannot be read; percent-encode its values")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p := o.query[name]
		switch {
		case p == nil:
			return nil, refuse(http.StatusBadRequest, "%s: there is no such parameter%s", name, instead(name, o.query))
		case len(values[name]) > 1:
			return nil, refuse(http.StatusBadRequest, "%s: is given %d times; give it once", name, len(values[name]))
		}
		if found := spec.CheckParameter(p, values[name][0]); len(found) > 0 {
			return nil, refuse(http.StatusBadRequest, "%s: %s", name, wording(found[0], p.Schema.Value, p.Example))
		}
	}
	return values, nil
}

// instead proposes the name that was probably meant, or lists those there are.
func instead[V any](name string, known map[string]V) string {
	names := slices.Sorted(maps.Keys(known))
	if nearest := spec.Nearest(name, names); nearest != "" {
		return "; did you mean " + nearest + "?"
	}
	return "; there is " + strings.Join(names, ", ")
}

func (o *operation) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := o.checkType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, o.limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "body: it has more than %d MiB; send less", o.limit>>20)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "body: it did not arrive whole; send it again")
	case len(body) == 0 && o.body.Required:
		return nil, refuse(http.StatusBadRequest, "body: is required; send a JSON object")
	case len(body) == 0:
		return []byte("{}"), nil
	}
	value, err := spec.DecodeJSON(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body: %s", err.Error())
	}
	if p := misfit(o.schema, value, ""); p != nil {
		return nil, p
	}
	if found := spec.CheckBody(o.schema, value); len(found) > 0 {
		at, field := place(o.schema, found[0].Pointer)
		return nil, refuse(http.StatusBadRequest, "%s: %s", orBody(field), wording(found[0], at, nil))
	}
	return body, nil
}

// checkType takes the media types of the contract, and a body that does not say
// at the contract's word.
func (o *operation) checkType(header string) error {
	if header == "" {
		return nil
	}
	got, _, err := mime.ParseMediaType(header)
	if err == nil && o.body.Content[got] != nil {
		return nil
	}
	return refuse(http.StatusUnsupportedMediaType, "Content-Type: %q is not taken here; use %s",
		header, strings.Join(slices.Sorted(maps.Keys(o.body.Content)), " or "))
}

// misfit finds what a schema error words badly: a field that the schema does not
// have, and an object that has none of the fields of which it needs one.
func misfit(schema *openapi3.Schema, value any, at string) *problem {
	switch value := value.(type) {
	case []any:
		if schema.Items == nil {
			return nil
		}
		for i, child := range value {
			if p := misfit(schema.Items.Value, child, fmt.Sprintf("%s[%d]", at, i)); p != nil {
				return p
			}
		}
	case map[string]any:
		schema = branch(schema, value)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			property := schema.Properties[name]
			if property == nil && schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has {
				return refuse(http.StatusBadRequest, "%s: there is no such field%s", join(at, name), instead(name, schema.Properties))
			}
			if property == nil {
				continue
			}
			if p := misfit(property.Value, value[name], join(at, name)); p != nil {
				return p
			}
		}
		return lacking(schema, value, at)
	}
	return nil
}

// lacking refuses an object that has none of the fields of which the schema
// wants any.
func lacking(schema *openapi3.Schema, value map[string]any, at string) *problem {
	var wanted []string
	for _, one := range schema.AnyOf {
		for _, name := range one.Value.Required {
			if _, there := value[name]; there {
				return nil
			}
			wanted = append(wanted, name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return refuse(http.StatusBadRequest, "%s: needs one of %s", orBody(at), strings.Join(wanted, ", "))
}

// branch is the form among several that an object is most like; the schema
// itself where there is but one.
func branch(schema *openapi3.Schema, value map[string]any) *openapi3.Schema {
	best, most := schema, -1
	for _, one := range schema.OneOf {
		known := 0
		for name := range value {
			if one.Value.Properties[name] != nil {
				known++
			}
		}
		if known > most {
			best, most = one.Value, known
		}
	}
	return best
}

// place follows a JSON pointer: the schema of the place, if it has one of its
// own, and its name in the form accounts[0].email.
func place(schema *openapi3.Schema, pointer string) (*openapi3.Schema, string) {
	field := ""
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		switch {
		case key == "":
		case schema != nil && schema.Items != nil:
			schema, field = schema.Items.Value, field+"["+key+"]"
		default:
			schema, field = propertyOf(schema, key), join(field, key)
		}
	}
	return schema, field
}

func propertyOf(schema *openapi3.Schema, name string) *openapi3.Schema {
	if schema == nil {
		return nil
	}
	for _, one := range append(openapi3.SchemaRefs{{Value: schema}}, schema.OneOf...) {
		if property := one.Value.Properties[name]; property != nil {
			return property.Value
		}
	}
	return nil
}

// wording says what is wrong with a value and, where the contract has one, shows
// a right one.
func wording(f spec.Finding, schema *openapi3.Schema, example any) string {
	text := f.Message
	if schema == nil {
		return text
	}
	switch f.Rule {
	case "format":
		text = "must be a " + schema.Format
	case "maxItems":
		text = fmt.Sprintf("must have at most %d entries", *schema.MaxItems)
	case "not":
		return "takes only one of " + strings.Join(schema.Not.Value.Required, ", ")
	case "pattern":
	default:
		return text
	}
	if example == nil {
		example = schema.Example
	}
	if example != nil {
		text += fmt.Sprintf(", for example %v", example)
	}
	return text
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func orBody(field string) string {
	if field == "" {
		return "body"
	}
	return field
}
