package spec

import (
	"context"
	"encoding/json"
	"iter"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// checked is a schema in both forms, with texts that keep it.
type checked struct {
	name     string
	schema   *openapi3.Schema
	compiled *acceptor
	texts    []string
}

// slow are the few schemas that are not compiled, each for a keyword that is
// not worth the code.
var slow = []string{"subscriber.submitFeedback feedbackSubmitted"}

var loadedContract = sync.OnceValues(Load)

// everyChecked lists the bodies of all requests and the closed form of all
// outcomes, each schema once.
func everyChecked(t testing.TB) []checked {
	t.Helper()
	c, err := loadedContract()
	if err != nil {
		t.Fatal(err)
	}
	var all []checked
	seen := map[*openapi3.Schema]int{}
	add := func(k checked) {
		if i, ok := seen[k.schema]; ok {
			all[i].texts = append(all[i].texts, k.texts...)
			return
		}
		seen[k.schema] = len(all)
		all = append(all, k)
	}
	for _, s := range c.Systems {
		for _, o := range s.Operations {
			if o.body != nil {
				add(checked{o.Name(), o.body.schema, o.body.compiled, bodies(t, s, o)})
			}
			for _, outcome := range slices.Concat(o.Outcomes, s.Outcomes) {
				add(checked{o.Name() + " " + outcome.Name, outcome.closed, outcome.compiled, []string{string(outcome.Sample())}})
			}
		}
	}
	return all
}

func bodies(t testing.TB, s *System, o *Operation) []string {
	t.Helper()
	var texts []string
	for _, item := range s.Doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.OperationID != o.ID {
				continue
			}
			for _, example := range operation.RequestBody.Value.Content.Get(jsonType).Examples {
				text, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, string(text))
			}
		}
	}
	slices.Sort(texts)
	return texts
}

// keeps is the slow way: strict decoding and kin-openapi, without the words.
func keeps(schema *openapi3.Schema, data []byte) bool {
	value, err := DecodeJSON(data)
	return err == nil && schema.VisitJSON(value) == nil && len(looseIntegers("", "", schema, value)) == 0
}

func TestAcceptorTakesEverySample(t *testing.T) {
	for _, k := range everyChecked(t) {
		if len(k.texts) == 0 {
			t.Errorf("%s has no sample", k.name)
		}
		for _, text := range k.texts {
			if !keeps(k.schema, []byte(text)) {
				t.Errorf("%s: the schema refuses %s", k.name, text)
			}
			if known := slices.Contains(slow, k.name); known == k.compiled.accepts([]byte(text)) {
				t.Errorf("%s: not accepted is expected to be %v: %s", k.name, known, text)
			}
		}
	}
}

// mutant changes a JSON text in one to three tokens. It may come out as
// anything, JSON or not.
func mutant(rng *rand.Rand, text string) string {
	tokens := token.FindAllString(text, -1)
	for range 1 + rng.IntN(3) {
		i := rng.IntN(len(tokens))
		switch rng.IntN(10) {
		case 0: // leave out
			tokens = slices.Delete(tokens, i, i+1)
		case 1: // repeat
			tokens = slices.Insert(tokens, i, tokens[i])
		case 2: // swap
			j := rng.IntN(len(tokens))
			tokens[i], tokens[j] = tokens[j], tokens[i]
		case 3: // escape a character
			tokens[i] = escapedToken(rng, tokens[i])
		case 4: // another member
			name := odd[rng.IntN(len(odd))]
			if rng.IntN(2) == 0 {
				name = tokens[rng.IntN(len(tokens))]
			}
			tokens = slices.Insert(tokens, min(1, len(tokens)), name, ":", odd[rng.IntN(len(odd))], ",")
		case 5: // a value longer or shorter
			if strings.HasPrefix(tokens[i], `"`) {
				tokens[i] = `"` + strings.Repeat("9aé😀"[:1+rng.IntN(8)], rng.IntN(80)) + `"`
			}
		case 6: // leave out a member, and the comma before or behind it
			if i > 1 && i+2 < len(tokens) && tokens[i] == ":" {
				tokens = slices.Delete(tokens, i-1-rng.IntN(2), i+2)
			}
		default:
			tokens[i] = odd[rng.IntN(len(odd))]
		}
		if len(tokens) == 0 {
			return ""
		}
	}
	return strings.Join(tokens, odd[0][:rng.IntN(2)])
}

