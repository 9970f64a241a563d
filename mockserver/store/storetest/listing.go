package storetest

import (
	"context"
	"slices"
	"testing"

	"stagedoor/mockserver/store"
)

// list returns the keys under a prefix after checking that each pair is whole:
// the suite stores every key as its own value here.
func list(t *testing.T, d store.Driver, prefix string) []string {
	t.Helper()
	pairs, err := d.List(context.Background(), prefix)
	if err != nil {
		t.Fatalf("list %q: %v", prefix, err)
	}
	keys := []string{}
	for _, pair := range pairs {
		if string(pair.Value) != pair.Key {
			t.Errorf("list %q: key %q came with value %q", prefix, pair.Key, pair.Value)
		}
		keys = append(keys, pair.Key)
	}
	return keys
}

func listIsOrdered(t *testing.T, d store.Driver) {
	keys := []string{"b", "a/2", "a/10", "a/1", "B", "a", "a0", "a/é", "a/z", "a//", "\xff", "a/\x00"}
	for _, key := range keys {
		create(t, d, key, key)
	}
	slices.Sort(keys)
	if got := list(t, d, ""); !slices.Equal(got, keys) {
		t.Errorf("list: %q, want %q", got, keys)
	}
}

func listKeepsToPrefix(t *testing.T, d store.Driver) {
	keys := []string{
		"a", "a/", "a/1", "a/1/x", "a/10", "a/2", "a0", "ab/1", "b/a/1",
		"*/1", "[ab]/1", "a?/1", `a\/1`, "\xff\xff/1", "\xff\xffz",
	}
	for _, key := range keys {
		create(t, d, key, key)
	}
	for prefix, under := range map[string][]string{
		"a/":        {"a/", "a/1", "a/1/x", "a/10", "a/2"},
		"a/1":       {"a/1", "a/1/x", "a/10"},
		"a/1/":      {"a/1/x"},
		"ab/":       {"ab/1"},
		"b":         {"b/a/1"},
		"*":         {"*/1"},
		"[ab]":      {"[ab]/1"},
		"a?":        {"a?/1"},
		`a\`:        {`a\/1`},
		"\xff\xff/": {"\xff\xff/1"},
		"\xff\xff":  {"\xff\xff/1", "\xff\xffz"},
		"c":         {},
		"a/2/":      {},
	} {
		if got := list(t, d, prefix); !slices.Equal(got, under) {
			t.Errorf("list %q: %q, want %q", prefix, got, under)
		}
	}
	if err := d.Delete(context.Background(), "a/1"); err != nil {
		t.Fatal(err)
	}
	if got := list(t, d, "a/1"); !slices.Equal(got, []string{"a/1/x", "a/10"}) {
		t.Errorf("list after a removal: %q", got)
	}
}
