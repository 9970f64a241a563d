package storetest

import (
	"context"
	"testing"

	"stagedoor/mockserver/store"
)

// spoil overwrites bytes that the driver must not share.
func spoil(b []byte) {
	for i := range b {
		b[i] = '!'
	}
}

func valuesAreOwned(t *testing.T, d store.Driver) {
	ctx := context.Background()
	value := []byte("value")
	if err := d.Create(ctx, "key", value); err != nil {
		t.Fatal(err)
	}
	spoil(value)
	want(t, d, "key", "value")

	got, err := d.Get(ctx, "key")
	if err != nil {
		t.Fatal(err)
	}
	spoil(got)
	want(t, d, "key", "value")

	pairs, err := d.List(ctx, "key")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range pairs {
		spoil(pair.Value)
	}
	want(t, d, "key", "value")

	var seen, made []byte
	update(t, d, "key", func(old []byte) ([]byte, error) {
		seen, made = old, []byte("made")
		return made, nil
	})
	spoil(seen)
	spoil(made)
	want(t, d, "key", "made")

	// What was handed out stays what it was when the key moves on.
	before, err := d.Get(ctx, "key")
	if err != nil {
		t.Fatal(err)
	}
	update(t, d, "key", func(old []byte) ([]byte, error) {
		spoil(old)
		return append(old, " more"...), nil
	})
	if string(before) != "made" {
		t.Errorf("a value handed out became %q", before)
	}
	want(t, d, "key", "!!!! more")
}
