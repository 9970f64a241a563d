package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// System is what a behaviour package hands to the pipeline.
type System struct {
	// Name is the system's name in the contract.
	Name string
	// Credential is what a request carries to choose its sandbox, "" for nothing.
	Credential func(path map[string]string, header http.Header, query Query) string
	// SandboxID names the sandbox of a request whose credential leads to none:
	// a token can name it. It may be nil, and may name a sandbox that is not there.
	SandboxID func(header http.Header) string
	// Identify judges that credential, once the sandbox is known; nil to go on.
	Identify func(c *Call, kind CredentialKind) *spec.Reply
	// Authorize judges the credential of a protected operation and puts whom it
	// found into the call; nil to go on. It may itself be nil.
	Authorize func(ctx context.Context, c *Call) (*spec.Reply, error)
	// Behaviours are the operations, by operationId.
	Behaviours map[string]Handler
	// Challenge lists whose challenge a request answers: e-mail addresses for
	// magic identities. It may be nil.
	Challenge func(ctx context.Context, c *Call, body []byte) ([]string, error)
	// Refuse is the table from a behaviour's domain errors to outcomes.
	Refuse func(c *Call, err error) (spec.Reply, bool)
}

// CredentialKind says what a credential is to the sandbox that it chose.
type CredentialKind = sandbox.Kind

// The kinds of credentials.
const (
	CredentialUnknown = sandbox.Unknown
	CredentialCurrent = sandbox.Current
	CredentialExpired = sandbox.Expired
	CredentialRevoked = sandbox.Revoked
)

// Query is a query string, parsed.
type Query interface {
	Get(name string) string
	Has(name string) bool
}

// Handler is the behaviour of one operation. It is called with a body that
// keeps the contract. What it returns as error is either in its system's
// refusals or a fault of the mock.
type Handler func(ctx context.Context, c *Call, body []byte) (spec.Reply, error)

// Bind makes a handler of a method that takes the decoded body. A key is the
// contract's to the letter: "EMAIL" beside "email" is an unknown one, which the
// contract ignores, and so does this.
func Bind[In any](method func(context.Context, *Call, In) (spec.Reply, error)) Handler {
	return func(ctx context.Context, c *Call, body []byte) (spec.Reply, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return spec.Reply{}, &undecodable{err}
		}
		return method(ctx, c, in)
	}
}

// undecodable is a body that keeps the contract and is beyond what Go can hold:
// an integer of thirty digits, where the contract sets no limit.
type undecodable struct{ cause error }

func (u *undecodable) Error() string {
	if semantic, ok := errors.AsType[*json.SemanticError](u.cause); ok {
		return fmt.Sprintf("body%s cannot be taken", semantic.JSONPointer)
	}
	return "the body cannot be decoded: " + u.cause.Error()
}

func (u *undecodable) Unwrap() error { return u.cause }

// BindEmpty makes a handler of a method that takes no body.
func BindEmpty(method func(context.Context, *Call) (spec.Reply, error)) Handler {
	return func(ctx context.Context, c *Call, _ []byte) (spec.Reply, error) { return method(ctx, c) }
}

// check refuses a system whose behaviours and operations do not cover each other.
func (s System) check(contract *spec.System) error {
	var errs []error
	for _, o := range contract.Operations {
		if s.Behaviours[o.ID] == nil {
			errs = append(errs, fmt.Errorf("operation %s has no behaviour", o.Name()))
		}
	}
	for id := range s.Behaviours {
		if contract.Operation(id) == nil {
			errs = append(errs, fmt.Errorf("behaviour %s.%s has no operation in the contract", s.Name, id))
		}
	}
	return errors.Join(errs...)
}
