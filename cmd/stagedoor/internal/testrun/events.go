package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
}

// skip is one skipped test and what it said about it.
type skip struct{ test, reason string }

// summary is what became of the tests of one run.
type summary struct {
	passed int
	skips  []skip
	// output is what each unfinished package has said so far.
	output map[string][]event
	// ended holds the tests that need no showing: those that passed or were skipped.
	ended map[[2]string]bool
}

func newSummary() *summary {
	return &summary{output: map[string][]event{}, ended: map[[2]string]bool{}}
}

// print shows a stream of events the way go test shows it without -v: a line for
// a package that passed, and of one that failed all but its passing tests.
func (s *summary) print(events io.Reader, stdout io.Writer) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line, stdout)
		}
		if errors.Is(err, io.EOF) {
			s.flush(stdout)
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the events of go test: %w", err)
		}
	}
}

func (s *summary) line(line string, stdout io.Writer) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		fmt.Fprint(stdout, line)
		return
	}
	switch {
	case e.Action == "build-output":
		fmt.Fprint(stdout, e.Output)
	case e.Action == "output":
		s.output[e.Package] = append(s.output[e.Package], e)
	case e.Test != "":
		s.endTest(e)
	case e.Action == "pass" || e.Action == "skip" || e.Action == "fail":
		s.endPackage(e, stdout)
	}
}

func (s *summary) endTest(e event) {
	switch e.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skips = append(s.skips, skip{test: e.Package + "." + e.Test, reason: s.reason(e)})
	default:
		return
	}
	s.ended[[2]string{e.Package, e.Test}] = true
}

// reason is the last thing a skipped test said.
func (s *summary) reason(skipped event) string {
	last := "no reason given"
	for _, e := range s.output[skipped.Package] {
		text := strings.TrimSpace(e.Output)
		if e.Test == skipped.Test && text != "" && !framing(text) {
			last = text
		}
	}
	return last
}

func (s *summary) endPackage(e event, stdout io.Writer) {
	for _, o := range s.output[e.Package] {
		closing := strings.HasPrefix(o.Output, "ok  \t") || strings.HasPrefix(o.Output, "?   \t")
		if closing || e.Action == "fail" {
			s.show(o, stdout)
		}
	}
	delete(s.output, e.Package)
}

// flush shows what packages said that never came to an end.
func (s *summary) flush(stdout io.Writer) {
	for _, said := range s.output {
		for _, o := range said {
			s.show(o, stdout)
		}
	}
}

func (s *summary) show(o event, stdout io.Writer) {
	if s.ended[[2]string{o.Package, o.Test}] || strings.HasPrefix(o.Output, "=== ") {
		return
	}
	fmt.Fprint(stdout, o.Output)
}

// framing says that a line is the test runner's, not the test's.
func framing(text string) bool {
	return strings.HasPrefix(text, "=== ") || strings.HasPrefix(text, "--- ")
}

func (s *summary) write(w io.Writer) {
	for _, k := range s.skips {
		fmt.Fprintf(w, "skipped %s: %s\n", k.test, k.reason)
	}
	fmt.Fprintf(w, "%d passed, %d skipped\n", s.passed, len(s.skips))
}

// judge is the refusal of a run that go test was content with.
func (s *summary) judge(require string) error {
	if require == "all" && len(s.skips) > 0 {
		return fmt.Errorf("STAGEDOOR_REQUIRE=all, and %d tests were skipped", len(s.skips))
	}
	if s.passed == 0 && len(s.skips) == 0 {
		return errors.New("no test ran")
	}
	return nil
}
