package spec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// System is the contract of one API.
type System struct {
	Name  string
	Title string
	// Base is the path that every operation begins with, "/api/v1", or "" for
	// an API at the root.
	Base string
	// Prefixes are the paths under which a request is this system's, longest
	// first. They differ from Base only where that is empty.
	Prefixes []string
	// Operations in the order of the file.
	Operations []*Operation
	// Outcomes are those of the system as a whole: no such path, wrong method.
	Outcomes []*Outcome
	// DefaultRefusal is the outcome of a request that breaks the contract in a
	// place for which its operation names no other.
	DefaultRefusal string
	// Doc is the OpenAPI document, as kin-openapi read it.
	Doc *openapi3.T
	// Source is the file as it is embedded and served.
	Source []byte

	tree mapping // Source, parsed
}

// Operation returns the operation with this operationId, or nil.
func (s *System) Operation(id string) *Operation {
	for _, o := range s.Operations {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Outcome returns an outcome of the system as a whole, or nil.
func (s *System) Outcome(name string) *Outcome {
	return outcomeNamed(s.Outcomes, name)
}

// Holds says whether a path is under this system's base.
func (s *System) Holds(path string) bool {
	for _, prefix := range s.Prefixes {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return true
		}
	}
	return false
}

// loadSystem reads one OpenAPI file and refuses what doc.go's readers could
// not rely on.
func loadSystem(name string, data []byte, documents []Document) (*System, error) {
	tree, err := parseTree(data)
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(slices.Clone(documents), func(d Document) bool { return d.System != name })
	if err := checkExtensions(tree, own); err != nil {
		return nil, err
	}
	doc, err := readDoc(tree)
	if err != nil {
		return nil, err
	}
	return newSystem(name, doc, data, tree)
}

// loadVariant reads a system once more, with changed schemas. Its request
// examples are not held against them: they are samples of the canonical form.
func loadVariant(from *System, change func(openapi3.Schemas)) (*System, error) {
	doc, err := readDoc(from.tree)
	if err != nil {
		return nil, err
	}
	change(doc.Components.Schemas)
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody == nil {
				continue
			}
			for _, media := range operation.RequestBody.Value.Content {
				media.Examples = nil
			}
		}
	}
	return newSystem(from.Name, doc, from.Source, from.tree)
}

func newSystem(name string, doc *openapi3.T, data []byte, tree mapping) (*System, error) {
	s := &System{Name: name, Title: doc.Info.Title, Doc: doc, Source: data, tree: tree}
	s.Base = strings.TrimSuffix(doc.Servers[0].URL, "/")
	if err := decodeExtension(doc.Extensions, "x-default-refusal", &s.DefaultRefusal); err != nil {
		return nil, err
	}
	if s.DefaultRefusal == "" {
		return nil, errors.New("x-default-refusal is missing")
	}
	b := &builder{system: s, forms: map[string]*form{}}
	if err := b.build(); err != nil {
		return nil, err
	}
	closeReplies(s)
	return s, nil
}

// readDoc makes the OpenAPI model of a file. The loader is handed JSON: its own
// way from YAML would parse the file a second time.
func readDoc(tree mapping) (*openapi3.T, error) {
	if version, _ := tree.get("openapi").(string); !strings.HasPrefix(version, "3.0.") {
		return nil, fmt.Errorf("openapi %s: the contract is checked as 3.0 and must say so", version)
	}
	data, err := appendTree(nil, tree)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	// Examples are held against their schemas by the builder, in fewer words.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	if len(doc.Servers) != 1 || !strings.HasPrefix(doc.Servers[0].URL, "/") {
		return nil, errors.New("servers: needs exactly one, with a relative url such as /api/v1")
	}
	if doc.Paths.Len() == 0 {
		return nil, errors.New("paths: there are none")
	}
	return doc, nil
}

// prefixes are the base, or, for an API at the root, the first two segments of
// its paths.
func prefixes(base string, operations []*Operation) []string {
	if base != "" {
		return []string{base}
	}
	var found []string
	for _, o := range operations {
		segments := strings.SplitN(strings.TrimPrefix(o.Path, "/"), "/", 3)
		prefix := "/" + strings.Join(segments[:min(2, len(segments))], "/")
		if !slices.Contains(found, prefix) {
			found = append(found, prefix)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found
}
