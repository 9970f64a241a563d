package account

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"stagedoor/mockserver/store"
)

// ErrNotFound is returned when no account goes by an id or identity.
var ErrNotFound = errors.New("no such account")

// ErrTaken is matched by the error for an identity that another account has.
var ErrTaken = errors.New("the identity belongs to another account")

// firstID is the number of a sandbox's first account that brings none.
const firstID ID = 1001

// Accounts is the repository of a sandbox's accounts. It is a small value that
// may be copied and shared.
//
// Every identity is a claim in the store, made if absent, before the record that
// has it is written; and released after the record that drops it is. A claim
// without a record finds nothing, so no halfway state shows.
type Accounts struct {
	records store.Collection[stored]
	claims  store.Collection[ID]
	counter store.Collection[ID]
}

// New returns the accounts kept under a prefix of a store.
func New(d store.Driver, prefix string) Accounts {
	prefix = strings.TrimSuffix(prefix, "/")
	return Accounts{
		records: store.NewCollection[stored](d, prefix+"/records"),
		claims:  store.NewCollection[ID](d, prefix+"/claims"),
		counter: store.NewCollection[ID](d, prefix+"/counter"),
	}
}

func key(id ID) string { return strconv.FormatInt(id, 10) }

// Create stores a new account and returns it. One without an id gets the next.
// It fails with a Taken, and changes nothing, when another account has one of
// its identities or its id.
func (s Accounts) Create(ctx context.Context, a Account) (Account, error) {
	if a.ID != 0 {
		return a, s.create(ctx, a)
	}
	for {
		id, err := s.nextID(ctx)
		if err != nil {
			return Account{}, err
		}
		a.ID = id
		err = s.create(ctx, a)
		// An account that brought its own id may have this one.
		if taken, ok := errors.AsType[*Taken](err); ok && taken.Identity.Kind == KindID {
			continue
		}
		return a, err
	}
}

func (s Accounts) create(ctx context.Context, a Account) error {
	claimed := a.Identities()
	if _, err := s.claim(ctx, a.ID, claimed); err != nil {
		return err
	}
	err := s.records.Create(ctx, key(a.ID), toStored(&a))
	if err == nil {
		return nil
	}
	s.release(ctx, claimed)
	if errors.Is(err, store.ErrExists) {
		return &Taken{Identity{KindID, key(a.ID)}}
	}
	return err
}

func (s Accounts) nextID(ctx context.Context) (ID, error) {
	for {
		id, err := s.counter.Update(ctx, "last", func(last *ID) error { *last++; return nil })
		if !errors.Is(err, store.ErrNotFound) {
			return id, err
		}
		err = s.counter.Create(ctx, "last", firstID-1)
		if err != nil && !errors.Is(err, store.ErrExists) {
			return 0, err
		}
	}
}

// Get returns the account with an id, or ErrNotFound.
func (s Accounts) Get(ctx context.Context, id ID) (Account, error) {
	record, err := s.records.Get(ctx, key(id))
	if err != nil {
		return Account{}, known(err)
	}
	return record.account(), nil
}

// Find returns the id of the account that goes by an identity, or ErrNotFound.
// It is the cheap half of By, for callers that go on to Update.
func (s Accounts) Find(ctx context.Context, i Identity) (ID, error) {
	if i.Value == "" {
		return 0, ErrNotFound
	}
	id, err := s.claims.Get(ctx, claimKey(i))
	return id, known(err)
}

// By returns the account that goes by an identity, or ErrNotFound.
func (s Accounts) By(ctx context.Context, i Identity) (Account, error) {
	id, err := s.Find(ctx, i)
	if err != nil {
		return Account{}, err
	}
	a, err := s.Get(ctx, id)
	if err != nil {
		return Account{}, err
	}
	if !a.has(i) {
		// Claimed, and not yet or no longer on the record.
		return Account{}, ErrNotFound
	}
	return a, nil
}

// ByEmail returns the account with an e-mail address, or ErrNotFound.
func (s Accounts) ByEmail(ctx context.Context, address string) (Account, error) {
	return s.By(ctx, Email(address))
}

// ByPhone returns the account with a phone number, or ErrNotFound.
func (s Accounts) ByPhone(ctx context.Context, countryCode, phone string) (Account, error) {
	return s.By(ctx, Phone(countryCode, phone))
}

// ByUsername returns the account with a username, or ErrNotFound.
func (s Accounts) ByUsername(ctx context.Context, name string) (Account, error) {
	return s.By(ctx, Username(name))
}

// ByPIN returns the account with a login PIN, or ErrNotFound.
func (s Accounts) ByPIN(ctx context.Context, pin string) (Account, error) {
	return s.By(ctx, PIN(pin))
}

// UpdateBy is Find and Update in one: it changes the account that goes by an
// identity, which it still has when f sees it.
func (s Accounts) UpdateBy(ctx context.Context, i Identity, f func(*Account) error) (Account, error) {
	id, err := s.Find(ctx, i)
	if err != nil {
		return Account{}, err
	}
	return s.Update(ctx, id, func(a *Account) error {
		if !a.has(i) {
			return ErrNotFound
		}
		return f(a)
	})
}

// Delete removes an account and frees its identities, or fails with ErrNotFound.
func (s Accounts) Delete(ctx context.Context, id ID) error {
	record, err := s.records.Take(ctx, key(id))
	if err != nil {
		return known(err)
	}
	a := record.account()
	s.release(ctx, a.Identities())
	return nil
}

// List returns all accounts, ordered by id.
func (s Accounts) List(ctx context.Context) ([]Account, error) {
	items, err := s.records.List(ctx)
	if err != nil {
		return nil, err
	}
	accounts := make([]Account, len(items))
	for i, item := range items {
		accounts[i] = item.Value.account()
	}
	slices.SortFunc(accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return accounts, nil
}

// Clear removes all accounts; the next one gets the first number again.
func (s Accounts) Clear(ctx context.Context) error {
	return errors.Join(s.claims.Clear(ctx), s.records.Clear(ctx), s.counter.Clear(ctx))
}

// known turns the store's error for a missing record into this package's.
func known(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	return err
}
