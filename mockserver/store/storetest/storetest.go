// Package storetest is the meaning of [store.Driver]: a suite that every driver
// runs in its own tests.
//
//	func TestBoltIsADriver(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Driver { … })
//	}
//
//	one key    values.go      what each method does to it
//	bytes      aliasing.go    nobody keeps what belongs to somebody else
//	many keys  listing.go     order and prefixes
//	racing     contention.go  atomic means atomic; run it with -race
package storetest

import (
	"context"
	"errors"
	"testing"

	"stagedoor/mockserver/store"
)

// Run holds a driver against the suite. open returns an empty store that nobody
// else uses; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Driver) {
	parts := []struct {
		name string
		test func(*testing.T, store.Driver)
	}{
		{"get of nothing is not found", getOfNothing},
		{"create keeps any bytes under any key", createKeepsBytes},
		{"create refuses a key in use", createRefuses},
		{"update replaces", updateReplaces},
		{"update of nothing is not found", updateOfNothing},
		{"update returns the error of its function and changes nothing", updatePassesErrors},
		{"update to nil removes", updateToNil},
		{"update to empty does not remove", updateToEmpty},
		{"delete removes and does not mind nothing", deleteRemoves},
		{"an ended context stops everything", endedContext},
		{"values are the caller's own", valuesAreOwned},
		{"list is ordered by bytes", listIsOrdered},
		{"list keeps to its prefix", listKeepsToPrefix},
		{"one of racing creates wins", racingCreates},
		{"racing updates are all counted", racingUpdates},
		{"one of racing removals gets the value", racingRemovals},
		{"racing keys do not disturb each other", racingKeys},
		{"list sees whole values while they change", listWhileChanging},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			d := open(t)
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
			})
			part.test(t, d)
		})
	}
}

// want fails the test unless the key holds the value.
func want(t *testing.T, d store.Driver, key, value string) {
	t.Helper()
	got, err := d.Get(context.Background(), key)
	if err != nil {
		t.Fatalf("get %q: %v, want %q", key, err, value)
	}
	if string(got) != value {
		t.Errorf("get %q: %q, want %q", key, got, value)
	}
}

// wantNone fails the test unless the key holds nothing.
func wantNone(t *testing.T, d store.Driver, key string) {
	t.Helper()
	if got, err := d.Get(context.Background(), key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get %q: %q, %v; want ErrNotFound", key, got, err)
	}
}

// create stores a value or ends the test.
func create(t *testing.T, d store.Driver, key, value string) {
	t.Helper()
	if err := d.Create(context.Background(), key, []byte(value)); err != nil {
		t.Fatalf("create %q: %v", key, err)
	}
}

// update changes a value or ends the test.
func update(t *testing.T, d store.Driver, key string, f func([]byte) ([]byte, error)) {
	t.Helper()
	if err := d.Update(context.Background(), key, f); err != nil {
		t.Fatalf("update %q: %v", key, err)
	}
}
