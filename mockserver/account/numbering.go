package account

import (
	"context"
	"errors"

	"stagedoor/mockserver/store"
)

// LastID is the number that the newest account without one of its own has got, 0
// before there was any. It outlives the account.
func (s Accounts) LastID(ctx context.Context) (ID, error) {
	last, err := s.counter.Get(ctx, "last")
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return last, err
}

// SetLastID makes the next account without a number of its own get the one after
// last, or the next that is free.
func (s Accounts) SetLastID(ctx context.Context, last ID) error {
	return s.counter.Put(ctx, "last", max(last, firstID-1))
}
