package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkReadings refuses readings that cannot be followed.
func (c *Contract) checkReadings() error {
	seen := map[string]bool{}
	for _, r := range c.Rows {
		if r.ID == "" || r.Question == "" || len(r.Options) < 2 {
			return fmt.Errorf("reading %q needs an id, a question and two options", r.ID)
		}
		if seen[r.ID] {
			return fmt.Errorf("reading %q stands twice", r.ID)
		}
		seen[r.ID] = true
		for _, id := range r.Operations {
			if !strings.Contains(id, ".") || len(c.Operations(id)) != 1 {
				return fmt.Errorf("reading %s names no operation %q%s", r.ID, id, hint(id, c.OperationNames()))
			}
		}
		for _, name := range r.Systems {
			if c.System(name) == nil {
				return fmt.Errorf("reading %s names no system %q%s", r.ID, name, hint(name, names))
			}
		}
		if err := c.checkOptions(r); err != nil {
			return fmt.Errorf("reading %s: %w", r.ID, err)
		}
	}
	return nil
}

func (c *Contract) checkOptions(r Reading) error {
	seen := map[string]bool{}
	for _, option := range r.Options {
		if option.ID == "" || seen[option.ID] {
			return fmt.Errorf("option %q is empty or stands twice", option.ID)
		}
		seen[option.ID] = true
		if err := c.checkEffects(r, option); err != nil {
			return fmt.Errorf("option %s %w", option.ID, err)
		}
	}
	return nil
}

func (c *Contract) checkEffects(r Reading, option Option) error {
	for _, moved := range []map[string]int{option.Status, option.Code} {
		for _, outcome := range slices.Sorted(maps.Keys(moved)) {
			if err := c.checkMoved(r, outcome); err != nil {
				return err
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(option.Rename)) {
		if !slices.ContainsFunc(c.touched(r), func(o *Outcome) bool { return o.Has("/" + field) }) {
			return fmt.Errorf("renames %q, which no outcome of its operations has", field)
		}
	}
	for _, pointer := range option.Omit {
		if !slices.ContainsFunc(c.touched(r), func(o *Outcome) bool { return o.Has(pointer) }) {
			return fmt.Errorf("omits %q, which no outcome of its operations has", pointer)
		}
	}
	for _, schema := range option.Admit {
		if !slices.ContainsFunc(c.Systems, func(s *System) bool { return s.Doc.Components.Schemas[schema] != nil }) {
			return fmt.Errorf("names no schema %q", schema)
		}
	}
	for _, schema := range slices.Sorted(maps.Keys(option.Required)) {
		if err := c.checkRequired(schema, option.Required[schema]); err != nil {
			return err
		}
	}
	return nil
}

// checkMoved refuses an effect on an outcome that there is not, or that an
// operation has which the reading does not name: the effect would reach it all
// the same.
func (c *Contract) checkMoved(r Reading, outcome string) error {
	found := false
	for _, s := range c.Systems {
		if len(r.Systems) > 0 && !slices.Contains(r.Systems, s.Name) {
			continue
		}
		found = found || s.Outcome(outcome) != nil
		for _, o := range s.Operations {
			if o.Outcome(outcome) == nil {
				continue
			}
			found = true
			if !r.Derived() && !slices.Contains(r.Operations, o.Name()) {
				return fmt.Errorf("moves outcome %s, which %s has too", outcome, o.Name())
			}
		}
	}
	if !found {
		return fmt.Errorf("names no outcome %q", outcome)
	}
	return nil
}

func (c *Contract) checkRequired(schema string, fields []string) error {
	found := false
	for _, s := range c.Systems {
		ref := s.Doc.Components.Schemas[schema]
		if ref == nil {
			continue
		}
		found = true
		for _, field := range fields {
			if ref.Value.Properties[field] == nil {
				return fmt.Errorf("requires %q, which schema %s of %s does not have", field, schema, s.Name)
			}
		}
	}
	if !found {
		return fmt.Errorf("names no schema %q", schema)
	}
	if len(fields) == 0 {
		return errors.New("requires nothing of schema " + schema)
	}
	return nil
}

// touched lists the outcomes of the operations that a reading names.
func (c *Contract) touched(r Reading) []*Outcome {
	var all []*Outcome
	for _, id := range r.Operations {
		for _, o := range c.Operations(id) {
			all = append(all, o.Outcomes...)
		}
	}
	return all
}
