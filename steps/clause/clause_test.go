package clause

import (
	"strings"
	"testing"

	"stagedoor/spec"
)

func TestARegistryIsRefusedForWhatCannotBeFollowed(t *testing.T) {
	documents := []spec.Document{{ID: "subscriber-api", Lines: 717}}
	for _, c := range []struct{ name, row, complaint string }{
		{"sound", "{id: SUB-LOGIN-01, level: MUST, source: {document: subscriber-api, line: 150}, text: Some text.}", ""},
		{"inferred", "{id: SUB-LOGIN-01, level: MAY, text: Some text.}", ""},
		{"id", "{id: login-1, level: MAY, text: Some text.}", "looks like"},
		{"level", "{id: SUB-LOGIN-01, level: must, text: Some text.}", "none of MUST"},
		{"text", "{id: SUB-LOGIN-01, level: MAY, text: ' '}", "has no text"},
		{"must without source", "{id: SUB-LOGIN-01, level: MUST, text: Some text.}", "without a source"},
		{"document", "{id: SUB-LOGIN-01, level: MUST, source: {document: other, line: 1}, text: Some text.}", "no document"},
		{"line", "{id: SUB-LOGIN-01, level: MUST, source: {document: subscriber-api, line: 718}, text: Some text.}", "no line 718"},
		{"misspelt key", "{id: SUB-LOGIN-01, levle: MAY, text: Some text.}", "levle"},
		{"twice", "{id: SUB-LOGIN-01, level: MAY, text: Some text.}\n  - {id: SUB-LOGIN-01, level: MAY, text: Some text.}", "stands twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte("clauses:\n  - "+c.row+"\n"), documents)
			switch {
			case c.complaint == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.complaint != "" && (err == nil || !strings.Contains(err.Error(), c.complaint)):
				t.Errorf("want a complaint of %q, got %v", c.complaint, err)
			}
		})
	}
}

func TestTheStrictestOfSeveralClausesBinds(t *testing.T) {
	r, err := Parse([]byte(`clauses:
  - {id: SUB-A-01, level: MAY, text: Some text.}
  - {id: SUB-A-02, level: MUST, source: {document: d, line: 1}, text: Some text.}
  - {id: SUB-A-03, level: SHOULD, text: Some text.}
`), []spec.Document{{ID: "d", Lines: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for level, ids := range map[Level][]string{
		May: {"SUB-A-01"}, Should: {"SUB-A-01", "SUB-A-03"}, Must: {"SUB-A-03", "SUB-A-02", "SUB-A-01"},
	} {
		if got := r.Strictest(ids); got != level {
			t.Errorf("%v bind as %s, not %s", ids, got, level)
		}
	}
}