var token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|[a-z]+|[^\s]`)

// odd are tokens on which two readers of JSON may disagree. The first is space.
var odd = []string{
	" ", "\u00a0", "\v", "\x00", "\ufeff", "\xff", "/**/",
	"0", "-0", "00", "01", "1.0", "1e0", "10e-1", "1E2", "-1", "2", "2.0", "1.5", "9025", "9025.0", "1e999", "-1e999", "1e-999",
	"9007199254740993", "999999999999999999", "1000000000000000000", "12345678901234567890123", "+1", ".5", "1.", "-", "1e", "0x1", "NaN",
	`""`, `" "`, `"0"`, `"1"`, `"é"`, `"😀"`, `"９"`, `"\u0031"`, `"\ud83d\ude00"`, `"\ud800"`, `"\udc00x"`, `"\u0000"`, `"\x"`, `"\u12"`, `"a` + "\n" + `"`, `"`,
	`"a\"b"`, `"email"`, `"phone"`, `"pin"`, `"code"`, `"msg"`, `"IN"`, `"91"`, `"W0000"`, `"\n"`, `"a@b.c"`,
	"null", "true", "false", "nul", "True", "{}", "[]", "[null]", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "[1,]", "[,]", `{"a"}`, "[1 2]",
	strings.Repeat("[", 62) + strings.Repeat("]", 62), strings.Repeat("[", 63) + strings.Repeat("]", 63),
	strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat(`{"a":`, 63) + "1" + strings.Repeat("}", 63),
	strings.Repeat(`{"a":`, 64) + "1" + strings.Repeat("}", 64), strings.Repeat("9", 400), strings.Repeat("[", 5000),
	",", ":", "{", "}", "[", "]",
}

func escapedToken(rng *rand.Rand, text string) string {
	if len(text) < 3 || text[0] != '"' {
		return text
	}
	const hex = "0123456789abcdef"
	i := 1 + rng.IntN(len(text)-2)
	return text[:i] + `\u00` + string(hex[text[i]>>4]) + string(hex[text[i]&15]) + text[i+1:]
}

func TestAcceptorTakesNothingThatTheSchemaRefuses(t *testing.T) {
	const rounds = 800
	tried, taken := 0, 0
	check := func(k checked, text string) {
		tried++
		if !k.compiled.accepts([]byte(text)) {
			return
		}
		taken++
		if !keeps(k.schema, []byte(text)) {
			t.Errorf("%s: accepted, and the schema refuses it: %q", k.name, text)
		}
	}
	for i, k := range slices.Concat(everyChecked(t), awkward(t)) {
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		for range rounds {
			check(k, mutant(rng, k.texts[rng.IntN(len(k.texts))]))
		}
	}
	for _, k := range awkward(t) {
		for _, text := range k.texts {
			for mutant := range replaced(text) {
				check(k, mutant)
			}
		}
	}
	t.Logf("%d mutants, %d accepted", tried, taken)
	if tried < 50_000 || taken < tried/20 {
		t.Errorf("%d mutants with %d accepted are too few to tell", tried, taken)
	}
}

// replaced are the texts in which one token is another.
func replaced(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		tokens := token.FindAllString(text, -1)
		for i := range tokens {
			for _, other := range odd {
				changed := slices.Clone(tokens)
				changed[i] = other
				if !yield(strings.Join(changed, "")) {
					return
				}
			}
		}
	}
}

// awkward are schemas that the contract does not have and could have.
func awkward(t testing.TB) []checked {
	t.Helper()
	var all []checked
	for name, c := range awkwardSchemas {
		var schema openapi3.Schema
		if err := json.Unmarshal([]byte(c.schema), &schema); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(context.Background()); err != nil {
			t.Fatal(err)
		}
		all = append(all, checked{name, &schema, compile(&schema), c.texts})
	}
	slices.SortFunc(all, func(a, b checked) int { return strings.Compare(a.name, b.name) })
	return all
}

type awkwardSchema struct {
	schema string
	texts  []string
}

