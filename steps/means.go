package steps

import (
	"context"
	"time"

	"stagedoor/steps/otpsource"
	"stagedoor/steps/target"
)

// Means is what one scenario may use: the API under test and what helps to
// judge it. What is nil is not to be had and blocks the scenarios that need it.
type Means struct {
	// Targets by the name of the system.
	Targets map[string]*target.Target
	// SMS and Email read the codes that the implementation sends.
	SMS   otpsource.Source
	Email otpsource.Source
	Clock Clock
	// States brings about what no documented operation can.
	States States
	// AllowedDevices is how many devices an account may have.
	AllowedDevices int
	// Close gives back what was prepared.
	Close func(ctx context.Context) error
}

// Supplier prepares the means of each scenario.
type Supplier interface {
	Supply(ctx context.Context, order Order) (*Means, error)
}

// Order says for whom means are prepared.
type Order struct {
	Scenario *Scenario
	// Seed makes what is drawn at random the same in every run.
	Seed int64
}

// Clock moves the implementation's time.
type Clock interface {
	// Freeze stops it, so that Advance is exact.
	Freeze(ctx context.Context) error
	Advance(ctx context.Context, d time.Duration) error
}

// State is a condition that no documented operation brings about.
type State struct {
	// Name is that of the @needs tag: "payment" for state.payment.
	Name string
	// Value says more about it: "pending".
	Value string
	// Email and Phone, with its country code, say whose state it is; both are
	// empty for one of the whole implementation.
	Email string
	Phone string
}

// States brings states about. The error of one that it does not know is
// [ErrNoSuchState].
type States interface {
	Arrange(ctx context.Context, state State) error
}
