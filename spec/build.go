package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// builder turns one OpenAPI document into operations and outcomes.
type builder struct {
	system *System
	forms  map[string]*form // by component
}

func (b *builder) build() error {
	for _, path := range b.pathsInOrder() {
		item := b.system.Doc.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			o, err := b.operation(path, method, item)
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			if b.system.Operation(o.ID) != nil {
				return fmt.Errorf("operationId %q stands twice", o.ID)
			}
			b.system.Operations = append(b.system.Operations, o)
		}
	}
	b.system.Prefixes = prefixes(b.system.Base, b.system.Operations)
	if err := b.systemOutcomes(); err != nil {
		return fmt.Errorf("x-outcomes: %w", err)
	}
	return b.checkRefusals()
}

// pathsInOrder is the order of the file, which is the order of the document.
func (b *builder) pathsInOrder() []string {
	var paths []string
	for _, e := range b.system.tree.at("paths") {
		paths = append(paths, e.name)
	}
	return paths
}

func (b *builder) operation(path, method string, item *openapi3.PathItem) (*Operation, error) {
	from := item.Operations()[method]
	if from.OperationID == "" {
		return nil, errors.New("has no operationId")
	}
	o := &Operation{System: b.system, ID: from.OperationID, Method: method, Summary: from.Summary, Path: b.system.Base + path}
	var aliases []string
	for key, into := range map[string]any{
		"x-basis": &o.Basis, "x-source": &o.Source, "x-aliases": &aliases,
		"x-alternatives": &o.Alternatives, "x-refusals": &o.Refusals,
	} {
		if err := decodeExtension(from.Extensions, key, into); err != nil {
			return nil, err
		}
	}
	if o.Basis == (Basis{}) {
		return nil, errors.New("has no x-basis")
	}
	for _, alias := range aliases {
		o.Aliases = append(o.Aliases, b.system.Base+alias)
	}
	if from.Security != nil {
		for _, requirement := range *from.Security {
			o.Security = append(o.Security, slices.Sorted(maps.Keys(requirement))...)
		}
	}
	for _, ref := range append(slices.Clone(item.Parameters), from.Parameters...) {
		p := ref.Value
		o.parameters = append(o.parameters, p)
		if p.Example == nil {
			continue
		}
		if found := checkParameter(p, fmt.Sprint(p.Example), true); len(found) > 0 {
			return nil, fmt.Errorf("example of parameter %s: %s", p.Name, found[0])
		}
	}
	if err := b.body(o, from); err != nil {
		return nil, err
	}
	return o, b.outcomes(o, from)
}

func (b *builder) body(o *Operation, from *openapi3.Operation) error {
	if from.RequestBody == nil {
		return nil
	}
	o.body = &bodyRule{required: from.RequestBody.Value.Required}
	for mediaType, content := range from.RequestBody.Value.Content {
		o.body.mediaTypes = append(o.body.mediaTypes, mediaType)
		if mediaType != jsonType {
			continue
		}
		o.body.schema = content.Schema.Value
		o.body.compiled = compile(content.Schema.Value)
		for name, example := range content.Examples {
			if found := checkValue("body", content.Schema.Value, example.Value.Value); len(found) > 0 {
				return fmt.Errorf("request example %s: %s", name, found[0])
			}
		}
	}
	slices.Sort(o.body.mediaTypes)
	return nil
}

func (b *builder) outcomes(o *Operation, from *openapi3.Operation) error {
	for status, ref := range from.Responses.Map() {
		code, err := strconv.Atoi(status)
		if err != nil {
			return fmt.Errorf("response %q: outcomes need a status, not a range", status)
		}
		media := ref.Value.Content.Get(jsonType)
		if media == nil || len(media.Examples) == 0 {
			return fmt.Errorf("response %s: no outcome (an example) in %s", status, jsonType)
		}
		for name, example := range media.Examples {
			outcome, err := b.outcome(name, example.Ref, code, media.Schema.Value)
			if err != nil {
				return fmt.Errorf("response %s: outcome %s: %w", status, name, err)
			}
			o.Outcomes = append(o.Outcomes, outcome)
		}
	}
	slices.SortFunc(o.Outcomes, byStatus)
	if len(o.Outcomes) == 0 || o.Outcomes[0].Status >= 300 {
		return errors.New("has no outcome of success")
	}
	for name, others := range o.Alternatives {
		for _, other := range append([]string{name}, others...) {
			if o.Outcome(other) == nil {
				return fmt.Errorf("x-alternatives: no outcome %q here", other)
			}
		}
	}
	return distinct(o.Outcomes)
}

