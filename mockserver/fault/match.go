package fault

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"stagedoor/spec"
)

// Call is a request as rules see it.
type Call struct {
	Operation *spec.Operation
	// Path holds the path parameters, unescaped.
	Path map[string]string
	Body []byte

	fields  map[string]json.RawMessage
	decoded bool
}

// Means says whether the rule is about this call. A rule whose outcome the
// operation does not have is not.
func (r Rule) Means(c *Call) bool {
	m := r.Match
	if m.System != "" && m.System != c.Operation.System.Name || !m.meansOperation(c.Operation) || !r.Effect.possible(c.Operation) {
		return false
	}
	for name, want := range m.Path {
		if got, there := c.Path[name]; !there || got != want {
			return false
		}
	}
	for name, want := range m.Body {
		if !c.has(name, want) {
			return false
		}
	}
	return true
}

func (m Match) meansOperation(o *spec.Operation) bool {
	return m.Operation == "" || m.Operation == o.ID || m.Operation == o.Name()
}

// has compares by the text: a code counts whether it is sent as "1234" or as
// 1234, as it does in the systems.
func (c *Call) has(name string, want json.RawMessage) bool {
	if !c.decoded {
		c.decoded = true
		c.fields = object(c.Body)
	}
	wanted, _ := text(want)
	got, scalar := text(find(c.fields, name))
	return scalar && got == wanted
}

// object is a JSON object's fields, none for anything else.
func object(data []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	return fields
}

// find follows a dotted name. Where no field is spelled so, one that differs in
// case alone will do, as for the behaviours.
func find(fields map[string]json.RawMessage, name string) json.RawMessage {
	if value, there := fields[name]; there {
		return value
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if strings.EqualFold(field, name) {
			return fields[field]
		}
	}
	if outer, inner, dotted := strings.Cut(name, "."); dotted {
		return find(object(find(fields, outer)), inner)
	}
	return nil
}
