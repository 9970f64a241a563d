package spec

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	objectNode
	arrayNode
)

// node is a piece of a sample that remembers the order of its keys and its
// own JSON, so that what does not differ from the sample costs one copy.
type node struct {
	kind   nodeKind
	raw    []byte
	scalar any
	fields []field
}

type field struct {
	name   string
	prefix []byte // `,"name":` as written, the comma being absent from the first
	node   node
}

func newNode(value any) (node, error) {
	raw, err := appendTree(nil, value)
	if err != nil {
		return node{}, err
	}
	n := node{raw: raw}
	switch value := value.(type) {
	case []any:
		n.kind = arrayNode
	case mapping:
		n.kind = objectNode
		err = n.addFields(value)
	default:
		n.scalar = value
	}
	return n, err
}

func (n *node) addFields(m mapping) error {
	for i, e := range m {
		child, err := newNode(e.value)
		if err != nil {
			return err
		}
		var prefix []byte
		if i > 0 {
			prefix = append(prefix, ',')
		}
		if prefix, err = appendScalar(prefix, e.name); err != nil {
			return err
		}
		n.fields = append(n.fields, field{name: e.name, prefix: append(prefix, ':'), node: child})
	}
	return nil
}

func encodeJSON(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'}), nil
}

// find returns the node at a JSON pointer below n, or nil.
func (n *node) find(pointer string) *node {
	at := n
	for _, name := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		i := slices.IndexFunc(at.fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return nil
		}
		at = &at.fields[i].node
	}
	return at
}

// render appends the node with the overrides that lie at or below prefix.
// used counts the overrides that found their place.
func (n *node) render(out []byte, prefix string, overrides Fields, used *int) ([]byte, error) {
	if value, ok := overrides[prefix]; ok && prefix != "" {
		*used++
		return appendScalar(out, value)
	}
	if n.kind != objectNode || !overrides.below(prefix) {
		return append(out, n.raw...), nil
	}
	out = append(out, '{')
	var err error
	for i := range n.fields {
		f := &n.fields[i]
		out = append(out, f.prefix...)
		if out, err = f.node.render(out, prefix+"/"+f.name, overrides, used); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// without is the object without the field at a path.
func (n node) without(path []string) node {
	shorter := node{kind: objectNode, raw: []byte{'{'}}
	for _, f := range n.fields {
		if f.name == path[0] {
			if len(path) == 1 {
				continue
			}
			f.node = f.node.without(path[1:])
		}
		f.prefix = bytes.TrimPrefix(f.prefix, []byte{','})
		if len(shorter.fields) > 0 {
			f.prefix = append([]byte{','}, f.prefix...)
		}
		shorter.fields = append(shorter.fields, f)
		shorter.raw = append(append(shorter.raw, f.prefix...), f.node.raw...)
	}
	shorter.raw = append(shorter.raw, '}')
	return shorter
}
