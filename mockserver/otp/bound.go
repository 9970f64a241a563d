package otp

import (
	"context"
	"errors"
	"strconv"

	"stagedoor/mockserver/store"
)

// rivalries is how many of them an engine keeps: with their histories, at most
// 80 000 challenges. A suite that signs a new person up for every test would
// otherwise fill the store. The oldest goes, with all that it has.
const rivalries = 10_000

// bound is a ring of the rivalries that an engine keeps, in the order in which
// they came.
type bound struct {
	driver  store.Driver
	counter string
	slots   store.Collection[string]
	limit   uint64
}

func newBound(d store.Driver, prefix string) bound {
	return bound{driver: d, counter: prefix + "/admitted", slots: store.NewCollection[string](d, prefix+"/ring"), limit: rivalries}
}

// admit takes a new rivalry in and forgets the one whose place it gets.
func (e Engine) admit(ctx context.Context, rival string) error {
	n, err := store.Count(ctx, e.bound.driver, e.bound.counter)
	if err != nil {
		return err
	}
	slot := strconv.FormatUint(n%e.bound.limit, 10)
	old, err := e.bound.slots.Get(ctx, slot)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && old != rival {
		if err := e.forget(ctx, old); err != nil {
			return err
		}
	}
	return e.bound.slots.Put(ctx, slot, rival)
}

// forget removes a rivalry with its challenges.
func (e Engine) forget(ctx context.Context, rival string) error {
	l, err := e.line(ctx, rival)
	if err != nil {
		return err
	}
	for _, token := range l.Tokens {
		if err := e.challenges.Delete(ctx, token); err != nil {
			return err
		}
	}
	return e.lines.Delete(ctx, rival)
}
