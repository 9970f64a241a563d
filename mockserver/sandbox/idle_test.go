package sandbox_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
)

const ttl = 24 * time.Hour

// idling returns registries over one store, as replicas have it, that keep a
// sandbox for a day.
func idling(t *testing.T, replicas int) ([]*sandbox.Registry, *clock.Manual, store.Driver) {
	t.Helper()
	contract, err := load()
	if err != nil {
		t.Fatal(err)
	}
	now, memory := clock.NewManual(noon), store.NewMemory()
	var all []*sandbox.Registry
	for range replicas {
		all = append(all, sandbox.New(sandbox.Config{Contract: contract, Store: memory, Clock: now, Entropy: rand.Reader, FeedLimit: 10, TTL: ttl}))
	}
	if _, _, err := all[0].Put(t.Context(), sandbox.DefaultID, sandbox.Document{}); err != nil {
		t.Fatal(err)
	}
	return all, now, memory
}

func sweep(t *testing.T, r *sandbox.Registry) []string {
	t.Helper()
	deleted, err := r.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return deleted
}

func TestSandboxesThatNobodyUsesAreDeleted(t *testing.T) {
	all, now, memory := idling(t, 1)
	r := all[0]
	idle, called, shown := create(t, r, sandbox.Document{}), create(t, r, sandbox.Document{}), create(t, r, sandbox.Document{})
	for hour := range 48 {
		if deleted := sweep(t, r); hour < 24 && len(deleted) > 0 {
			t.Fatalf("after %d hours %v was deleted", hour, deleted)
		}
		now.Advance(time.Hour)
		if s, _, err := r.Match(t.Context(), "watch", called.Credentials.Watch.APIKey); err != nil || s.ID != called.ID {
			t.Fatalf("the called one leads to %v, %v", s, err)
		}
		if _, err := r.Open(t.Context(), shown.ID); err != nil {
			t.Fatal(err)
		}
		// To be listed is no use.
		if _, err := r.List(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Open(t.Context(), idle.ID); !errors.Is(err, sandbox.ErrNotFound) {
		t.Errorf("the idle one: %v, want it gone", err)
	}
	if s, kind, _ := r.Match(t.Context(), "watch", idle.Credentials.Watch.APIKey); s.ID != sandbox.DefaultID || kind != sandbox.Unknown {
		t.Errorf("its credential leads to %s", s.ID)
	}
	now.Advance(1000 * time.Hour)
	if deleted := sweep(t, r); len(deleted) != 2 {
		t.Errorf("deleted %v, want both that were used before", deleted)
	}
	if _, err := r.Open(t.Context(), sandbox.DefaultID); err != nil {
		t.Errorf("the default sandbox: %v", err)
	}
	// Nothing is left of the others.
	pairs, err := memory.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range pairs {
		for _, s := range []*sandbox.Sandbox{idle, called, shown} {
			if slices.Contains([]string{"used/" + s.ID, "initial/" + s.ID, "record/" + s.ID}, pair.Key) || string(pair.Value) == `"`+s.ID+`"` {
				t.Errorf("the store still has %s", pair.Key)
			}
		}
	}
}

func TestASandboxIsKeptForItsWholeTime(t *testing.T) {
	all, now, _ := idling(t, 1)
	r := all[0]
	s := create(t, r, sandbox.Document{})
	// A use that comes too soon after another to be noted counts all the same.
	now.Advance(ttl/16 - 1)
	if _, err := r.Open(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	now.Advance(ttl)
	if deleted := sweep(t, r); len(deleted) > 0 {
		t.Errorf("%v was deleted a day after its last use", deleted)
	}
	now.Advance(2)
	if deleted := sweep(t, r); !slices.Equal(deleted, []string{s.ID}) {
		t.Errorf("deleted %v", deleted)
	}
	if deleted := sweep(t, r); len(deleted) > 0 {
		t.Errorf("deleted %v again", deleted)
	}
}

func TestUsesCountForEveryReplica(t *testing.T) {
	all, now, _ := idling(t, 2)
	s := create(t, all[0], sandbox.Document{})
	for range 30 {
		now.Advance(4 * time.Hour)
		if _, err := all[1].Open(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if deleted := sweep(t, all[0]); len(deleted) > 0 {
			t.Fatalf("%v was deleted, though the other replica has calls for it", deleted)
		}
	}
	now.Advance(2 * ttl)
	if deleted := sweep(t, all[0]); len(deleted) != 1 {
		t.Errorf("deleted %v", deleted)
	}
	if deleted := sweep(t, all[1]); len(deleted) > 0 {
		t.Errorf("the other replica deleted %v again", deleted)
	}
}

func TestWithoutATimeToLiveSandboxesStay(t *testing.T) {
	r, now := newRegistry(t)
	s := create(t, r, sandbox.Document{})
	now.Advance(10_000 * time.Hour)
	if deleted := sweep(t, r); len(deleted) > 0 {
		t.Errorf("deleted %v", deleted)
	}
	if _, err := r.Open(t.Context(), s.ID); err != nil {
		t.Error(err)
	}
}
