package spec

import (
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is one operation of a system.
type Operation struct {
	System *System
	// ID is the operationId.
	ID      string
	Method  string
	Summary string
	// Path is the route template with the system's base, "/api/v1/user/login/…/{token}/…".
	Path string
	// Aliases are further templates, routed to the operation and never counted.
	Aliases []string
	Basis   Basis
	Source  Source
	// Outcomes in the order of their statuses; the successes come first.
	Outcomes []*Outcome
	// Alternatives are outcomes that are as good as another one of the operation.
	Alternatives map[string][]string
	// Refusals say which outcome a field gets that breaks the contract.
	Refusals map[string]Refusal
	// Security are the names of the security schemes of the operation.
	Security []string

	parameters []*openapi3.Parameter
	body       *bodyRule
}

// Refusal is the outcome that a broken field gets. Either may be empty, which
// means the system's default.
type Refusal struct {
	// Missing is for a field that is absent, null, empty or blank.
	Missing string `json:"missing"`
	// Invalid is for any other broken rule.
	Invalid string `json:"invalid"`
}

// UnmarshalJSON takes the name of one outcome for both, or {missing, invalid}.
func (r *Refusal) UnmarshalJSON(data []byte) error {
	var both string
	if err := strictJSON(data, &both); err == nil {
		r.Missing, r.Invalid = both, both
		return nil
	}
	type plain Refusal
	return strictJSON(data, (*plain)(r))
}

// Name is the operation's name among all systems, "watch.login".
func (o *Operation) Name() string { return o.System.Name + "." + o.ID }

// Outcome returns the operation's outcome of this name, or nil.
func (o *Operation) Outcome(name string) *Outcome { return outcomeNamed(o.Outcomes, name) }

// Requires says whether the operation is protected by the named security scheme.
func (o *Operation) Requires(scheme string) bool { return slices.Contains(o.Security, scheme) }

// Refusal is the outcome of a request with these findings: the one that
// x-refusals gives for the first of them that it names, else the system's
// default.
func (o *Operation) Refusal(found []Finding) string {
	for _, f := range found {
		r, ok := o.Refusals[f.Field()]
		switch {
		case ok && f.missing && r.Missing != "":
			return r.Missing
		case ok && !f.missing && r.Invalid != "":
			return r.Invalid
		}
	}
	return o.System.DefaultRefusal
}

// declares says whether the request has a field of this name, in the dotted
// form of [Finding.Field].
func (o *Operation) declares(field string) bool {
	in, name, _ := strings.Cut(field, ".")
	if in == "body" && o.body != nil && o.body.schema != nil {
		return declaresProperty(o.body.schema, strings.Split(name, "."))
	}
	return slices.ContainsFunc(o.parameters, func(p *openapi3.Parameter) bool { return p.In == in && p.Name == name })
}

func declaresProperty(schema *openapi3.Schema, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if property := schema.Properties[path[0]]; property != nil && declaresProperty(property.Value, path[1:]) {
		return true
	}
	return slices.ContainsFunc(slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf), func(branch *openapi3.SchemaRef) bool {
		return declaresProperty(branch.Value, path)
	})
}

// Route builds the operation's URL path from its path parameters, each escaped.
func (o *Operation) Route(parameters map[string]string) string {
	return expand(o.Path, parameters)
}

func expand(template string, parameters map[string]string) string {
	out := make([]byte, 0, len(template)+32)
	for i := 0; i < len(template); i++ {
		if template[i] != '{' {
			out = append(out, template[i])
			continue
		}
		end := i + 1
		for template[end] != '}' {
			end++
		}
		out = append(out, url.PathEscape(parameters[template[i+1:end]])...)
		i = end
	}
	return string(out)
}
