package spec

import (
	"bytes"
	"encoding/json"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner walks raw JSON along compiled rules. unsure is set where it cannot
// tell; the whole text is then not accepted, so that one branch of a oneOf is
// never taken because another was misjudged.
type scanner struct {
	data   []byte
	at     int
	unsure bool
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// value checks the value that begins at s.at against r, which may be nil (any
// value), and moves behind it.
func (s *scanner) value(r *rule, depth int) bool {
	if s.at >= len(s.data) {
		return false
	}
	if r != nil && r.own != nil {
		return s.branch(r, depth)
	}
	switch c := s.data[s.at]; {
	case c == '"':
		return s.text(r)
	case c == '{':
		return s.object(r, depth)
	case c == '[':
		return s.array(r, depth)
	case c == '-' || c >= '0' && c <= '9':
		return s.number(r)
	case c == 't':
		return s.word("true") && r.permits(booleanType)
	case c == 'f':
		return s.word("false") && r.permits(booleanType)
	case c == 'n':
		return s.word("null") && (r == nil || r.nullable)
	}
	return false
}

// permits says whether a rule without an enum admits a type.
func (r *rule) permits(t typeSet) bool {
	return r == nil || r.types&t != 0 && !r.hasEnum
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.data[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// branch checks the value against the rule's own keywords and its branches.
func (s *scanner) branch(r *rule, depth int) bool {
	start := s.at
	if s.data[start] == 'n' {
		// Whether null needs a branch depends on what else there is.
		s.unsure = true
		return false
	}
	if !s.value(r.own, depth) || s.unsure {
		return false
	}
	end := s.at
	if r.discriminator != "" {
		chosen := r.discriminated[string(s.member(start, r.discriminator))]
		s.unsure = chosen == nil
		s.at = start
		return chosen != nil && s.value(chosen, depth)
	}
	fits := 0
	for _, b := range r.branches {
		s.at = start
		if s.value(b, depth) {
			fits++
		}
		if s.unsure {
			return false
		}
	}
	s.at = end
	return fits == 1 || fits > 1 && !r.exclusive
}

// member is the string value of a key of the object at start, which has been
// scanned before and is known to be well formed.
func (s *scanner) member(start int, name string) []byte {
	if s.data[start] != '{' {
		return nil
	}
	probe := scanner{data: s.data, at: start + 1}
	for {
		probe.space()
		if probe.data[probe.at] != '"' {
			return nil
		}
		key, ok := probe.raw()
		probe.space()
		probe.at++ // the colon
		probe.space()
		if ok && string(key) == name && probe.data[probe.at] == '"' {
			value, _ := probe.raw()
			return value
		}
		if !ok || !probe.value(nil, 0) {
			return nil
		}
		probe.space()
		if probe.data[probe.at] != ',' {
			return nil
		}
		probe.at++
	}
}

// raw reads a string and returns its bytes. ok is false for one that is not
// closed, holds a control character or an escape.
func (s *scanner) raw() ([]byte, bool) {
	start := s.at + 1
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.at = i + 1
			return s.data[start:i], true
		case c == '\\' || c < 0x20:
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) text(r *rule) bool {
	start := s.at
	value, ok := s.raw()
	if !ok {
		if value, ok = s.escaped(start); !ok {
			return false
		}
	}
	if r == nil {
		return true
	}
	if r.types&stringType == 0 {
		return false
	}
	if r.hasEnum && !slices.ContainsFunc(r.enumStrings, func(e string) bool { return e == string(value) }) {
		return false
	}
	return s.textFits(r, value)
}

// escaped decodes a string with escapes; it is the one place that allocates.
func (s *scanner) escaped(start int) ([]byte, bool) {
	for i := start + 1; i < len(s.data); i++ {
		if s.data[i] == '\\' {
			i++
			continue
		}
		if s.data[i] == '"' {
			var text string
			if json.Unmarshal(s.data[start:i+1], &text) != nil {
				return nil, false
			}
			s.at = i + 1
			return []byte(text), true
		}
	}
	return nil, false
}

func (s *scanner) textFits(r *rule, value []byte) bool {
	if r.minLength == 0 && r.maxLength < 0 && r.match == nil {
		return true
	}
	length := utf8.RuneCount(value)
	if length < len(value) && (r.match != nil || length < r.minLength || r.maxLength >= 0 && 2*length > r.maxLength) {
		// Some count characters, some UTF-16 units: stay clear of the bounds.
		s.unsure = true
		return false
	}
	if length < r.minLength || r.maxLength >= 0 && length > r.maxLength {
		return false
	}
	return r.match == nil || r.match(value)
}

func (s *scanner) number(r *rule) bool {
	start := s.at
	for s.at < len(s.data) && strings.IndexByte("+-.0123456789eE", s.data[s.at]) >= 0 {
		s.at++
	}
	literal := s.data[start:s.at]
	whole := isWhole(literal)
	switch {
	case !whole && !json.Valid(literal):
		return false
	case r == nil:
		return true
	case r.types&(integerType|numberType) == 0:
		return false
	case !whole && (r.types&numberType == 0 || r.hasEnum):
		// 1.0 may or may not pass for 1: leave it to the slow path.
		s.unsure = true
		return false
	case slices.Contains(r.forbiddenNumbers, string(literal)):
		return false
	case r.hasEnum:
		return slices.Contains(r.enumNumbers, string(literal))
	case whole && r.minimum == nil && r.maximum == nil:
		return true
	}
	value, err := strconv.ParseFloat(string(literal), 64)
	if err != nil {
		s.unsure = true
		return false
	}
	return (r.minimum == nil || value >= *r.minimum) && (r.maximum == nil || value <= *r.maximum)
}

// isWhole says whether a number is spelled as an integer of at most 18 digits,
// which is what every part of the program can hold. -0 is none.
func isWhole(literal []byte) bool {
	digits := bytes.TrimPrefix(literal, []byte{'-'})
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(literal) > 1 {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func (s *scanner) array(r *rule, depth int) bool {
	if depth == maxDepth || !r.permits(arrayType) {
		return false
	}
	var items *rule
	if r != nil {
		items = r.items
	}
	s.at++
	s.space()
	n := 0
	for s.at < len(s.data) && s.data[s.at] != ']' {
		if n > 0 && !s.comma() {
			return false
		}
		if !s.value(items, depth+1) {
			return false
		}
		n++
		s.space()
	}
	if s.at >= len(s.data) {
		return false
	}
	s.at++
	return r == nil || n >= r.minItems && (r.maxItems < 0 || n <= r.maxItems)
}

func (s *scanner) comma() bool {
	if s.data[s.at] != ',' {
		return false
	}
	s.at++
	s.space()
	return s.at < len(s.data)
}

func (s *scanner) object(r *rule, depth int) bool {
	if depth == maxDepth || !r.permits(objectType) {
		return false
	}
	s.at++
	s.space()
	var seen uint64
	var room [24][]byte
	others := room[:0]
	n := 0
	for s.at < len(s.data) && s.data[s.at] != '}' {
		if n > 0 && !s.comma() {
			return false
		}
		n++
		key, ok := s.key()
		if !ok {
			return false
		}
		i := -1
		if r != nil {
			i = r.property(key)
		}
		var child *rule
		switch {
		case i >= 0:
			if seen&(1<<i) != 0 {
				return false
			}
			seen |= 1 << i
			child = r.properties[i].rule
		case r != nil && r.closed:
			return false
		default:
			if among(others, key) || len(others) > 64 {
				s.unsure = true
				return false
			}
			others = append(others, key)
		}
		if !s.value(child, depth+1) {
			return false
		}
		s.space()
	}
	if s.at >= len(s.data) {
		return false
	}
	s.at++
	return r == nil || r.complete(seen, n)
}

func among(keys [][]byte, key []byte) bool {
	for _, k := range keys {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// complete says whether the properties seen are all that are required.
func (r *rule) complete(seen uint64, n int) bool {
	if r.required&^seen != 0 || n < r.minProps {
		return false
	}
	return len(r.anyRequired) == 0 || slices.ContainsFunc(r.anyRequired, func(set uint64) bool { return set&^seen == 0 })
}

// key reads `"name":` and the space around it. A key with escapes is left to
// the slow path.
func (s *scanner) key() ([]byte, bool) {
	if s.data[s.at] != '"' {
		return nil, false
	}
	key, ok := s.raw()
	if !ok {
		s.unsure = true
		return nil, false
	}
	s.space()
	if s.at >= len(s.data) || s.data[s.at] != ':' {
		return nil, false
	}
	s.at++
	s.space()
	return key, true
}

// compilePattern turns a pattern into a matcher: a table for "a number of
// characters of one ASCII class", which most patterns of the contract are, and
// a regular expression otherwise. It is nil for a pattern that Go cannot compile.
func compilePattern(pattern string) func([]byte) bool {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	if table, least, most, ok := classRun(parsed); ok {
		return func(text []byte) bool {
			if len(text) < least || most >= 0 && len(text) > most {
				return false
			}
			for _, c := range text {
				if c >= utf8.RuneSelf || !table[c] {
					return false
				}
			}
			return true
		}
	}
	return expression.Match
}

// classRun recognises ^[class]{least,most}$, where most is -1 for no bound.
func classRun(parsed *syntax.Regexp) (table [utf8.RuneSelf]bool, least, most int, ok bool) {
	if parsed.Op != syntax.OpConcat || len(parsed.Sub) != 3 || parsed.Sub[0].Op != syntax.OpBeginText || parsed.Sub[2].Op != syntax.OpEndText {
		return table, 0, 0, false
	}
	run := parsed.Sub[1]
	switch run.Op {
	case syntax.OpPlus:
		least, most = 1, -1
	case syntax.OpStar:
		least, most = 0, -1
	case syntax.OpRepeat:
		least, most = run.Min, run.Max
	default:
		return table, 0, 0, false
	}
	class := run.Sub[0]
	if class.Op != syntax.OpCharClass {
		return table, 0, 0, false
	}
	for i := 0; i < len(class.Rune); i += 2 {
		for c := class.Rune[i]; c <= class.Rune[i+1]; c++ {
			if c >= utf8.RuneSelf {
				return table, 0, 0, false
			}
			table[c] = true
		}
	}
	return table, least, most, true
}
