package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// extensionKeys are the only x- keys that a contract may hold. A misspelt one
// would otherwise be an obligation that nobody checks.
var extensionKeys = []string{
	"x-basis", "x-source", "x-tolerate", "x-alternatives", "x-refusals",
	"x-default-refusal", "x-aliases", "x-outcomes",
}

// bases are the values of x-basis, the strongest first.
var bases = []string{"documented", "contested", "published", "inferred"}

// Basis says how well a fact is founded. For most facts Code and Status are
// the same.
type Basis struct {
	Code   string `json:"code"`
	Status string `json:"status"`
}

// UnmarshalJSON takes one word or {code, status}.
func (b *Basis) UnmarshalJSON(data []byte) error {
	var word string
	if json.Unmarshal(data, &word) == nil {
		b.Code, b.Status = word, word
	} else {
		type plain Basis
		if err := strictJSON(data, (*plain)(b)); err != nil {
			return err
		}
	}
	for _, word := range []string{b.Code, b.Status} {
		if !slices.Contains(bases, word) {
			return fmt.Errorf("x-basis %q: want %s", word, strings.Join(bases, ", "))
		}
	}
	return nil
}

// String is "documented", or "code documented, status inferred".
func (b Basis) String() string {
	if b.Code == b.Status {
		return b.Code
	}
	return "code " + b.Code + ", status " + b.Status
}

func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// decodeExtension reads one x- key into a Go value; an absent key leaves it.
func decodeExtension(extensions map[string]any, key string, into any) error {
	raw, ok := extensions[key]
	if !ok {
		return nil
	}
	data, err := json.Marshal(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if err := strictJSON(data, into); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// extensionPlaces are the keys that mean something in one place only; the
// others, x-basis and x-source, may stand anywhere.
var extensionPlaces = map[string]string{
	"x-default-refusal": "the root", "x-outcomes": "the root",
	"x-tolerate":     "an outcome's component",
	"x-alternatives": "an operation", "x-refusals": "an operation", "x-aliases": "an operation",
}

// nameKeys are the keywords whose values are keyed by names of the author's.
var nameKeys = []string{
	"callbacks", "content", "encoding", "examples", "headers", "links", "mapping", "parameters", "paths", "properties",
	"requestBodies", "responses", "schemas", "securitySchemes", "variables",
}

// dataKeys are the keywords under which there is data, not contract.
var dataKeys = []string{"default", "enum", "example", "value"}

// checkExtensions walks a file as it is written, so that no corner of the
// OpenAPI model is forgotten, and refuses x- keys that are unknown, that stand
// where nobody reads them, or whose basis or source leads nowhere.
func checkExtensions(tree mapping, documents []Document) error {
	return extensionWalk{documents}.value(nil, tree, false)
}

type extensionWalk struct{ documents []Document }

// value checks what stands at a path of keys. named says that its own keys are
// names and not keywords.
func (w extensionWalk) value(at []string, value any, named bool) error {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if err := w.value(append(at, strconv.Itoa(i)), item, false); err != nil {
				return err
			}
		}
	case mapping:
		reference := !named && value.get("$ref") != nil
		for _, e := range value {
			if !named && strings.HasPrefix(e.name, "x-") {
				if err := w.key(at, e, reference); err != nil {
					return fmt.Errorf("line %d: %s: %w", e.line, pointerTo(at), err)
				}
				continue
			}
			if !named && slices.Contains(dataKeys, e.name) {
				continue
			}
			if err := w.value(append(at, e.name), e.value, !named && slices.Contains(nameKeys, e.name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w extensionWalk) key(at []string, e entry, beside bool) error {
	if !slices.Contains(extensionKeys, e.name) {
		return fmt.Errorf("unknown extension %q (%s are known)%s", e.name, strings.Join(extensionKeys, " "), hint(e.name, extensionKeys))
	}
	if beside {
		return fmt.Errorf("%s stands beside a $ref, where nobody reads it", e.name)
	}
	if want, bound := extensionPlaces[e.name]; bound && placeOf(at) != want {
		return fmt.Errorf("%s belongs to %s, not here", e.name, want)
	}
	raw, err := appendTree(nil, e.value)
	if err != nil {
		return err
	}
	switch e.name {
	case "x-basis":
		return strictJSON(raw, new(Basis))
	case "x-source":
		var source Source
		if err := strictJSON(raw, &source); err != nil {
			return fmt.Errorf("x-source: %w", err)
		}
		return source.check(w.documents)
	}
	return nil
}

// placeOf names the places that extensionPlaces knows.
func placeOf(at []string) string {
	switch {
	case len(at) == 0:
		return "the root"
	case len(at) == 3 && at[0] == "paths":
		return "an operation"
	case len(at) == 3 && at[0] == "components" && at[1] == "examples":
		return "an outcome's component"
	}
	return ""
}

func pointerTo(at []string) string {
	pointer := ""
	for _, step := range at {
		pointer += "/" + escapePointer(step)
	}
	return pointer
}
