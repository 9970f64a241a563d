package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Collection is a set of values of one type under one prefix of a driver. It is
// a small value that may be copied and shared.
type Collection[T any] struct {
	driver Driver
	prefix string
}

// Item is a value of a collection and its id.
type Item[T any] struct {
	ID    string
	Value T
}

// NewCollection returns the collection under prefix, which gets a "/" at its end
// where it lacks one. Collections sit side by side: the prefix of one must not
// begin with that of another.
func NewCollection[T any](d Driver, prefix string) Collection[T] {
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return Collection[T]{driver: d, prefix: prefix}
}

// Create stores a new value, or fails with ErrExists.
func (c Collection[T]) Create(ctx context.Context, id string, v T) error {
	data, err := c.encode(v)
	if err != nil {
		return err
	}
	return c.driver.Create(ctx, c.prefix+id, data)
}

// Get returns a value, or ErrNotFound.
func (c Collection[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	data, err := c.driver.Get(ctx, c.prefix+id)
	if err != nil {
		return v, err
	}
	return v, c.decode(data, &v)
}

// Update changes a value in one atomic step and returns the new one, or
// ErrNotFound. An error of f is returned unchanged, and then nothing changes.
// f may be called more than once, each time on a fresh value.
func (c Collection[T]) Update(ctx context.Context, id string, f func(*T) error) (T, error) {
	var result T
	err := c.driver.Update(ctx, c.prefix+id, func(old []byte) ([]byte, error) {
		var v T
		if err := c.decode(old, &v); err != nil {
			return nil, err
		}
		if err := f(&v); err != nil {
			return nil, err
		}
		result = v
		return c.encode(v)
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// Put stores a value whether or not its id is in use.
func (c Collection[T]) Put(ctx context.Context, id string, v T) error {
	data, err := c.encode(v)
	if err != nil {
		return err
	}
	return put(ctx, c.driver, c.prefix+id, data)
}

// put creates or replaces. It goes round again only when another caller removes
// or creates the same key in between.
func put(ctx context.Context, d Driver, key string, data []byte) error {
	for {
		err := d.Update(ctx, key, func([]byte) ([]byte, error) { return data, nil })
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		err = d.Create(ctx, key, data)
		if !errors.Is(err, ErrExists) {
			return err
		}
	}
}

// Take removes a value and returns it, in one atomic step, or fails with
// ErrNotFound.
func (c Collection[T]) Take(ctx context.Context, id string) (T, error) {
	var taken T
	err := c.driver.Update(ctx, c.prefix+id, func(old []byte) ([]byte, error) {
		var v T
		if err := c.decode(old, &v); err != nil {
			return nil, err
		}
		taken = v
		return nil, nil
	})
	if err != nil {
		var none T
		return none, err
	}
	return taken, nil
}

// Delete removes a value, if it is there.
func (c Collection[T]) Delete(ctx context.Context, id string) error {
	return c.driver.Delete(ctx, c.prefix+id)
}

// List returns all values, ordered by id, byte by byte.
func (c Collection[T]) List(ctx context.Context) ([]Item[T], error) {
	pairs, err := c.driver.List(ctx, c.prefix)
	if err != nil {
		return nil, err
	}
	items := make([]Item[T], len(pairs))
	for i, pair := range pairs {
		items[i].ID = strings.TrimPrefix(pair.Key, c.prefix)
		if err := c.decode(pair.Value, &items[i].Value); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// Clear removes every value that is there when it begins.
func (c Collection[T]) Clear(ctx context.Context) error {
	pairs, err := c.driver.List(ctx, c.prefix)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if err := c.driver.Delete(ctx, pair.Key); err != nil {
			return err
		}
	}
	return nil
}

// The ids stay out of the messages: a login PIN can be one.

func (c Collection[T]) encode(v T) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a value of %q: %w", c.prefix, err)
	}
	return data, nil
}

func (c Collection[T]) decode(data []byte, v *T) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decoding a value of %q: %w", c.prefix, err)
	}
	return nil
}
