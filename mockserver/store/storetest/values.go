package storetest

import (
	"context"
	"errors"
	"testing"

	"stagedoor/mockserver/store"
)

func getOfNothing(t *testing.T, d store.Driver) {
	wantNone(t, d, "absent")
	create(t, d, "folder/key", "v")
	wantNone(t, d, "folder/")
	wantNone(t, d, "folder/ke")
	wantNone(t, d, "folder/KEY")
}

func createKeepsBytes(t *testing.T, d store.Driver) {
	values := map[string]string{
		"plain":                       "value",
		"a/b//c/":                     "slashes",
		"ann+tag@example.com":         "an address",
		"with space \x00 and % and *": "\x00\xff\n",
		"ключ/鍵":                      "日本",
		"empty":                       "",
		"large":                       string(make([]byte, 1<<20)),
	}
	for key, value := range values {
		create(t, d, key, value)
	}
	for key, value := range values {
		want(t, d, key, value)
	}
	if err := d.Create(context.Background(), "nil", nil); err != nil {
		t.Fatalf("create of nil: %v", err)
	}
	want(t, d, "nil", "")
}

func createRefuses(t *testing.T, d store.Driver) {
	create(t, d, "key", "first")
	if err := d.Create(context.Background(), "key", []byte("second")); !errors.Is(err, store.ErrExists) {
		t.Errorf("second create: %v, want ErrExists", err)
	}
	want(t, d, "key", "first")
}

func updateReplaces(t *testing.T, d store.Driver) {
	create(t, d, "key", "old")
	create(t, d, "other", "untouched")
	update(t, d, "key", func(old []byte) ([]byte, error) { return append(old, " and new"...), nil })
	want(t, d, "key", "old and new")
	want(t, d, "other", "untouched")
}

func updateOfNothing(t *testing.T, d store.Driver) {
	called := false
	err := d.Update(context.Background(), "absent", func([]byte) ([]byte, error) {
		called = true
		return []byte("made up"), nil
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update of an absent key: %v, want ErrNotFound", err)
	}
	if called {
		t.Error("the function was called without a value")
	}
	wantNone(t, d, "absent")
}

// refusal is an error that no driver could mistake for its own.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func updatePassesErrors(t *testing.T, d store.Driver) {
	create(t, d, "key", "old")
	why := &refusal{"not today"}
	err := d.Update(context.Background(), "key", func(old []byte) ([]byte, error) {
		old[0] = 'X'
		return []byte("new"), why
	})
	// Unchanged means the very error, not one that wraps it.
	if any(err) != any(why) {
		t.Errorf("update: %#v, want the error of the function itself", err)
	}
	want(t, d, "key", "old")
	// Nor is a nil value beside an error a removal.
	err = d.Update(context.Background(), "key", func([]byte) ([]byte, error) { return nil, why })
	if any(err) != any(why) {
		t.Errorf("update: %#v, want the error of the function itself", err)
	}
	want(t, d, "key", "old")
}

func updateToNil(t *testing.T, d store.Driver) {
	create(t, d, "folder/key", "v")
	create(t, d, "folder/other", "stays")
	update(t, d, "folder/key", func([]byte) ([]byte, error) { return nil, nil })
	wantNone(t, d, "folder/key")
	want(t, d, "folder/other", "stays")
	create(t, d, "folder/key", "again")
	want(t, d, "folder/key", "again")
}

func updateToEmpty(t *testing.T, d store.Driver) {
	create(t, d, "key", "v")
	update(t, d, "key", func([]byte) ([]byte, error) { return []byte{}, nil })
	want(t, d, "key", "")
	update(t, d, "key", func(old []byte) ([]byte, error) { return append(old, 'x'), nil })
	want(t, d, "key", "x")
}

func deleteRemoves(t *testing.T, d store.Driver) {
	ctx := context.Background()
	create(t, d, "folder/key", "v")
	create(t, d, "folder/key2", "stays")
	for range 2 {
		if err := d.Delete(ctx, "folder/key"); err != nil {
			t.Fatalf("delete: %v", err)
		}
		wantNone(t, d, "folder/key")
	}
	want(t, d, "folder/key2", "stays")
	create(t, d, "folder/key", "again")
	want(t, d, "folder/key", "again")
}

func endedContext(t *testing.T, d store.Driver) {
	create(t, d, "key", "v")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, getErr := d.Get(ctx, "key")
	_, listErr := d.List(ctx, "")
	for method, err := range map[string]error{
		"create": d.Create(ctx, "new", nil),
		"get":    getErr,
		"update": d.Update(ctx, "key", func([]byte) ([]byte, error) { return []byte("new"), nil }),
		"delete": d.Delete(ctx, "key"),
		"list":   listErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want the context's error", method, err)
		}
	}
	want(t, d, "key", "v")
	wantNone(t, d, "new")
}
