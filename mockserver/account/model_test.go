package account_test

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"stagedoor/mockserver/account"
)

// One after another, changes to accounts behave like changes to a list in which
// no identity comes twice.
func TestAccountsAreAListWithoutDoubles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx, s := context.Background(), open()
		model := map[account.ID]account.Account{}
		draw := func(t *rapid.T) account.Account {
			a := account.Fresh()
			a.Email = rapid.SampledFrom([]string{"", "a@example.com", "A@Example.com", "b@example.com"}).Draw(t, "email")
			a.Phone = rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "phone")
			a.PIN = rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "pin")
			return a
		}
		conflict := func(id account.ID, a account.Account) bool {
			for other, b := range model {
				for _, i := range a.Identities() {
					for _, k := range b.Identities() {
						if other != id && i == k {
							return true
						}
					}
				}
			}
			return false
		}
		some := func(t *rapid.T) account.ID { return rapid.Int64Range(1000, 1006).Draw(t, "id") }
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				a := draw(t)
				made, err := s.Create(ctx, a)
				if errors.Is(err, account.ErrTaken) != conflict(0, a) {
					t.Fatalf("create: %v", err)
				}
				if err == nil {
					model[made.ID] = made
				}
			},
			"update": func(t *rapid.T) {
				id, a := some(t), draw(t)
				old, there := model[id]
				_, err := s.Update(ctx, id, func(is *account.Account) error {
					is.Email, is.Phone, is.PIN = a.Email, a.Phone, a.PIN
					return nil
				})
				switch {
				case !there:
					if !errors.Is(err, account.ErrNotFound) {
						t.Fatalf("update of nobody: %v", err)
					}
				case conflict(id, a):
					if !errors.Is(err, account.ErrTaken) {
						t.Fatalf("update to a taken identity: %v", err)
					}
				case err != nil:
					t.Fatalf("update: %v", err)
				default:
					old.Email, old.Phone, old.PIN = a.Email, a.Phone, a.PIN
					model[id] = old
				}
			},
			"delete": func(t *rapid.T) {
				id := some(t)
				_, there := model[id]
				if err := s.Delete(ctx, id); errors.Is(err, account.ErrNotFound) == there {
					t.Fatalf("delete: %v", err)
				}
				delete(model, id)
			},
			"": func(t *rapid.T) {
				all, err := s.List(ctx)
				if err != nil || len(all) != len(model) {
					t.Fatalf("%d accounts, %v; want %d", len(all), err, len(model))
				}
				wantConsistent(t, s)
			},
		})
	})
}
