// Command stagedoor is the mock of the documented APIs and the window on their
// contract.
//
//	verb          file                does
//	mock          mock.go             serves the mock until it is told to stop
//	exec          exec.go, exec_*.go  runs a command with a mock of its own
//	inbox         inbox.go            shows what a sandbox sent
//	code          code.go             prints the newest live code
//	clock         clock.go            shows and moves the clock of a sandbox
//	sandbox …     sandbox.go, sandbox_create.go    makes, shows, resets, deletes sandboxes
//	fault …       fault.go            makes answers late, broken or different
//	coverage      coverage.go, coverage_junit.go   shows which outcomes were met
//	spec …        spec.go, spec_*.go  prints the contract
//	explain       explain.go          says in words what an id stands for
//	health        health.go           asks a running mock whether it takes calls
//	version       version.go          says which build this is
//
// A verb is a constructor of a cobra command and nothing else: what it decides
// lives in the packages below mockserver and in spec. run.go holds what all
// verbs share, the exit codes; environment.go the variables that stand in for
// flags; control_flags.go what the verbs share that call a running mock.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }
