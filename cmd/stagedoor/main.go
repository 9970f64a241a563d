// Command stagedoor is the mock of the documented APIs and the window on their
// contract.
//
//	verb          file                does
//	mock          mock.go             serves the mock until it is told to stop
//	spec …        spec.go, spec_*.go  prints the contract
//	explain       explain.go          says in words what an id stands for
//	health        health.go           asks a running mock whether it takes calls
//	version       version.go          says which build this is
//
// A verb is a constructor of a cobra command and nothing else: what it decides
// lives in the packages below mockserver and in spec. run.go holds what all
// verbs share: the exit codes and the environment variables.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }
