package store_test

import (
	"context"
	"strconv"
	"testing"

	"stagedoor/mockserver/store"
	"stagedoor/mockserver/store/storetest"
)

func TestMemoryIsADriver(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Driver { return store.NewMemory() })
}

// BenchmarkMemoryUpdate is one atomic change among a million keys.
func BenchmarkMemoryUpdate(b *testing.B) {
	ctx := context.Background()
	for _, keys := range []int{1e3, 1e6} {
		b.Run(strconv.Itoa(keys), func(b *testing.B) {
			m := store.NewMemory()
			value := make([]byte, 300)
			for i := range keys {
				if err := m.Create(ctx, "accounts/"+strconv.Itoa(i), value); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				key := "accounts/" + strconv.Itoa(i*7919%keys)
				if err := m.Update(ctx, key, func(old []byte) ([]byte, error) { return old, nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
