package steps

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/cucumber/godog"

	"stagedoor/spec"
)

// body is a request body under construction.
type body map[string]any

// sample is the contract's own example of a request, by name.
func sample(op *spec.Operation, name string) (body, error) {
	for _, item := range op.System.Doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.OperationID != op.ID || operation.RequestBody == nil {
				continue
			}
			media := operation.RequestBody.Value.Content["application/json"]
			if media == nil || media.Examples[name] == nil {
				continue
			}
			// A copy: scenarios change it side by side.
			data, err := json.Marshal(media.Examples[name].Value.Value)
			if err != nil {
				return nil, fmt.Errorf("%w: copy the example %s of %s: %w", errSuite, name, op.Name(), err)
			}
			var copied body
			if err := json.Unmarshal(data, &copied); err != nil {
				return nil, fmt.Errorf("%w: copy the example %s of %s: %w", errSuite, name, op.Name(), err)
			}
			return copied, nil
		}
	}
	return nil, fmt.Errorf("%w: %s has no example request %q", errSuite, op.Name(), name)
}

// set puts a value at a dotted path.
func (b body) set(path string, value any) error {
	object, last, err := b.walk(path)
	if err != nil {
		return err
	}
	object[last] = value
	return nil
}

func (b body) walk(path string) (map[string]any, string, error) {
	keys := strings.Split(path, ".")
	object := map[string]any(b)
	for _, key := range keys[:len(keys)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			return nil, "", fmt.Errorf("%w: the body has no object %q", errSuite, key)
		}
		object = inner
	}
	return object, keys[len(keys)-1], nil
}

var special = regexp.MustCompile(`^<.*>$`)

// override applies a table of fields and values. A value in angle brackets is
// one of a closed list.
func (b body) override(table *godog.Table) error {
	if table == nil {
		return nil
	}
	for i, row := range table.Rows {
		if len(row.Cells) != 2 {
			return fmt.Errorf("%w: a table of overrides has two columns", errSuite)
		}
		field, value := row.Cells[0].Value, row.Cells[1].Value
		if i == 0 {
			if field != "field" || value != "value" {
				return fmt.Errorf("%w: a table of overrides begins with | field | value |", errSuite)
			}
			continue
		}
		object, key, err := b.walk(field)
		if err != nil {
			return err
		}
		if value == "<absent>" {
			if _, there := object[key]; !there {
				return fmt.Errorf("%w: the body has no field %q to leave out", errSuite, field)
			}
			delete(object, key)
			continue
		}
		if object[key], err = valueOf(value); err != nil {
			return err
		}
	}
	return nil
}

func valueOf(text string) (any, error) {
	switch {
	case text == "<null>":
		return nil, nil
	case text == "<blank>":
		return "", nil
	case text == "<list>":
		return []any{}, nil
	case text == "<object>":
		return map[string]any{}, nil
	case text == "<true>":
		return true, nil
	case strings.HasPrefix(text, "<long ") && strings.HasSuffix(text, ">"):
		var n int
		if _, err := fmt.Sscanf(text, "<long %d>", &n); err != nil {
			return nil, fmt.Errorf("%w: %s: want a length", errSuite, text)
		}
		return strings.Repeat("a", n), nil
	case special.MatchString(text):
		return nil, fmt.Errorf("%w: %s is no special value", errSuite, text)
	}
	return text, nil
}
