package fault

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"stagedoor/spec"
)

// longest is the longest delay or slow body: no client waits for more.
const longest = time.Hour

var (
	validID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	parameter = regexp.MustCompile(`\{([^{}]+)\}`)
)

// Problem is what is wrong with a rule, and where in the list of rules:
// "[1].effect.outcome".
type Problem struct {
	Field  string
	Detail string
}

// Error is "field: detail".
func (p *Problem) Error() string { return p.Field + ": " + p.Detail }

func wrong(field, format string, args ...any) *Problem {
	return &Problem{Field: field, Detail: fmt.Sprintf(format, args...)}
}

// Check returns the rules as they are to be followed: each with an id, none
// with hits. A rule that names what the contract does not have, or that could
// never do anything, is a [Problem].
func Check(contract *spec.Contract, rules Rules) (Rules, error) {
	checked := slices.Clone(rules)
	holders := map[string]int{}
	for i := range checked {
		r := &checked[i]
		at := "[" + strconv.Itoa(i) + "]."
		if p := r.check(contract); p != nil {
			return nil, wrong(at+p.Field, "%s", p.Detail)
		}
		if j, taken := holders[r.ID]; taken && r.ID != "" {
			return nil, wrong(at+"id", "rule %d of the list has the same; an id names one rule", j)
		}
		holders[r.ID] = i
		r.Hits = 0
	}
	for i := range checked {
		for n := i + 1; checked[i].ID == ""; n++ {
			id := "rule-" + strconv.Itoa(n)
			if _, taken := holders[id]; !taken {
				checked[i].ID, holders[id] = id, i
			}
		}
	}
	return checked, nil
}

func (r Rule) check(contract *spec.Contract) *Problem {
	if r.ID != "" && !validID.MatchString(r.ID) {
		return wrong("id", "%q must be 1 to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or digit", r.ID)
	}
	meant, p := r.Match.operations(contract)
	if p == nil {
		p = r.Effect.check(meant)
	}
	switch {
	case p != nil:
		return p
	case r.When != "" && r.When != Before && r.When != After:
		return wrong("when", "%q is unknown; use before or after", r.When)
	case r.Times != nil && *r.Times < 1:
		return wrong("times", "must be at least 1; leave it out for no limit")
	case r.Probability != nil && (*r.Probability < 0 || *r.Probability > 1):
		return wrong("probability", "must be from 0 to 1")
	}
	return nil
}

// operations are those that the match means; there is at least one.
func (m Match) operations(contract *spec.Contract) ([]*spec.Operation, *Problem) {
	var meant []*spec.Operation
	var systems []string
	for _, s := range contract.Systems {
		systems = append(systems, s.Name)
		if m.System == "" || m.System == s.Name {
			meant = append(meant, s.Operations...)
		}
	}
	if len(meant) == 0 {
		return nil, wrong("match.system", "there is no system %q%s", m.System, instead(m.System, systems))
	}
	if m.Operation != "" {
		known := names(meant, func(o *spec.Operation) []string { return []string{o.ID, o.Name()} })
		meant = slices.DeleteFunc(meant, func(o *spec.Operation) bool { return !m.meansOperation(o) })
		if len(meant) == 0 {
			return nil, wrong("match.operation", "%s has no operation %q%s", orAnySystem(m.System), m.Operation, instead(m.Operation, known))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Path)) {
		known := names(meant, parametersOf)
		meant = slices.DeleteFunc(meant, func(o *spec.Operation) bool { return !slices.Contains(parametersOf(o), name) })
		if len(meant) == 0 {
			return nil, wrong("match.path."+name, "no operation that is meant has this path parameter%s", instead(name, known))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Body)) {
		if _, scalar := text(m.Body[name]); !scalar {
			return nil, wrong("match.body."+name, "must be a string, a number, true or false")
		}
	}
	return meant, nil
}

func orAnySystem(name string) string {
	if name == "" {
		return "the contract"
	}
	return name
}

func parametersOf(o *spec.Operation) []string {
	var found []string
	for _, m := range parameter.FindAllStringSubmatch(o.Path, -1) {
		found = append(found, m[1])
	}
	return found
}

