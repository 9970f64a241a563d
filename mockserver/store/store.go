package store

import (
	"context"
	"errors"
)

// ErrNotFound is returned for a key that holds nothing.
var ErrNotFound = errors.New("not found in the store")

// ErrExists is returned by Create for a key that holds something.
var ErrExists = errors.New("already in the store")

// Pair is a key and its value.
type Pair struct {
	Key   string
	Value []byte
}

// Driver keeps bytes under keys. Methods may be called from several goroutines,
// and, for drivers that are shared by processes, from several of those. A
// context that has ended makes every method fail with its error and change
// nothing. Keys are not empty; values may be.
type Driver interface {
	// Create stores a value under a key that holds nothing, or fails with
	// ErrExists. Of two racing calls exactly one succeeds.
	Create(ctx context.Context, key string, value []byte) error

	// Get returns the value under key, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)

	// Update replaces the value under key by what f makes of it, with nothing
	// else happening to the key in between; or fails with ErrNotFound. A nil
	// result removes the key. An error of f is returned unchanged, and then
	// nothing changes. f may be called more than once and must not use the
	// driver; only its last call counts.
	Update(ctx context.Context, key string, f func(old []byte) ([]byte, error)) error

	// Delete removes a key. Removing what is not there is no error.
	Delete(ctx context.Context, key string) error

	// List returns the pairs whose keys begin with prefix, ordered by key,
	// byte by byte. It is no snapshot: a change made meanwhile may show or not.
	List(ctx context.Context, prefix string) ([]Pair, error)

	// Close gives up what the driver holds. It is called once, last.
	Close() error
}
