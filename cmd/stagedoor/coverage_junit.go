package main

import (
	"encoding/xml"
	"strings"

	"stagedoor/mockserver/control/client"
)

// The elements of a JUnit report, as far as they are used.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// junitReport has a suite for each operation with a case for each outcome, and
// one with the gates.
func junitReport(operations []client.OperationCoverage, gates []gate) ([]byte, error) {
	report := junitSuites{Name: "stagedoor coverage"}
	if len(gates) > 0 {
		suite := junitSuite{Name: "coverage"}
		for _, g := range gates {
			c := junitCase{Class: suite.Name, Name: g.name}
			if g.failure != "" {
				c.Failure = &junitFailure{Message: printable(g.failure), Text: printableLines(g.details)}
			}
			suite.add(c)
		}
		report.add(suite)
	}
	for _, o := range operations {
		suite := junitSuite{Name: o.System + "." + o.Operation}
		for _, outcome := range o.Outcomes {
			c := junitCase{Class: suite.Name, Name: outcome.Outcome}
			if outcome.Natural+outcome.Forced == 0 {
				c.Skipped = &junitSkipped{Message: "not met"}
			}
			suite.add(c)
		}
		report.add(suite)
	}
	data, err := xml.MarshalIndent(report, "", "  ")
	return append([]byte(xml.Header), append(data, '\n')...), err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
}

func (s *junitSuites) add(suite junitSuite) {
	s.Suites = append(s.Suites, suite)
	s.Tests, s.Failures, s.Skipped = s.Tests+suite.Tests, s.Failures+suite.Failures, s.Skipped+suite.Skipped
}

// printableLines keeps line ends, and nothing else that is no text.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}
