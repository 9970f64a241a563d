package account

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"stagedoor/mockserver/store"
)

// A claim is the id of an account under the key of an identity. The rules that
// keep identities unique and found:
//
//   - only Create makes a claim, so of two racing accounts one gets it;
//   - a claim is made before the record that has the identity is written;
//   - only whoever made a claim in vain, or wrote the record that drops the
//     identity, removes it, and until then nobody else can make it.
//
// The last one holds for one account's own racing changes as well: an identity
// that the account is still letting go of is waited for, not taken over.

// patience is how often an update looks again for an identity that the same
// account is letting go of at this moment.
const patience = 1000

func claimKey(i Identity) string { return string(i.Kind) + "/" + i.Value }

// claim makes the claims on all identities, or none. When an account holds one
// it returns that account's id and a Taken.
func (s Accounts) claim(ctx context.Context, id ID, identities []Identity) (holder ID, err error) {
	for n, i := range identities {
		holder, err := s.claimOne(ctx, id, i)
		if err != nil {
			s.release(ctx, identities[:n])
			return holder, err
		}
	}
	return id, nil
}

func (s Accounts) claimOne(ctx context.Context, id ID, i Identity) (holder ID, err error) {
	for {
		err := s.claims.Create(ctx, claimKey(i), id)
		if !errors.Is(err, store.ErrExists) {
			return id, err
		}
		holder, err := s.claims.Get(ctx, claimKey(i))
		switch {
		case err == nil:
			return holder, &Taken{i}
		case !errors.Is(err, store.ErrNotFound):
			return 0, err
		}
		// It was released in between.
	}
}

// release removes claims. Once begun it is not to be cut short by a caller that
// goes away, and a failure leaves an identity unused, which harms nobody else.
func (s Accounts) release(ctx context.Context, identities []Identity) {
	ctx = context.WithoutCancel(ctx)
	for _, i := range identities {
		_ = s.claims.Delete(ctx, claimKey(i))
	}
}

// change is what one run of an update did to the identities of an account.
type change struct {
	added, dropped []Identity
}

func changeOf(before, after *Account) change {
	if sameIdentities(before, after) {
		return change{}
	}
	return change{
		added:   without(after.Identities(), before.has),
		dropped: without(before.Identities(), after.has),
	}
}

// without returns the identities that are not in a set.
func without(identities []Identity, in func(Identity) bool) []Identity {
	return slices.DeleteFunc(slices.Clone(identities), in)
}

func oneOf(identities []Identity) func(Identity) bool {
	return func(i Identity) bool { return slices.Contains(identities, i) }
}

// errUnclaimed stops an update that needs claims it does not hold yet.
var errUnclaimed = errors.New("an added identity is not claimed yet")

// Update changes an account in one atomic step and returns the new state, or
// ErrNotFound, or a Taken when the change adds an identity that another account
// has. An error of f is returned unchanged. After any error nothing has changed.
// f may be called more than once, each time on a fresh value; it cannot change
// the id.
func (s Accounts) Update(ctx context.Context, id ID, f func(*Account) error) (Account, error) {
	var held []Identity
	for try := 0; ; {
		a, ch, err := s.tryUpdate(ctx, id, held, f)
		if err == nil {
			s.release(ctx, ch.dropped)
			s.release(ctx, without(held, oneOf(ch.added)))
			return a, nil
		}
		s.release(ctx, held)
		if !errors.Is(err, errUnclaimed) {
			return Account{}, known(err)
		}
		held = nil
		holder, err := s.claim(ctx, id, ch.added)
		switch {
		case err == nil:
			held = ch.added
		case errors.Is(err, ErrTaken) && holder == id && try < patience:
			try++
			runtime.Gosched()
		default:
			return Account{}, err
		}
	}
}

// tryUpdate is one atomic step. It changes nothing and returns errUnclaimed when
// the change adds an identity that is not among those held.
func (s Accounts) tryUpdate(ctx context.Context, id ID, held []Identity, f func(*Account) error) (Account, change, error) {
	var ch change
	var after Account
	_, err := s.records.Update(ctx, key(id), func(record *stored) error {
		after = record.account()
		before := after
		if err := f(&after); err != nil {
			return err
		}
		after.ID = id
		ch = changeOf(&before, &after)
		if len(without(ch.added, oneOf(held))) > 0 {
			return errUnclaimed
		}
		*record = toStored(&after)
		return nil
	})
	return after, ch, err
}

// Repair frees the identities that no account has: what a process that was
// killed halfway may leave behind. Nobody else may be using the store.
func (s Accounts) Repair(ctx context.Context) error {
	accounts, err := s.List(ctx)
	if err != nil {
		return err
	}
	had := make(map[string]bool)
	for _, a := range accounts {
		for _, i := range a.Identities() {
			had[claimKey(i)] = true
		}
	}
	claims, err := s.claims.List(ctx)
	if err != nil {
		return err
	}
	for _, c := range claims {
		if had[c.ID] {
			continue
		}
		if err := s.claims.Delete(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}
