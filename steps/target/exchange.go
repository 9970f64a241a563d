package target

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"stagedoor/spec"
)

// Exchange is one call and its reply.
type Exchange struct {
	Operation *spec.Operation
	ID        string
	Method    string
	URL       string
	Header    http.Header
	Body      []byte

	Status      int
	ReplyHeader http.Header
	ReplyBody   []byte
	// Value is the body of the reply as [spec.DecodeJSON] reads it, nil where
	// it is no JSON.
	Value any
	// Outcomes are those that the reply fits.
	Outcomes []*spec.Outcome
	// Findings are what the reply breaks whatever was expected of it.
	Findings []Finding
	// Secrets are texts that the reply may not hold.
	Secrets []string
}

// Check names one of the checks that every reply passes.
type Check string

// The checks.
const (
	Complete    Check = "complete"    // the whole reply arrived and is not huge
	ContentType Check = "contentType" // it says that it is JSON
	JSON        Check = "json"        // it is one strict JSON value
	Legal       Check = "legal"       // status, code and fields are those of an outcome
	Schema      Check = "schema"      // it fits the schema of that outcome
	Secret      Check = "secret"      // it holds no password and no code
)

// Finding is one deviation of a reply.
type Finding struct {
	Check Check
	spec.Finding
}

// Fits says whether the reply is this outcome, or one that the operation counts
// as just as good.
func (x *Exchange) Fits(name string) bool {
	return slices.ContainsFunc(x.Outcomes, func(o *spec.Outcome) bool {
		return o.Name == name || slices.Contains(x.Operation.Alternatives[name], o.Name)
	})
}

// Is says whether the reply is this very outcome.
func (x *Exchange) Is(name string) bool {
	return slices.ContainsFunc(x.Outcomes, func(o *spec.Outcome) bool { return o.Name == name })
}

// Nearly says whether the reply is this outcome, or means it: status and code
// are right, and no other outcome fits.
func (x *Exchange) Nearly(name string) bool {
	if x.Is(name) {
		return true
	}
	o := x.Operation.Outcome(name)
	return o != nil && len(x.Outcomes) == 0 && x.resembles(o)
}

// resembles compares status and code, however the code is typed.
func (x *Exchange) resembles(o *spec.Outcome) bool {
	return x.Status == o.Status && o.CodeField() != "" && fmt.Sprint(x.at([]string{o.CodeField()})) == fmt.Sprint(o.Code)
}

// Text is the string at a path of keys in the reply, or "".
func (x *Exchange) Text(keys ...string) string {
	text, _ := x.at(keys).(string)
	return text
}

// Integer is the integer at a path of keys in the reply, or 0.
func (x *Exchange) Integer(keys ...string) int64 {
	number, _ := x.at(keys).(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}

func (x *Exchange) at(keys []string) any {
	value := x.Value
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// judge holds the reply against the contract. A wrong content type does not
// keep the rest from being judged.
func (x *Exchange) judge(readErr error) {
	switch {
	case readErr != nil:
		x.found(Complete, spec.Finding{In: "body", Rule: "complete", Message: "broke off before its end"})
		return
	case len(x.ReplyBody) > MaxBody:
		x.found(Complete, spec.Finding{In: "body", Rule: "complete", Message: fmt.Sprintf("is longer than %d bytes", MaxBody)})
		return
	}
	asJSON := http.Header{"Content-Type": {"application/json"}}
	fits, found := x.Operation.CheckReply(x.Status, x.ReplyHeader, x.ReplyBody)
	if len(found) > 0 && found[0].In == "header" {
		x.found(ContentType, found...)
		fits, found = x.Operation.CheckReply(x.Status, asJSON, x.ReplyBody)
	}
	x.Outcomes = fits
	if value, err := spec.DecodeJSON(x.ReplyBody); err == nil {
		x.Value = value
	}
	for _, f := range found {
		if checkOf(f) == Legal {
			f.Message += x.closest()
		}
		x.found(checkOf(f), f)
	}
	for _, secret := range x.Secrets {
		if secret != "" && x.leaks(secret) {
			x.found(Secret, spec.Finding{In: "body", Rule: "secret", Message: "holds a secret that the request carried"})
		}
	}
}

// closest says what keeps the reply from being the outcome that its status and
// code promise.
func (x *Exchange) closest() string {
	for _, o := range x.Operation.Outcomes {
		if !x.resembles(o) {
			continue
		}
		var told []string
		for _, f := range x.Expect(o) {
			told = append(told, f.String())
		}
		return "; as " + o.Name + ": " + strings.Join(told, ", ")
	}
	return ""
}

func (x *Exchange) found(check Check, found ...spec.Finding) {
	for _, f := range found {
		x.Findings = append(x.Findings, Finding{Check: check, Finding: f})
	}
}

func checkOf(f spec.Finding) Check {
	switch f.Rule {
	case "json":
		return JSON
	case "outcome":
		return Legal
	}
	return Schema
}

// HoldsCode says whether the reply gives a one-time code away: as a value of
// its own, or as a word of a text. Lifetimes and application codes are numbers
// that may happen to be the same.
func (x *Exchange) HoldsCode(code string) bool {
	word := regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(code) + `($|[^0-9A-Za-z])`)
	return holds(x.Value, "", func(key, text string, number bool) bool {
		if number {
			return text == code && !slices.Contains([]string{"code", "expiry", "otpExpiry"}, key)
		}
		return word.MatchString(text)
	})
}

func (x *Exchange) leaks(secret string) bool {
	if holds(x.Value, "", func(_, text string, _ bool) bool { return strings.Contains(text, secret) }) {
		return true
	}
	for _, values := range x.ReplyHeader {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, secret) }) {
			return true
		}
	}
	return strings.Contains(string(x.ReplyBody), secret)
}

func holds(value any, key string, is func(key, text string, number bool) bool) bool {
	switch value := value.(type) {
	case string:
		return is(key, value, false)
	case json.Number:
		return is(key, value.String(), true)
	case []any:
		return slices.ContainsFunc(value, func(child any) bool { return holds(child, key, is) })
	case map[string]any:
		for name, child := range value {
			if holds(child, name, is) {
				return true
			}
		}
	}
	return false
}

// Expect explains in what the reply is not the outcome: the deviations from
// its schema, where status and code would do.
func (x *Exchange) Expect(o *spec.Outcome) []spec.Finding {
	if x.Status != o.Status && !slices.Contains(o.Tolerate.Status, x.Status) {
		return []spec.Finding{{In: "status", Rule: "outcome", Message: fmt.Sprintf("is %d, not %d", x.Status, o.Status)}}
	}
	return o.Check(http.Header{"Content-Type": {"application/json"}}, x.ReplyBody)
}

// Actual names what came back: status, application code and the outcomes that
// it fits.
func (x *Exchange) Actual() string {
	text := fmt.Sprintf("HTTP %d", x.Status)
	if object, ok := x.Value.(map[string]any); ok {
		if code, ok := object["code"]; ok {
			shown, err := json.Marshal(code)
			if err == nil {
				text += ", code " + string(shown)
			}
		}
	}
	if len(x.Outcomes) == 0 {
		return text + ": no outcome of " + x.Operation.ID
	}
	names := make([]string, len(x.Outcomes))
	for i, o := range x.Outcomes {
		names[i] = o.Name
	}
	return text + ": fits " + strings.Join(names, ", ")
}
