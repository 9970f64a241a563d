package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/feed"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/store"
	"stagedoor/spec"
)

// ErrNotFound is in the chain of every error about a sandbox that is not there.
var ErrNotFound = errors.New("no such sandbox")

// ErrConflict is in the chain of errors about a name or credential that
// another sandbox holds.
var ErrConflict = errors.New("already in use")

// ErrDefault is the refusal to delete the default sandbox.
var ErrDefault = errors.New("the default sandbox cannot be deleted; reset it instead")

// Config is what a registry stands on.
type Config struct {
	Contract *spec.Contract
	Store    store.Driver
	Clock    clock.Clock
	// Entropy makes ids, credentials and, where no seed is given, seeds.
	Entropy io.Reader
	// FeedLimit bounds inbox and journal of each sandbox, in entries.
	FeedLimit int
	// TTL is how long a sandbox other than the default one is kept that nobody
	// calls; 0 is for ever.
	TTL time.Duration
}

// Registry holds all sandboxes.
type Registry struct {
	config  Config
	records store.Collection[record]
	// owners leads from "system/credential" to a sandbox id.
	owners store.Collection[string]
	// initial keeps the accounts that a reset goes back to.
	initial store.Collection[beginning]
	// used has when a sandbox was last seen in use; see idle.go.
	used store.Collection[time.Time]

	// changing is held while a sandbox is made, filled or deleted, so that two
	// calls of this process never mix their accounts.
	changing sync.Mutex

	mu     sync.Mutex // guards feeds
	feeds  map[string]*feeds
	cache  sync.Map // id → *cached
	owning sync.Map // "system/credential" → id, a hint that is checked on use
}

// feeds are what a process remembers of a sandbox; its store does not have them.
type feeds struct {
	inbox    *inbox.Inbox
	journal  *journal.Journal
	coverage *journal.Coverage
	clocks   *feed.Feed[ClockState]
	renew    atomic.Int64 // when a use is to be noted again; see idle.go
}

// cached is a sandbox with the bytes of the record that it was made from.
type cached struct {
	raw     []byte
	sandbox *Sandbox
}

const recordPrefix = "record/"

// New returns a registry without sandboxes, or with those that the store has.
func New(config Config) *Registry {
	return &Registry{
		config:  config,
		records: store.NewCollection[record](config.Store, recordPrefix),
		owners:  store.NewCollection[string](config.Store, "credential/"),
		initial: store.NewCollection[beginning](config.Store, "initial/"),
		used:    store.NewCollection[time.Time](config.Store, "used/"),
		feeds:   map[string]*feeds{},
	}
}

// Open returns the sandbox with this id as it stands now. It counts as a use.
func (r *Registry) Open(ctx context.Context, id string) (*Sandbox, error) {
	s, err := r.open(ctx, id)
	if err != nil {
		return nil, err
	}
	return s, r.use(ctx, s)
}

func (r *Registry) open(ctx context.Context, id string) (*Sandbox, error) {
	raw, err := r.config.Store.Get(ctx, recordPrefix+id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("sandbox %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open sandbox %q: %w", id, err)
	}
	// Decoding settings for every call would cost more than the call.
	if hit, ok := r.cache.Load(id); ok && bytes.Equal(hit.(*cached).raw, raw) {
		return hit.(*cached).sandbox, nil
	}
	var rec record
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, fmt.Errorf("open sandbox %q: %w", id, err)
	}
	readings, err := r.config.Contract.Resolve(rec.Settings.Readings)
	if err != nil {
		return nil, fmt.Errorf("open sandbox %q: %w", id, err)
	}
	s := newSandbox(rec, readings, r.config.Store, r.feedsOf(id))
	r.cache.Store(id, &cached{raw: raw, sandbox: s})
	return s, nil
}

func (r *Registry) feedsOf(id string) *feeds {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.feeds[id]
	if f == nil {
		f = &feeds{
			inbox: inbox.New(r.config.FeedLimit), journal: journal.New(r.config.FeedLimit), coverage: journal.NewCoverage(),
			clocks: feed.New[ClockState](clockMoves),
		}
		r.feeds[id] = f
	}
	return f
}

// Match returns the sandbox to which a credential of a system leads, and what
// the credential is to it. A missing or unknown one leads to the default
// sandbox and is Unknown there.
func (r *Registry) Match(ctx context.Context, system, credential string) (*Sandbox, Kind, error) {
	if credential != "" {
		s, err := r.owner(ctx, system, credential)
		if err != nil {
			return nil, Unknown, err
		}
		if s != nil {
			return s, s.Credentials.Kind(system, credential), nil
		}
	}
	s, err := r.Open(ctx, DefaultID)
	return s, Unknown, err
}

// owner is the sandbox that holds a credential, or nil.
func (r *Registry) owner(ctx context.Context, system, credential string) (*Sandbox, error) {
	key := ownerKey(system, credential)
	if id, ok := r.owning.Load(key); ok {
		s, err := r.Open(ctx, id.(string))
		if err == nil && s.Credentials.Kind(system, credential) != Unknown {
			return s, nil
		}
		r.owning.Delete(key)
	}
	id, err := r.owners.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := r.Open(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && s.Credentials.Kind(system, credential) == Unknown {
		return nil, nil // the claim of a sandbox that is being made or deleted
	}
	if err == nil {
		r.owning.Store(key, id)
	}
	return s, err
}

func ownerKey(system, credential string) string { return system + "/" + credential }

// List returns all sandboxes: the default one, then the others by id. It is no
// use of any.
func (r *Registry) List(ctx context.Context) ([]*Sandbox, error) {
	items, err := r.records.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sandboxes: %w", err)
	}
	var all []*Sandbox
	for _, item := range items {
		s, err := r.open(ctx, item.ID)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return nil, err
		default:
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *Sandbox) int {
		if (a.ID == DefaultID) != (b.ID == DefaultID) {
			if a.ID == DefaultID {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}
