package spec

import (
	"fmt"
	"slices"
)

// Document is one of the published documents that the contract is derived
// from, as documents.yaml names it.
type Document struct {
	ID        string    `json:"id"`
	System    string    `json:"system"`
	Title     string    `json:"title"`
	Published string    `json:"published"`
	SHA256    string    `json:"sha256"`
	Lines     int       `json:"lines"`
	Sections  []Section `json:"sections"`
}

// Section is a named range of lines of a document.
type Section struct {
	Name string `json:"name"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// Source points into a document: where a fact of the contract is printed.
type Source struct {
	Document string `json:"document"`
	Section  string `json:"section"`
	Line     int    `json:"line"`
}

// String is "subscriber-api line 681 (application codes)", or "" for no source.
func (s Source) String() string {
	if s.Document == "" {
		return ""
	}
	text := fmt.Sprintf("%s line %d", s.Document, s.Line)
	if s.Section != "" {
		text += " (" + s.Section + ")"
	}
	return text
}

// check says whether the source leads somewhere: a known document, a line in
// it, and a section that holds the line.
func (s Source) check(documents []Document) error {
	i := slices.IndexFunc(documents, func(d Document) bool { return d.ID == s.Document })
	if i < 0 {
		return fmt.Errorf("x-source: documents.yaml has no document %q for this system", s.Document)
	}
	d := documents[i]
	if s.Line < 1 || s.Line > d.Lines {
		return fmt.Errorf("x-source: document %s has no line %d; it has %d", d.ID, s.Line, d.Lines)
	}
	i = slices.IndexFunc(d.Sections, func(section Section) bool { return section.Name == s.Section })
	if i < 0 {
		return fmt.Errorf("x-source: document %s has no section %q%s", d.ID, s.Section, hint(s.Section, d.sectionNames()))
	}
	if section := d.Sections[i]; s.Line < section.From || s.Line > section.To {
		return fmt.Errorf("x-source: section %q of %s has lines %d to %d, not %d", s.Section, d.ID, section.From, section.To, s.Line)
	}
	return nil
}

func (d Document) sectionNames() []string {
	all := make([]string, len(d.Sections))
	for i, s := range d.Sections {
		all[i] = s.Name
	}
	return all
}

// checkDocuments refuses a list of documents that a source could not be
// followed in.
func checkDocuments(documents []Document) error {
	seen := map[string]bool{}
	for _, d := range documents {
		if d.ID == "" || d.Title == "" || d.Lines < 1 || !slices.Contains(names, d.System) {
			return fmt.Errorf("document %q needs an id, a title, its number of lines, and one of the systems", d.ID)
		}
		for _, s := range d.Sections {
			if s.From < 1 || s.From > s.To || s.To > d.Lines {
				return fmt.Errorf("document %s: section %q has no lines %d to %d", d.ID, s.Name, s.From, s.To)
			}
		}
		for _, name := range append(d.sectionNames(), "") {
			if seen[d.ID+"/"+name] {
				return fmt.Errorf("document %s: %q stands twice", d.ID, name)
			}
			seen[d.ID+"/"+name] = true
		}
	}
	return nil
}
