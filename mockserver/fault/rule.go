package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"stagedoor/mockserver/clock"
)

// Rule is one fault rule.
type Rule struct {
	// ID names the rule in the journal; one that has none is given one.
	ID     string `json:"id,omitempty"`
	Match  Match  `json:"match"`
	Effect Effect `json:"effect"`
	// When the rule acts: Before the operation, instead of it where the effect
	// leaves nothing for it to answer; or After it. Empty means as Effect says.
	When When `json:"when,omitempty"`
	// Times is how often the rule fires before it is spent; nil is no limit.
	Times *int `json:"times,omitempty"`
	// Probability is that of firing, from 0 to 1; nil is always.
	Probability *float64 `json:"probability,omitempty"`
	// Hits is how often the rule has fired. It is not the writer's to choose.
	Hits uint64 `json:"hits"`
}

// Match says which calls a rule is about: those that fit every field that is
// there, so that an empty one means every operation of every system.
type Match struct {
	System string `json:"system,omitempty"`
	// Operation is an operationId, or "system.operationId".
	Operation string `json:"operation,omitempty"`
	// Path are values of path parameters by name.
	Path map[string]string `json:"path,omitempty"`
	// Body are strings, numbers and booleans by the name of a field of the
	// request's JSON; "credentials.pin" is a field of a field.
	Body map[string]json.RawMessage `json:"body,omitempty"`
}

// Effect is what a rule does.
type Effect struct {
	// Delay holds the call back before the operation, or the reply after it.
	Delay *Delay `json:"delay,omitempty"`
	// Outcome is answered, as its sample.
	Outcome string `json:"outcome,omitempty"`
	// Drop closes the connection.
	Drop Drop `json:"drop,omitempty"`
	// Truncate ends the body after so many bytes, as if it were whole.
	Truncate *int `json:"truncate,omitempty"`
	// Malformed makes the body no JSON, early on.
	Malformed bool `json:"malformed,omitempty"`
	// ContentType is sent in place of the right one.
	ContentType string `json:"contentType,omitempty"`
	// SlowBody is how long the body takes, in pieces.
	SlowBody clock.Duration `json:"slowBody,omitempty"`
	// Status is a 5xx that is answered as a gateway would: not in the system's
	// envelope, nor in JSON.
	Status int `json:"status,omitempty"`
}

// When is before or after the behaviour of the operation.
type When string

// The two sides of the behaviour.
const (
	Before When = "before"
	After  When = "after"
)

// Drop is where in a reply the connection closes.
type Drop string

// The places where a connection closes: before the first byte of the reply, or
// after its head and half of its body.
const (
	DropBefore Drop = "before"
	DropMiddle Drop = "middle"
)

// Delay is how long a call is held back, in real time: from Min to Max, which
// are the same where the delay is fixed.
type Delay struct {
	Min, Max time.Duration
}

// RunsAfter says whether the rule acts once the operation has run. Unless When
// says it, that is so for an effect that needs a reply of the operation.
func (r Rule) RunsAfter() bool {
	if r.When != "" {
		return r.When == After
	}
	return r.Effect.Outcome == "" && r.Effect.Status == 0 && r.Effect.spoilsBody()
}

// Replaces says whether the rule, acting before the operation, answers in its
// place; a mere delay does not.
func (r Rule) Replaces() bool {
	e := r.Effect
	return e.Outcome != "" || e.Status != 0 || e.Drop != "" || e.spoilsBody()
}

// spoilsBody says whether the effect is one on a reply that has a body.
func (e Effect) spoilsBody() bool {
	return e.Truncate != nil || e.Malformed || e.ContentType != "" || e.SlowBody != 0 || e.Drop == DropMiddle
}

// wire is the JSON of a delay that is a range.
type wire struct {
	Min clock.Duration `json:"min"`
	Max clock.Duration `json:"max"`
}

// MarshalJSON writes "300ms", or {min, max}.
func (d Delay) MarshalJSON() ([]byte, error) {
	if d.Min == d.Max {
		return json.Marshal(clock.Duration(d.Min))
	}
	return json.Marshal(wire{clock.Duration(d.Min), clock.Duration(d.Max)})
}

// UnmarshalJSON reads "300ms", or {min, max}.
func (d *Delay) UnmarshalJSON(data []byte) error {
	var w wire
	if len(data) > 0 && data[0] == '{' {
		if err := strict(data, &w); err != nil {
			return err
		}
	} else {
		if err := json.Unmarshal(data, &w.Max); err != nil {
			return err
		}
		w.Min = w.Max
	}
	*d = Delay{Min: w.Min.Std(), Max: w.Max.Std()}
	return nil
}

// Rules is an ordered list of rules.
type Rules []Rule

// UnmarshalJSON reads rules strictly; what is wrong is a [Problem] that names
// the rule.
func (r *Rules) UnmarshalJSON(data []byte) error {
	var entries []json.RawMessage
	if err := json.Unmarshal(data, &entries); err != nil {
		return &Problem{Detail: "must be an array of rules"}
	}
	*r = make(Rules, len(entries))
	for i, entry := range entries {
		if err := strict(entry, &(*r)[i]); err != nil {
			return &Problem{Field: fmt.Sprintf("[%d]", i), Detail: err.Error()}
		}
	}
	return nil
}

func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
