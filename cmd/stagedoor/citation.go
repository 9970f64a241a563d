package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stagedoor/spec"
)

// parseSource reads "subscriber-api:681" or "subscriber-api".
func parseSource(c *spec.Contract, id string) (d spec.Document, line int, ok bool) {
	name, at, cited := strings.Cut(id, ":")
	for _, d := range c.Documents {
		if d.ID != name {
			continue
		}
		if !cited {
			return d, 0, true
		}
		line, err := strconv.Atoi(at)
		return d, line, err == nil
	}
	return spec.Document{}, 0, false
}

// printSource says what a document is, what stands at a line of it, and what
// in the contract rests on that.
func printSource(w io.Writer, c *spec.Contract, d spec.Document, line int) error {
	if line == 0 {
		printDocument(w, d)
		return nil
	}
	if line < 1 || line > d.Lines {
		return usagef("document %s has %d lines, and no line %d", d.ID, d.Lines, line)
	}
	fmt.Fprintf(w, "source %s:%d: line %d of %q\n", d.ID, line, line, d.Title)
	for _, s := range d.Sections {
		if s.From <= line && line <= s.To {
			fmt.Fprintf(w, "  in section %q, lines %d to %d\n", s.Name, s.From, s.To)
		}
	}
	fmt.Fprintf(w, "  published at %s\n", d.Published)
	cited, err := citations(c, d.ID, line)
	if err != nil {
		return err
	}
	if len(cited) == 0 {
		fmt.Fprintln(w, "  nothing in the contract cites this line")
		return nil
	}
	fmt.Fprintln(w, "  the contract cites it for")
	for _, what := range cited {
		fmt.Fprintln(w, "    "+what)
	}
	return nil
}

func printDocument(w io.Writer, d spec.Document) {
	fmt.Fprintf(w, "document %s: %s\n", d.ID, d.Title)
	fmt.Fprintf(w, "  published at %s\n  system %s; %d lines; SHA-256 %s\n", d.Published, d.System, d.Lines, d.SHA256)
	var rows [][]string
	for _, s := range d.Sections {
		rows = append(rows, []string{fmt.Sprintf("%d-%d", s.From, s.To), s.Name})
	}
	table(w, "    ", rows)
}

// citations lists what in the contract has a line as its source: operations
// and outcomes by name, parameters and schemas by their place in the file.
func citations(c *spec.Contract, document string, line int) ([]string, error) {
	var found []string
	for _, s := range c.Systems {
		data, err := s.Doc.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("read the contract of %s: %w", s.Name, err)
		}
		tree, err := spec.DecodeJSON(data)
		if err != nil {
			return nil, fmt.Errorf("read the contract of %s: %w", s.Name, err)
		}
		walk := citationWalk{system: s.Name, cites: spec.Source{Document: document, Line: line}}
		walk.visit("", "", tree)
		found = append(found, walk.found...)
	}
	return found, nil
}

// citationWalk looks through an OpenAPI file for what cites a source.
type citationWalk struct {
	system string
	cites  spec.Source
	found  []string
}

const outcomePlace = "/components/examples/"

// visit looks at a node and below it. within is the operation that holds it.
func (v *citationWalk) visit(place, within string, node any) {
	switch node := node.(type) {
	case []any:
		for i, child := range node {
			key := strconv.Itoa(i)
			if object, ok := child.(map[string]any); ok && object["name"] != nil {
				key = fmt.Sprint(object["name"])
			}
			v.visit(place+"/"+key, within, child)
		}
	case map[string]any:
		if id, ok := node["operationId"].(string); ok {
			place, within = "", v.system+"."+id
		}
		if source := decodeSource(node["x-source"]); source == v.cites {
			v.found = append(v.found, v.name(place, within))
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if key != "x-source" && key != "value" {
				v.visit(place+"/"+key, within, node[key])
			}
		}
	}
}

// name is what people call the place.
func (v *citationWalk) name(place, within string) string {
	component, isOutcome := strings.CutPrefix(place, outcomePlace)
	switch {
	case within != "" && place == "":
		return "operation " + within
	case within != "":
		return within + " " + strings.TrimPrefix(place, "/")
	case isOutcome:
		return "outcome " + component + " of " + v.system
	}
	return v.system + ".yaml " + strings.TrimPrefix(place, "/")
}

// decodeSource is the document and the line of an x-source.
func decodeSource(value any) spec.Source {
	source, _ := value.(map[string]any)
	document, _ := source["document"].(string)
	line, _ := strconv.Atoi(fmt.Sprint(source["line"]))
	return spec.Source{Document: document, Line: line}
}