// names lists what f finds in the operations, each once, in order.
func names(operations []*spec.Operation, f func(*spec.Operation) []string) []string {
	found := map[string]bool{}
	for _, o := range operations {
		for _, name := range f(o) {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// instead proposes the name that was probably meant, or lists those there are
// where they are few.
func instead(name string, known []string) string {
	const few = 20
	switch nearest := spec.Nearest(name, known); {
	case nearest != "":
		return "; did you mean " + nearest + "?"
	case len(known) == 0:
		return "; there is none"
	case len(known) > few:
		return "; stagedoor spec list shows those that there are"
	}
	return "; there is " + strings.Join(known, ", ")
}

func (e Effect) check(meant []*spec.Operation) *Problem {
	if p := e.checkValues(meant); p != nil {
		return p
	}
	ofReply := e.OfReply()
	switch {
	case e.Delay == nil && e.Drop == "" && len(ofReply) == 0:
		return wrong("effect", "does nothing; give it at least one of delay, outcome, drop, truncate, malformed, contentType, slowBody, status")
	case e.Drop == DropBefore && len(ofReply) > 0:
		return wrong("effect."+ofReply[0], `nothing of the reply is sent with "drop": "before"; leave one of the two out`)
	case e.Status != 0 && e.Outcome != "":
		return wrong("effect.status", "a reply cannot be an outcome and a bare status; leave one of the two out")
	case e.Status != 0 && e.Malformed:
		return wrong("effect.malformed", "a reply with a bare status has no JSON; leave one of the two out")
	}
	return nil
}

// OfReply are the fields of the effect that make or change a reply.
func (e Effect) OfReply() []string {
	var set []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"outcome", e.Outcome != ""}, {"status", e.Status != 0}, {"truncate", e.Truncate != nil},
		{"malformed", e.Malformed}, {"contentType", e.ContentType != ""}, {"slowBody", e.SlowBody != 0},
	} {
		if field.set {
			set = append(set, field.name)
		}
	}
	return set
}

func (e Effect) checkValues(meant []*spec.Operation) *Problem {
	switch {
	case e.Delay != nil && (e.Delay.Min < 0 || e.Delay.Min > e.Delay.Max):
		return wrong("effect.delay", "must not be negative, nor its max less than its min")
	case e.Delay != nil && (e.Delay.Max == 0 || e.Delay.Max > longest):
		return wrong("effect.delay", "must be more than 0s and at most %v", longest)
	case e.Drop != "" && e.Drop != DropBefore && e.Drop != DropMiddle:
		return wrong("effect.drop", "%q is unknown; use before or middle", e.Drop)
	case e.Truncate != nil && *e.Truncate < 0:
		return wrong("effect.truncate", "must not be negative; it is a number of bytes")
	case strings.ContainsFunc(e.ContentType, func(c rune) bool { return c < ' ' || c > '~' }):
		return wrong("effect.contentType", "must be printable ASCII")
	case e.SlowBody < 0 || e.SlowBody.Std() > longest:
		return wrong("effect.slowBody", "must be more than 0s and at most %v", longest)
	case e.Status != 0 && (e.Status < 500 || e.Status > 599):
		return wrong("effect.status", "must be from 500 to 599; other statuses are those of outcomes")
	}
	return e.checkOutcome(meant)
}

// checkOutcome wants the outcome of one operation at least: the rule is then
// about those that have it.
func (e Effect) checkOutcome(meant []*spec.Operation) *Problem {
	if e.Outcome == "" || slices.ContainsFunc(meant, e.possible) {
		return nil
	}
	known := names(meant, func(o *spec.Operation) []string {
		var all []string
		for _, outcome := range slices.Concat(o.Outcomes, o.System.Outcomes) {
			all = append(all, outcome.Name)
		}
		return all
	})
	whose := "none of the operations that are meant has an outcome"
	if len(meant) == 1 {
		whose = meant[0].Name() + " has no outcome"
	}
	return wrong("effect.outcome", "%s %q%s", whose, e.Outcome, instead(e.Outcome, known))
}

// possible says whether an operation can be answered as the effect wants.
func (e Effect) possible(o *spec.Operation) bool {
	return e.Outcome == "" || o.Outcome(e.Outcome) != nil || o.System.Outcome(e.Outcome) != nil
}

// text is the text of a string, number or boolean of JSON; false for others.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	switch raw[0] {
	case '{', '[', 'n':
		return "", false
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	return string(raw), true
}
