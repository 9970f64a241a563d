package steps

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	messages "github.com/cucumber/messages/go/v21"

	"stagedoor/spec"
	"stagedoor/steps/clause"
)

const sound = `@subscriber
Feature: Login
  Some words.

  Rule: The right password opens a session

    @op:login @clause:SUB-LOGIN-01 @impact:creates
    Scenario: A password works
      Given Asha has an account by e-mail
      When Asha logs in by e-mail
      Then the outcome is "loggedIn"

    @op:login @clause:SUB-LOGIN-01 @impact:creates
    Scenario Outline: A <kind> works
      Given Asha has an account by e-mail
      When Asha logs in by e-mail on the <kind>
      Then the outcome is "loggedIn"

      Examples:
        | kind   |
        | tablet |
        | laptop |
`

// registry has one clause, so that sound leaves none without a scenario.
func registry(t *testing.T) (*spec.Contract, *clause.Registry) {
	t.Helper()
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows := "clauses:\n  - {id: SUB-LOGIN-01, level: MAY, text: Some text.}\n"
	for _, id := range implicitClauses {
		rows += "  - {id: " + id + ", level: MAY, text: Some text., implicit: true}\n"
	}
	clauses, err := clause.Parse([]byte(rows), contract.Documents)
	if err != nil {
		t.Fatal(err)
	}
	return contract, clauses
}

func TestAFeatureFileIsRefusedForEverySlipThatWouldDropAScenario(t *testing.T) {
	contract, clauses := registry(t)
	for _, c := range []struct{ name, old, new, complaint string }{
		{"sound", "", "", ""},
		{"misspelt Given", "Given Asha has an account by e-mail\n      When Asha logs in by e-mail\n", "Gvien Asha has an account\n      When Asha logs in by e-mail\n", "no description"},
		{"misspelt Scenario", "    Scenario: A password", "    Scenaro: A password", "Parser errors"},
		{"misspelt Rule", "Rule: The right", "Rle: The right", "misspelt keyword"},
		{"no steps", "      Given Asha has an account by e-mail\n      When Asha logs in by e-mail\n      Then the outcome is \"loggedIn\"\n", "", "without steps"},
		{"unknown step", "When Asha logs in by e-mail\n", "When Asha loggs in by e-mail\n", "no such step"},
		{"unknown outcome", "Then the outcome is \"loggedIn\"", "Then the outcome is \"logedIn\"", "has no outcome"},
		{"a Then step as a Given", "Given Asha has an account by e-mail\n      When Asha logs in by e-mail\n", "Given the outcome is \"loggedIn\"\n      When Asha logs in by e-mail\n", "no such step"},
		{"star", "When Asha logs in by e-mail\n", "* Asha logs in by e-mail\n", "begins with Given"},
		{"too short", "Given Asha has an account by e-mail\n      When Asha logs in by e-mail\n", "When Asha logs in by e-mail\n", "has 2 steps"},
		{"too long", "Given Asha has an account by e-mail\n      When Asha logs in by e-mail\n", strings.Repeat("Given Asha has an account by e-mail\n      ", 11) + "When Asha logs in by e-mail\n", "has 13 steps"},
		{"reply never looked at", "      Then the outcome is \"loggedIn\"\n\n    @op", "      And Asha logs in by e-mail\n\n    @op", "without looking at the reply"},
		{"title twice", "A <kind> works", "A thing works", "has the title of"},
		{"unknown tag", "@impact:creates\n    Scenario: ", "@impact:creates @wip\n    Scenario: ", "unknown tag @wip"},
		{"unknown impact", "@impact:creates\n    Scenario: ", "@impact:huge\n    Scenario: ", "unknown tag @impact:huge"},
		{"unknown need", "@impact:creates\n    Scenario: ", "@impact:creates @needs:luck\n    Scenario: ", "unknown tag @needs:luck"},
		{"unknown operation", "@op:login @clause:SUB-LOGIN-01 @impact:creates\n    Scenario: ", "@op:logon @clause:SUB-LOGIN-01 @impact:creates\n    Scenario: ", "unknown tag @op:logon"},
		{"unknown clause", "@op:login @clause:SUB-LOGIN-01 @impact:creates\n    Scenario: ", "@op:login @clause:SUB-LOGIN-99 @impact:creates\n    Scenario: ", "unknown tag @clause:SUB-LOGIN-99"},
		{"implicit clause", "@op:login @clause:SUB-LOGIN-01 @impact:creates\n    Scenario: ", "@op:login @clause:SUB-REPLY-01 @impact:creates\n    Scenario: ", "judged on every reply"},
		{"no system", "@subscriber\n", "", "needs the tags"},
		{"no impact", " @impact:creates\n    Scenario: ", "\n    Scenario: ", "needs the tags"},
		{"examples without rows", "        | tablet |\n        | laptop |\n", "", "without a row"},
		{"clause without scenario", "@clause:SUB-LOGIN-01", "@clause:SUB-LOGIN-99", "SUB-LOGIN-01 has no scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(sound, c.old, c.new)
			if c.old != "" && text == sound {
				t.Fatal("the slip did not go in")
			}
			documents, err := parse(featureFile(text))
			if err == nil {
				err = lint(documents, contract, clauses)
			}
			switch {
			case c.complaint == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.complaint != "" && (err == nil || !strings.Contains(err.Error(), c.complaint)):
				t.Errorf("want a complaint of %q, got %v", c.complaint, err)
			}
		})
	}
}

func featureFile(text string) fs.FS {
	return fstest.MapFS{"subscriber/login.feature": {Data: []byte(text)}}
}

func TestASelectionLeavesEveryLineWhereItWas(t *testing.T) {
	documents, err := parse(featureFile(sound))
	if err != nil {
		t.Fatal(err)
	}
	d := documents[0]
	for _, s := range d.scenarios {
		left, err := parseDocument(d.name, d.without(map[string]bool{s.key(): true}))
		if err != nil {
			t.Fatal(err)
		}
		if len(left.scenarios) != 1 || left.scenarios[0].Title != s.Title || left.scenarios[0].Line != s.Line {
			t.Errorf("keeping %q in line %d left %+v", s.Title, s.Line, left.scenarios)
		}
	}
}

func TestASelectionOfWhatDoesNotExistIsRefused(t *testing.T) {
	contract, clauses := registry(t)
	for _, s := range []Selection{
		{Systems: []string{"subscribers"}}, {Operations: []string{"logon"}}, {Clauses: []string{"SUB-LOGIN-99"}},
	} {
		if err := s.check(contract, clauses); !errors.Is(err, spec.ErrUnknown) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestNoTwoDefinitionsMatchOneStep(t *testing.T) {
	documents, err := parse(featureFile(sound))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range documents[0].scenarios {
		for _, step := range s.steps {
			if n := len(matching(step)); n != 1 {
				t.Errorf("%d definitions match %q", n, step.text)
			}
		}
	}
	for _, d := range definitions {
		if p := d.pattern.String(); !strings.HasPrefix(p, "^") || !strings.HasSuffix(p, "$") {
			t.Errorf("%s is not anchored", p)
		}
		if d.kind == messages.PickleStepType_UNKNOWN {
			t.Errorf("%s may stand anywhere", d.pattern)
		}
	}
}
