package steps

import (
	"context"
	"errors"
	"fmt"

	"stagedoor/steps/clause"
	"stagedoor/steps/target"
)

// Verdict is what came of a scenario or a clause.
type Verdict int

// The verdicts, the worse the higher.
const (
	// Pass: everything was as it must be.
	Pass Verdict = iota
	// NotJudged: it does not apply, or was not selected.
	NotJudged
	// Note, Warn, Fail: a MAY, SHOULD, MUST is broken.
	Note
	Warn
	// Blocked: a means is missing or failed.
	Blocked
	Fail
	// Errored: the suite itself is at fault.
	Errored
)

// String is the verdict as reports name it.
func (v Verdict) String() string {
	return [...]string{"pass", "not judged", "note", "warn", "blocked", "fail", "error"}[v]
}

// breach is the verdict of a broken clause.
func breach(l clause.Level) Verdict {
	switch l {
	case clause.Must:
		return Fail
	case clause.Should:
		return Warn
	default:
		return Note
	}
}

// deviation is an error of a step: the implementation does otherwise than the
// scenario says.
type deviation struct {
	expected string
	actual   string
	findings []string
	exchange *target.Exchange
}

func (d *deviation) Error() string { return "expected " + d.expected + ", got " + d.actual }

// obstacle is an error of a step: something that the scenario needs is not to
// be had, which says nothing about what it asks.
type obstacle struct {
	reason   string
	exchange *target.Exchange
	err      error
}

func (o *obstacle) Error() string {
	if o.err == nil {
		return o.reason
	}
	return o.reason + ": " + o.err.Error()
}

func (o *obstacle) Unwrap() error { return o.err }

func blockedBy(err error, format string, args ...any) error {
	return &obstacle{reason: fmt.Sprintf(format, args...), err: err}
}

// errSuite marks faults of the suite and its feature files.
var errSuite = errors.New("fault of the suite")

// judge is the verdict of a scenario whose first step error is err.
func judge(err error, level clause.Level) Verdict {
	var deviates *deviation
	var blocked *obstacle
	switch {
	case err == nil:
		return Pass
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Blocked
	case errors.As(err, &deviates):
		return breach(level)
	case errors.As(err, &blocked):
		return Blocked
	default:
		return Errored
	}
}