func byStatus(a, b *Outcome) int {
	if a.Status != b.Status {
		return a.Status - b.Status
	}
	if s, t := a.Successful(), b.Successful(); s != t {
		if s {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Name, b.Name)
}

// distinct refuses two outcomes that a client could not tell apart.
func distinct(outcomes []*Outcome) error {
	seen := map[string]string{}
	for _, o := range outcomes {
		wire := fmt.Sprintf("%d %s", o.Status, o.Sample())
		if other, twice := seen[wire]; twice {
			return fmt.Errorf("outcomes %s and %s are identical on the wire", other, o.Name)
		}
		seen[wire] = o.Name
		if outcomeNamed(outcomes, o.Name) != o {
			return fmt.Errorf("outcome %s stands under two statuses", o.Name)
		}
	}
	return nil
}

const componentPrefix = "#/components/examples/"

func (b *builder) outcome(name, ref string, status int, schema *openapi3.Schema) (*Outcome, error) {
	component, ok := strings.CutPrefix(ref, componentPrefix)
	if !ok {
		return nil, fmt.Errorf("must be a $ref to %s…", componentPrefix)
	}
	if base, _, _ := strings.Cut(component, "."); base != name {
		return nil, fmt.Errorf("refers to component %s, which is a form of another outcome", component)
	}
	f, err := b.form(component)
	if err != nil {
		return nil, err
	}
	o := f.outcome
	o.Name, o.Status = name, status
	if o.schema, err = f.branch(schema); err != nil {
		return nil, err
	}
	return &o, nil
}

func (b *builder) systemOutcomes() error {
	var listed map[string]map[string]struct {
		Ref string `json:"$ref"`
	}
	if err := decodeExtension(b.system.Doc.Extensions, "x-outcomes", &listed); err != nil {
		return err
	}
	// A system answers in one envelope: that of a refused request.
	envelope := b.system.Operations[0].Outcome(b.system.DefaultRefusal)
	if envelope == nil {
		return fmt.Errorf("x-default-refusal %q is no outcome of %s", b.system.DefaultRefusal, b.system.Operations[0].ID)
	}
	for status, outcomes := range listed {
		code, err := strconv.Atoi(status)
		if err != nil {
			return fmt.Errorf("%q is not a status", status)
		}
		for name, target := range outcomes {
			o, err := b.outcome(name, target.Ref, code, envelope.schema)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			b.system.Outcomes = append(b.system.Outcomes, o)
		}
	}
	slices.SortFunc(b.system.Outcomes, byStatus)
	for _, name := range []string{OutcomeNotFound, OutcomeMethodNotAllowed} {
		if b.system.Outcome(name) == nil {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return nil
}

func (b *builder) checkRefusals() error {
	for _, o := range b.system.Operations {
		if o.Outcome(b.system.DefaultRefusal) == nil {
			return fmt.Errorf("operation %s: x-default-refusal %q is none of its outcomes", o.ID, b.system.DefaultRefusal)
		}
		for field, r := range o.Refusals {
			if !o.declares(field) {
				return fmt.Errorf("operation %s: x-refusals %s: the request has no such field", o.ID, field)
			}
			for _, name := range []string{r.Missing, r.Invalid} {
				if name != "" && o.Outcome(name) == nil {
					return fmt.Errorf("operation %s: x-refusals %s: no outcome %q here", o.ID, field, name)
				}
			}
		}
	}
	return nil
}
