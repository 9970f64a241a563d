package pipeline

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stagedoor/spec"
)

// preference is what a Prefer header (RFC 7240) asks of the mock.
type preference struct {
	given   bool // an outcome is asked for, by one of the two
	example string
	code    string
}

// preferred reads the preferences that the mock knows. Others, such as
// respond-async, are none of its business and are left alone.
func preferred(header http.Header) preference {
	var p preference
	for _, line := range header.Values("Prefer") {
		for item := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(item, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "example":
				p.given, p.example = true, value
			case "code":
				p.given, p.code = true, value
			}
		}
	}
	return p
}

// force finds the outcome that a preference names. A preference that names
// none, or several, is refused with the list of those that would do.
func (p preference) force(o *spec.Operation, readings *spec.ReadingSet) (*spec.Outcome, error) {
	valid := slices.Concat(o.Outcomes, o.System.Outcomes)
	var named []*spec.Outcome
	for _, outcome := range valid {
		if p.example != "" && outcome.Name != p.example {
			continue
		}
		if p.code != "" && strconv.Itoa(readings.Status(o.System, outcome)) != p.code {
			continue
		}
		if !slices.ContainsFunc(named, func(n *spec.Outcome) bool { return n.Name == outcome.Name }) {
			named = append(named, outcome)
		}
	}
	if len(named) == 1 && p.example+p.code != "" {
		return named[0], nil
	}
	asked := "example=" + p.example
	if p.code != "" {
		asked = "code=" + p.code
	}
	if len(named) == 0 || p.example+p.code == "" {
		return nil, fmt.Errorf("preference %s is no outcome of %s%s; it has %s", asked, o.ID, meant(p.example, valid), list(valid))
	}
	return nil, fmt.Errorf("preference %s is several outcomes of %s; choose one with example=: %s", asked, o.ID, list(named))
}

// meant proposes the outcome that a misspelt name was probably meant to be.
func meant(name string, outcomes []*spec.Outcome) string {
	names := make([]string, len(outcomes))
	for i, o := range outcomes {
		names[i] = o.Name
	}
	if near := spec.Nearest(name, names); near != "" {
		return ", did you mean " + near + "?"
	}
	return ""
}

// forcedReply is the sample of an outcome, with the headers that its status asks for.
func forcedReply(o *spec.Operation, outcome *spec.Outcome, reason string) *spec.Reply {
	reply := &spec.Reply{Outcome: outcome.Name, Reason: reason}
	switch outcome.Status {
	case http.StatusTooManyRequests:
		reply.RetryAfter = "60"
	case http.StatusMethodNotAllowed:
		reply.Allow = o.Method
	}
	return reply
}

func list(outcomes []*spec.Outcome) string {
	names := make([]string, len(outcomes))
	for i, o := range outcomes {
		names[i] = o.Name + " (" + strconv.Itoa(o.Status) + ")"
	}
	return strings.Join(names, ", ")
}