var awkwardSchemas = map[string]awkwardSchema{
	"branches that overlap": {
		`{"oneOf":[{"type":"number"},{"type":"integer"},{"type":"string","maxLength":3},{"type":"string","minLength":2}]}`,
		[]string{`1.5`, `"a"`, `"abcd"`},
	},
	"an enum and a number": {
		`{"oneOf":[{"enum":[1,2]},{"type":"number"}]}`,
		[]string{`7`, `1.5`},
	},
	"branches in branches": {
		`{"type":"object","required":["a"],"properties":{"a":{"oneOf":[{"anyOf":[{"type":"integer"},{"type":"string"}]},{"type":"boolean"},{"type":"number","minimum":5}]}}}`,
		[]string{`{"a":1}`, `{"a":"x"}`, `{"a":true}`},
	},
	"nullable branches": {
		`{"type":"object","properties":{"a":{"oneOf":[{"type":"string","nullable":true},{"type":"integer"}]},"b":{"type":"string","nullable":true,"enum":["x",null]}}}`,
		[]string{`{"a":"x","b":"x"}`, `{"a":null,"b":null}`},
	},
	"nullable branches in branches": {
		`{"oneOf":[{"type":"object","properties":{"a":{"oneOf":[{"type":"string","nullable":true},{"type":"integer"}]}}},{"type":"object","properties":{"a":{"type":"string","maxLength":0,"nullable":true}}}]}`,
		[]string{`{"a":"x"}`, `{"a":7}`},
	},
	"discriminated": {
		`{"type":"object","required":["a"],"properties":{"a":{"type":"string"}},"discriminator":{"propertyName":"a","mapping":{"x":"#/x","y":"#/y"}},"oneOf":[{"type":"object","required":["b"],"properties":{"b":{"type":"integer"}}},{"type":"object","required":["c"],"properties":{"c":{"type":"integer"}}}]}`,
		[]string{`{"a":"x","b":1}`, `{"a":"y","c":1}`},
	},
	"an enum without a type": {
		`{"type":"object","properties":{"a":{"enum":[1,2,3]}}}`,
		[]string{`{"a":1}`, `{"a":3}`},
	},
	"an enum with a fraction": {
		`{"type":"number","enum":[1,1.5]}`,
		[]string{`1`, `1.5`},
	},
	"not a large number": {
		`{"type":"integer","not":{"enum":[1,9007199254740992]}}`,
		[]string{`2`, `7`},
	},
	"not a number that may be spelled otherwise": {
		`{"type":"number","not":{"enum":[1,2]}}`,
		[]string{`7`, `1.5`},
	},
	"not of more than an enum": {
		`{"type":"object","properties":{"a":{"type":"integer","not":{"enum":[1],"type":"integer"}},"b":{"type":"integer","not":{"minimum":5}}}}`,
		[]string{`{"a":2,"b":7}`},
	},
	"required and more in a branch": {
		`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{}},"anyOf":[{"required":["a"],"not":{"required":["b"]}},{"required":["c"]}]}`,
		[]string{`{"a":1}`, `{"b":1,"c":2,"a":3}`},
	},
	"few fields": {
		`{"type":"object","minProperties":2,"properties":{"a":{"type":"integer"}}}`,
		[]string{`{"a":1,"b":2,"c":3}`, `{"b":1,"a":2}`},
	},
	"hollow schemas": {
		`{"oneOf":[{"properties":{"a":{}}},{"type":"object","required":["a"],"properties":{"a":{"type":"string","nullable":true}}}]}`,
		[]string{`{"a":1}`, `{}`, `{"b":null}`},
	},
	"formats": {
		`{"type":"object","properties":{"a":{"type":"string","format":"date"},"b":{"type":"integer","format":"int32"}}}`,
		[]string{`{"a":"2025-01-31","b":1}`},
	},
	"sizes": {
		`{"type":"object","minProperties":1,"maxProperties":2,"properties":{"a":{"type":"array","minItems":1,"maxItems":2,"uniqueItems":true,"items":{"type":"integer","multipleOf":2}}}}`,
		[]string{`{"a":[2,4]}`, `{"b":1}`},
	},
	"bounds of texts": {
		`{"type":"object","properties":{"a":{"type":"string","minLength":2,"maxLength":4},"b":{"type":"string","pattern":"^[a-z]{2,4}$"},"c":{"type":"string","pattern":"b"},"d":{"type":"string","pattern":"^[^a]*$"}}}`,
		[]string{`{"a":"xyz","b":"abc","c":"abc","d":"éé"}`},
	},
	"bounds of numbers": {
		`{"type":"object","properties":{"a":{"type":"number","minimum":0.5,"maximum":2},"b":{"type":"integer","minimum":1,"maximum":9},"c":{"type":"number"},"d":{"type":"integer"}}}`,
		[]string{`{"a":1,"b":1,"c":1e3,"d":2}`},
	},
	"a bound that is excluded": {
		`{"type":"integer","minimum":1,"exclusiveMinimum":true}`,
		[]string{`2`, `7`},
	},
	"closed": {
		`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"object","additionalProperties":{"type":"integer"}}}}}`,
		[]string{`{"a":[{"x":1}]}`},
	},
	"an unknown requirement": {
		`{"type":"object","required":["a","z"],"properties":{"a":{"type":"integer"}}}`,
		[]string{`{"a":1,"z":2}`},
	},
}

func FuzzAcceptorAgreesWithTheSchema(f *testing.F) {
	all := slices.Concat(everyChecked(f), awkward(f))
	for i, k := range all {
		for _, text := range k.texts {
			f.Add(i, []byte(text))
		}
		f.Add(i, []byte(mutant(rand.New(rand.NewPCG(uint64(i), 2)), k.texts[0])))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		k := all[((i%len(all))+len(all))%len(all)]
		if k.compiled.accepts(data) && !keeps(k.schema, data) {
			t.Errorf("%s: accepted, and the schema refuses it: %q", k.name, data)
		}
	})
}

func TestDecodeJSONTakesWhatEncodingJSONTakes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, k := range everyChecked(t) {
		for range 100 {
			text := mutant(rng, k.texts[0])
			if _, err := DecodeJSON([]byte(text)); err == nil && !json.Valid([]byte(text)) {
				t.Errorf("DecodeJSON takes %q", text)
			}
		}
	}
}
