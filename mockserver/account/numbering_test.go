package account_test

import (
	"testing"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/store"
)

func TestNumberingGoesOnWhereItIsToldTo(t *testing.T) {
	accounts := account.New(store.NewMemory(), "a")
	named := func(email string) account.Account {
		a := account.Fresh()
		a.Email = email
		return a
	}
	if last, err := accounts.LastID(t.Context()); err != nil || last != 0 {
		t.Errorf("before any account: %d, %v", last, err)
	}
	first, err := accounts.Create(t.Context(), named("a@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.Delete(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if last, err := accounts.LastID(t.Context()); err != nil || last != first.ID {
		t.Errorf("last is %d, %v; want that of the deleted account, %d", last, err, first.ID)
	}
	for _, c := range []struct{ last, next account.ID }{{2000, 2001}, {0, first.ID}, {1999, 2000}, {2000, 2002}} {
		if err := accounts.SetLastID(t.Context(), c.last); err != nil {
			t.Fatal(err)
		}
		a, err := accounts.Create(t.Context(), named(string(rune('b'+c.next-first.ID))+"@example.com"))
		if err != nil || a.ID != c.next {
			t.Errorf("after %d comes %d, %v; want %d", c.last, a.ID, err, c.next)
		}
	}
}
