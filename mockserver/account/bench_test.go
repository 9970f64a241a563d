package account_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/session"
	"stagedoor/mockserver/store"
)

// BenchmarkLogin is what a login costs in this package: one lookup and one
// atomic change of the record.
func BenchmarkLogin(b *testing.B) {
	ctx := context.Background()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	accounts := account.New(store.NewMemory(), "sandboxes/x/accounts")
	for i := range 1000 {
		a := account.Fresh()
		a.Email = "person" + strconv.Itoa(i) + "@example.com"
		a.Password = "correct horse"
		if _, err := accounts.Create(ctx, a); err != nil {
			b.Fatal(err)
		}
	}
	device := account.Device{ID: "86af0a88e92fe4479336d00a1229f450", Type: "tv", Platform: "tizen",
		OSVersion: "5.5", OS: "Tizen", MakeModel: "Samsung Q80T", LoginAt: account.Stamp(now)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		who := account.Email("person" + strconv.Itoa(i%1000) + "@example.com")
		_, err := accounts.UpdateBy(ctx, who, func(a *account.Account) error {
			if err := a.Register(device); err != nil {
				return err
			}
			a.StartSession(session.New("0123456789abcdef0123456789abcdef", device.ID, "email", now, 24*time.Hour), false)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUserData is what encoding a token's payload costs.
func BenchmarkUserData(b *testing.B) {
	a := account.Fresh()
	a.Email = "ann@example.com"
	a.Devices = []account.Device{{ID: "1", OSVersion: "16.1"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(a.UserData()); err != nil {
			b.Fatal(err)
		}
	}
}
