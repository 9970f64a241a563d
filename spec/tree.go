package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	yaml3 "github.com/oasdiff/yaml3"
)

// mapping is a YAML mapping in the order in which it is written. Its values,
// and those of a list, are mapping, []any, string, int, json.Number, bool and nil.
type mapping []entry

type entry struct {
	name  string
	line  int
	value any
}

// get is the value of a key, or nil.
func (m mapping) get(name string) any {
	for _, e := range m {
		if e.name == name {
			return e.value
		}
	}
	return nil
}

// at is the mapping under a chain of keys; it is empty where there is none.
func (m mapping) at(names ...string) mapping {
	for _, name := range names {
		m, _ = m.get(name).(mapping)
	}
	return m
}

// parseTree reads the one YAML mapping that data is. It takes what JSON can
// hold and has no double meaning: no repeated keys, anchors or merged mappings.
func parseTree(data []byte) (mapping, error) {
	decoder := yaml3.NewDecoder(bytes.NewReader(data))
	var document, more yaml3.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one YAML document")
	}
	value, err := treeValue(document.Content[0])
	if err != nil {
		return nil, err
	}
	tree, ok := value.(mapping)
	if !ok {
		return nil, errors.New("is not a YAML mapping")
	}
	return tree, nil
}

func treeValue(n *yaml3.Node) (any, error) {
	switch n.Kind {
	case yaml3.MappingNode:
		return treeMapping(n)
	case yaml3.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = treeValue(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml3.ScalarNode:
		return treeScalar(n)
	}
	return nil, fmt.Errorf("line %d: an alias; write the value out", n.Line)
}

func treeMapping(n *yaml3.Node) (any, error) {
	m := make(mapping, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml3.ScalarNode || key.ShortTag() == "!!merge" {
			return nil, fmt.Errorf("line %d: a key that is no plain name", key.Line)
		}
		if seen[key.Value] {
			return nil, fmt.Errorf("line %d: the key %q stands twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		value, err := treeValue(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		m = append(m, entry{name: key.Value, line: key.Line, value: value})
	}
	return m, nil
}

func treeScalar(n *yaml3.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!int":
		if number, err := strconv.Atoi(n.Value); err == nil {
			return number, nil
		}
		return nil, fmt.Errorf("line %d: %q is no plain whole number; quote it if it is a text", n.Line, n.Value)
	case "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		return nil, fmt.Errorf("line %d: %q is no number of JSON", n.Line, n.Value)
	case "!!bool":
		var truth bool
		err := n.Decode(&truth)
		return truth, err
	default:
		return nil, fmt.Errorf("line %d: a value tagged %s", n.Line, tag)
	}
}

// appendTree appends a value of a tree as JSON, its keys in their order.
func appendTree(out []byte, value any) ([]byte, error) {
	var err error
	switch value := value.(type) {
	case mapping:
		out = append(out, '{')
		for i, e := range value {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = appendScalar(out, e.name); err != nil {
				return nil, err
			}
			if out, err = appendTree(append(out, ':'), e.value); err != nil {
				return nil, fmt.Errorf("line %d: %w", e.line, err)
			}
		}
		return append(out, '}'), nil
	case []any:
		out = append(out, '[')
		for i, item := range value {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = appendTree(out, item); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	}
	return appendScalar(out, value)
}

func appendScalar(out []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case int:
		return strconv.AppendInt(out, int64(value), 10), nil
	case string:
		if !strings.ContainsFunc(value, escaped) {
			return append(append(append(out, '"'), value...), '"'), nil
		}
	}
	raw, err := encodeJSON(value)
	return append(out, raw...), err
}

// escaped says whether JSON cannot have a character as it is.
func escaped(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= utf8.RuneSelf }
