package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"stagedoor/mockserver/store"
)

// racers is how many goroutines go for the same thing.
const racers = 32

// race runs f in many goroutines that start together, and waits for them.
func race(f func(n int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for n := range racers {
		done.Go(func() {
			ready.Done()
			<-start
			f(n)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func racingCreates(t *testing.T, d store.Driver) {
	for round := range 20 {
		key := "round/" + strconv.Itoa(round)
		var winner atomic.Value
		race(func(n int) {
			value := strconv.Itoa(n)
			err := d.Create(context.Background(), key, []byte(value))
			switch {
			case err == nil && !winner.CompareAndSwap(nil, value):
				t.Errorf("a second create of %q succeeded", key)
			case err != nil && !errors.Is(err, store.ErrExists):
				t.Errorf("create: %v", err)
			}
		})
		won, ok := winner.Load().(string)
		if !ok {
			t.Fatalf("no create of %q succeeded", key)
		}
		want(t, d, key, won)
	}
}

// increment adds one to a number, or fails on what is none.
func increment(old []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(old))
	if err != nil {
		return nil, fmt.Errorf("a torn value: %w", err)
	}
	return strconv.AppendInt(nil, int64(n)+1, 10), nil
}

func racingUpdates(t *testing.T, d store.Driver) {
	const each = 25
	create(t, d, "counter", "0")
	race(func(int) {
		for range each {
			if err := d.Update(context.Background(), "counter", increment); err != nil {
				t.Errorf("update: %v", err)
			}
		}
	})
	want(t, d, "counter", strconv.Itoa(racers*each))
}

// racingRemovals lets goroutines remove one key. Exactly one of them has done it.
func racingRemovals(t *testing.T, d store.Driver) {
	ctx := context.Background()
	for round := range 20 {
		key := "token/" + strconv.Itoa(round)
		create(t, d, key, "token")
		var taken atomic.Int32
		race(func(int) {
			err := d.Update(ctx, key, func([]byte) ([]byte, error) { return nil, nil })
			switch {
			case err == nil:
				taken.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				t.Errorf("removing: %v", err)
			}
		})
		if n := taken.Load(); n != 1 {
			t.Errorf("%d goroutines removed one key", n)
		}
		wantNone(t, d, key)
	}
}

func racingKeys(t *testing.T, d store.Driver) {
	ctx := context.Background()
	race(func(n int) {
		own := "own/" + strconv.Itoa(n)
		for range 10 {
			if err := d.Create(ctx, own, []byte("0")); err != nil {
				t.Errorf("create: %v", err)
			}
			for range 5 {
				if err := d.Update(ctx, own, increment); err != nil {
					t.Errorf("update: %v", err)
				}
			}
			if got, err := d.Get(ctx, own); err != nil || string(got) != "5" {
				t.Errorf("get: %q, %v; want 5", got, err)
			}
			if err := d.Delete(ctx, own); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
	})
	if left := list(t, d, ""); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func listWhileChanging(t *testing.T, d store.Driver) {
	ctx := context.Background()
	create(t, d, "stays/1", "stays/1")
	create(t, d, "stays/2", "stays/2")
	race(func(n int) {
		if n%4 == 0 {
			for range 5 {
				if got := list(t, d, "stays/"); len(got) < 2 || got[0] != "stays/1" {
					t.Errorf("list lost keys that were there throughout: %q", got)
				}
			}
			return
		}
		key := "stays/3/" + strconv.Itoa(n)
		for range 5 {
			if err := d.Create(ctx, key, []byte(key)); err != nil {
				t.Errorf("create: %v", err)
			}
			same := func(old []byte) ([]byte, error) { return old, nil }
			if err := d.Update(ctx, key, same); err != nil {
				t.Errorf("update: %v", err)
			}
			if err := d.Delete(ctx, key); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
	})
}
