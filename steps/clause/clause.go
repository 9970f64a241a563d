// Package clause owns the registry of obligations: what an implementation is
// held to, how strictly, and where a document says so. The registry is
// spec/clauses.yaml; scenarios point into it with @clause tags, and the checks
// that every reply passes have clauses of their own.
package clause

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"stagedoor/spec"
)

// Level is how binding a clause is.
type Level string

// The levels, the most binding first.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Stricter says whether l binds more than other.
func (l Level) Stricter(other Level) bool { return l.rank() < other.rank() }

func (l Level) rank() int { return slices.Index([]Level{Must, Should, May}, l) }

// Clause is one obligation.
type Clause struct {
	ID    string `yaml:"id"`
	Level Level  `yaml:"level"`
	// Source is where a document says it. A clause without one is inferred, and
	// can be no MUST.
	Source Source `yaml:"source"`
	Text   string `yaml:"text"`
	// Implicit marks a clause that the suite checks on every reply; no scenario
	// carries it.
	Implicit bool `yaml:"implicit"`
}

// Source is a line of one of the documents.
type Source struct {
	Document string `yaml:"document"`
	Line     int    `yaml:"line"`
}

// String is "subscriber-api line 150", or "" for no source.
func (s Source) String() string {
	if s.Document == "" {
		return ""
	}
	return fmt.Sprintf("%s line %d", s.Document, s.Line)
}

// Registry holds all clauses in the order of the file.
type Registry struct{ clauses []Clause }

// Load reads the embedded registry and holds it against the documents of the
// contract.
func Load(contract *spec.Contract) (*Registry, error) {
	data, err := spec.File("clauses.yaml")
	if err != nil {
		return nil, fmt.Errorf("read clauses: %w", err)
	}
	r, err := Parse(data, contract.Documents)
	if err != nil {
		return nil, fmt.Errorf("spec/clauses.yaml: %w", err)
	}
	return r, nil
}

// Parse reads a registry. It refuses a clause that is incomplete, stands twice
// or points outside of its document.
func Parse(data []byte, documents []spec.Document) (*Registry, error) {
	var file struct {
		Clauses []Clause `yaml:"clauses"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	seen := map[string]bool{}
	for _, c := range file.Clauses {
		if err := c.check(documents); err != nil {
			return nil, fmt.Errorf("clause %q: %w", c.ID, err)
		}
		if seen[c.ID] {
			return nil, fmt.Errorf("clause %q stands twice", c.ID)
		}
		seen[c.ID] = true
	}
	return &Registry{clauses: file.Clauses}, nil
}

var idForm = regexp.MustCompile(`^[A-Z]{3}(-[A-Z]+)+-[0-9]{2}$`)

func (c Clause) check(documents []spec.Document) error {
	switch {
	case !idForm.MatchString(c.ID):
		return fmt.Errorf("an id looks like SUB-LOGIN-01")
	case c.Level.rank() < 0:
		return fmt.Errorf("level %q is none of MUST, SHOULD, MAY", c.Level)
	case strings.TrimSpace(c.Text) == "":
		return fmt.Errorf("has no text")
	case c.Source.Document == "" && c.Level == Must:
		return fmt.Errorf("is a MUST without a source")
	case c.Source.Document == "":
		return nil
	}
	i := slices.IndexFunc(documents, func(d spec.Document) bool { return d.ID == c.Source.Document })
	if i < 0 {
		return fmt.Errorf("no document %q in documents.yaml", c.Source.Document)
	}
	if c.Source.Line < 1 || c.Source.Line > documents[i].Lines {
		return fmt.Errorf("document %q has no line %d", c.Source.Document, c.Source.Line)
	}
	return nil
}

// Clause returns the clause with this id.
func (r *Registry) Clause(id string) (Clause, bool) {
	i := slices.IndexFunc(r.clauses, func(c Clause) bool { return c.ID == id })
	if i < 0 {
		return Clause{}, false
	}
	return r.clauses[i], true
}

// All lists the clauses.
func (r *Registry) All() []Clause { return slices.Clone(r.clauses) }

// Strictest is the most binding level among the clauses named, MAY if none is.
func (r *Registry) Strictest(ids []string) Level {
	strictest := May
	for _, id := range ids {
		if c, ok := r.Clause(id); ok && c.Level.Stricter(strictest) {
			strictest = c.Level
		}
	}
	return strictest
}
