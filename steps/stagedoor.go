package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"stagedoor/spec"
	"stagedoor/steps/control"
	"stagedoor/steps/otpsource"
	"stagedoor/steps/target"
)

// ErrNoSuchState is a state that a [States] cannot bring about.
var ErrNoSuchState = errors.New("no way to bring this state about")

// Stagedoor supplies the means to judge a Stagedoor mock: a sandbox of its own
// for each scenario, so that scenarios run side by side, with inbox, clock and
// accounts.
type Stagedoor struct {
	Contract *spec.Contract
	Control  *control.Client
	// BaseURL is where the mocked systems are; a proxy in front of them will do.
	BaseURL string
	Client  *http.Client
	// Wait is how long a code may take to arrive; zero is two seconds.
	Wait time.Duration
	// Readings are those that the mock shall follow; canonical where absent.
	Readings map[string]any
}

// defaultDevices is how many devices an account has that nobody gave a number.
const defaultDevices = 5

// Supply makes a sandbox.
func (s *Stagedoor) Supply(ctx context.Context, order Order) (*Means, error) {
	sandbox, err := s.Control.Create(ctx, control.NewSandbox{
		Name: shorten(order.Scenario.Title), Seed: order.Seed, Readings: s.Readings,
	})
	if err != nil {
		return nil, err
	}
	wait := s.Wait
	if wait == 0 {
		wait = 2 * time.Second
	}
	inbox := otpsource.Stagedoor{Inbox: sandbox, Wait: wait}
	means := &Means{
		Targets: map[string]*target.Target{}, SMS: inbox, Email: inbox,
		Clock: sandbox, States: sandboxStates{sandbox}, AllowedDevices: defaultDevices, Close: sandbox.Delete,
	}
	for _, system := range s.Contract.Systems {
		means.Targets[system.Name] = &target.Target{
			System: system, BaseURL: s.BaseURL, Credentials: sandbox.Credentials, Client: s.Client,
		}
	}
	return means, nil
}

func shorten(title string) string {
	if runes := []rune(title); len(runes) > 200 {
		return string(runes[:200])
	}
	return title
}

// sandboxStates brings states about through the accounts and the settings of a
// sandbox.
type sandboxStates struct{ sandbox *control.Sandbox }

// Arrange implements [States].
func (s sandboxStates) Arrange(ctx context.Context, state State) error {
	switch state.Name {
	case "payment":
		return s.change(ctx, state, map[string]any{"payment": strings.ReplaceAll(state.Value, " ", "_")})
	case "strictDevices":
		return s.change(ctx, state, map[string]any{"strictDevices": true})
	case "quota":
		return s.sandbox.Change(ctx, map[string]any{"quota": map[string]any{"perDay": 1}})
	}
	return fmt.Errorf("%w: %s", ErrNoSuchState, state.Name)
}

func (s sandboxStates) change(ctx context.Context, state State, change map[string]any) error {
	accounts, err := s.sandbox.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Email != "" && strings.EqualFold(a.Email, state.Email) || a.Phone != "" && a.CountryCode+a.Phone == state.Phone {
			return s.sandbox.ChangeAccount(ctx, a.ID, change)
		}
	}
	return fmt.Errorf("no account of %s%s in the sandbox", state.Email, state.Phone)
}
