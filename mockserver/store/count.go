package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Counted returns the decimal number at key, 0 if it is absent.
func Counted(ctx context.Context, d Driver, key string) (uint64, error) {
	value, err := d.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read count %q: %w", key, err)
	}
	return n, nil
}

// Count adds one to the decimal number at key and returns it; an absent number
// counts as 0. Two callers never get the same.
func Count(ctx context.Context, d Driver, key string) (uint64, error) {
	for {
		var n uint64
		err := d.Update(ctx, key, func(old []byte) ([]byte, error) {
			was, err := strconv.ParseUint(string(old), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("count %q: %w", key, err)
			}
			n = was + 1
			return strconv.AppendUint(nil, n, 10), nil
		})
		if !errors.Is(err, ErrNotFound) {
			return n, err
		}
		if err := d.Create(ctx, key, []byte("1")); !errors.Is(err, ErrExists) {
			return 1, err
		}
	}
}
