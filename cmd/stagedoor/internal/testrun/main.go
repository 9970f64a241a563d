// Command testrun runs go test and refuses what go test lets pass: a run in
// which no test ran, and, with STAGEDOOR_REQUIRE=all, a run in which a test was
// skipped.
//
//	STAGEDOOR_REQUIRE=all go run ./cmd/stagedoor/internal/testrun -shuffle=on ./...
//
// The arguments are go test's. It prints what go test prints without -v, then
// each skipped test with its reason. The exit code is that of go test, or 1 when
// go test is content and this command is not.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv("STAGEDOOR_REQUIRE"), os.Stdout, os.Stderr))
}

func run(args []string, require string, stdout, stderr io.Writer) int {
	if require != "" && require != "all" {
		fmt.Fprintf(stderr, "testrun: STAGEDOOR_REQUIRE is %q; it may be \"all\" or empty\n", require)
		return 2
	}
	summary, err := goTest(args, stdout, stderr)
	summary.write(stdout)
	if code, ok := exitCode(err); ok {
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "testrun: %v\n", err)
		return 1
	}
	if err := summary.judge(require); err != nil {
		fmt.Fprintf(stderr, "testrun: %v\n", err)
		return 1
	}
	return 0
}

// goTest runs go test to its end and prints its events as they come.
func goTest(args []string, stdout, stderr io.Writer) (*summary, error) {
	s := newSummary()
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return s, fmt.Errorf("connecting to go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("starting go test: %w", err)
	}
	printErr := s.print(events, stdout)
	// go test would wait for ever for a reader that has given up.
	_, _ = io.Copy(io.Discard, events)
	return s, errors.Join(cmd.Wait(), printErr)
}

// exitCode is the code with which go test itself failed.
func exitCode(err error) (int, bool) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	// A process that a signal ended has no code of its own.
	return max(exit.ExitCode(), 1), true
}
