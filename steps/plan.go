package steps

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// Scenario is one scenario of a feature file; a row of an outline is one too.
type Scenario struct {
	// File and Line are where it stands, for an outline those of the row.
	File  string
	Line  int
	Title string
	// Rule is the obligation in words under which it stands.
	Rule       string
	System     string
	Operations []string
	Clauses    []string
	Needs      []string
	Impact     string

	steps []plannedStep
	tags  []string
	// outline is whether Line is that of a row.
	outline bool
	span    span
}

type plannedStep struct {
	text string
	line int
	kind messages.PickleStepType
}

// span is a range of lines, both ends in it.
type span struct{ from, to int }

// key finds a scenario of the plan by what godog says of it. Titles are unique
// within the plan.
func (s *Scenario) key() string { return s.File + "\x00" + s.Title }

// document is one feature file.
type document struct {
	name      string
	content   []byte
	tree      *messages.GherkinDocument
	scenarios []*Scenario
}

// parse reads every feature file below the root of fsys, in order of name.
func parse(fsys fs.FS) ([]*document, error) {
	var documents []*document
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".feature") {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		d, err := parseDocument(name, content)
		if err != nil {
			return err
		}
		documents = append(documents, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read features: %w", err)
	}
	return documents, nil
}

func parseDocument(name string, content []byte) (*document, error) {
	ids := (&messages.Incrementing{}).NewId
	tree, err := gherkin.ParseGherkinDocument(bytes.NewReader(content), ids)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &document{name: name, content: content, tree: tree}
	places := placesOf(tree)
	for _, pickle := range gherkin.Pickles(*tree, name, ids) {
		d.scenarios = append(d.scenarios, newScenario(name, pickle, places))
	}
	return d, nil
}

// place is where the syntax of a scenario, a row or a step stands.
type place struct {
	line int
	span span
	rule string
}

func placesOf(tree *messages.GherkinDocument) map[string]place {
	places := map[string]place{}
	if tree.Feature == nil {
		return places
	}
	for _, child := range tree.Feature.Children {
		addScenario(places, child.Scenario, "")
		if child.Rule == nil {
			continue
		}
		for _, inner := range child.Rule.Children {
			addScenario(places, inner.Scenario, child.Rule.Name)
		}
	}
	return places
}

func addScenario(places map[string]place, s *messages.Scenario, rule string) {
	if s == nil {
		return
	}
	at := span{from: int(s.Location.Line), to: int(s.Location.Line)}
	for _, tag := range s.Tags {
		at.from = min(at.from, int(tag.Location.Line))
	}
	for _, step := range s.Steps {
		places[step.Id] = place{line: int(step.Location.Line)}
		at.to = max(at.to, lastLine(step))
	}
	for _, examples := range s.Examples {
		for _, row := range examples.TableBody {
			line := int(row.Location.Line)
			places[row.Id] = place{line: line, span: span{line, line}, rule: rule}
		}
	}
	places[s.Id] = place{line: int(s.Location.Line), span: at, rule: rule}
}

// lastLine is where a step ends, its table or text included.
func lastLine(step *messages.Step) int {
	switch {
	case step.DataTable != nil && len(step.DataTable.Rows) > 0:
		return int(step.DataTable.Rows[len(step.DataTable.Rows)-1].Location.Line)
	case step.DocString != nil:
		return int(step.DocString.Location.Line) + strings.Count(step.DocString.Content, "\n") + 2
	}
	return int(step.Location.Line)
}

func newScenario(name string, pickle *messages.Pickle, places map[string]place) *Scenario {
	at := places[pickle.AstNodeIds[len(pickle.AstNodeIds)-1]]
	s := &Scenario{
		File: name, Line: at.line, Title: pickle.Name, Rule: at.rule,
		outline: len(pickle.AstNodeIds) > 1, span: at.span,
	}
	for _, step := range pickle.Steps {
		s.steps = append(s.steps, plannedStep{text: step.Text, line: places[step.AstNodeIds[0]].line, kind: step.Type})
	}
	for _, tag := range pickle.Tags {
		s.addTag(tag.Name)
	}
	return s
}

func (s *Scenario) addTag(tag string) {
	if slices.Contains(s.tags, tag) {
		return
	}
	s.tags = append(s.tags, tag)
	kind, value, _ := strings.Cut(strings.TrimPrefix(tag, "@"), ":")
	switch kind {
	case "op":
		s.Operations = append(s.Operations, value)
	case "clause":
		s.Clauses = append(s.Clauses, value)
	case "needs":
		s.Needs = append(s.Needs, value)
	case "impact":
		s.Impact = value
	default:
		s.System = kind
	}
}

// without is the text of the file with empty lines where the scenarios stand
// that chosen does not name, so that every line keeps its number.
func (d *document) without(chosen map[string]bool) []byte {
	lines := bytes.Split(d.content, []byte("\n"))
	for _, s := range d.scenarios {
		if chosen[s.key()] {
			continue
		}
		for line := s.span.from; line <= s.span.to; line++ {
			lines[line-1] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}
