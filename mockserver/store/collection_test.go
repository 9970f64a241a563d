package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"stagedoor/mockserver/store"
)

type person struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"`
}

func people(d store.Driver) store.Collection[person] {
	return store.NewCollection[person](d, "people")
}

func names(t *testing.T, c store.Collection[person]) []string {
	t.Helper()
	items, err := c.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, item := range items {
		found = append(found, item.ID+"="+item.Value.Name)
	}
	return found
}

func TestCollectionKeepsValuesByID(t *testing.T) {
	ctx, c := context.Background(), people(store.NewMemory())
	if err := c.Create(ctx, "1", person{Name: "Ann", Tags: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(ctx, "1", person{Name: "Bob"}); !errors.Is(err, store.ErrExists) {
		t.Errorf("second create: %v, want ErrExists", err)
	}
	got, err := c.Get(ctx, "1")
	if err != nil || got.Name != "Ann" || !slices.Equal(got.Tags, []string{"x"}) {
		t.Errorf("get: %+v, %v", got, err)
	}
	if _, err := c.Get(ctx, "2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get of nothing: %v, want ErrNotFound", err)
	}
	if err := c.Delete(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, "1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get of a deleted value: %v, want ErrNotFound", err)
	}
}

func TestCollectionUpdateReturnsWhatItStored(t *testing.T) {
	ctx, c := context.Background(), people(store.NewMemory())
	if err := c.Create(ctx, "1", person{Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Update(ctx, "1", func(p *person) error { p.Name += "a"; return nil })
	if err != nil || got.Name != "Anna" {
		t.Errorf("update: %+v, %v", got, err)
	}
	why := errors.New("no")
	got, err = c.Update(ctx, "1", func(p *person) error { p.Name = "Eve"; return why })
	if any(err) != any(why) || got.Name != "" {
		t.Errorf("refused update: %+v, %v", got, err)
	}
	if now := names(t, c); !slices.Equal(now, []string{"1=Anna"}) {
		t.Errorf("after a refused update: %v", now)
	}
}

func TestCollectionPutCreatesAndReplaces(t *testing.T) {
	ctx, c := context.Background(), people(store.NewMemory())
	for _, name := range []string{"Ann", "Bob"} {
		if err := c.Put(ctx, "1", person{Name: name}); err != nil {
			t.Fatal(err)
		}
		if now := names(t, c); !slices.Equal(now, []string{"1=" + name}) {
			t.Errorf("after putting %s: %v", name, now)
		}
	}
}

func TestCollectionTakeGivesAValueToOne(t *testing.T) {
	ctx, c := context.Background(), people(store.NewMemory())
	if err := c.Create(ctx, "1", person{Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			p, err := c.Take(ctx, "1")
			switch {
			case err == nil && p.Name == "Ann":
				taken.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				t.Errorf("take: %+v, %v", p, err)
			}
		})
	}
	all.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d callers took one value", taken.Load())
	}
}

func TestCollectionsSideBySideDoNotMix(t *testing.T) {
	ctx, d := context.Background(), store.NewMemory()
	c, neighbour := people(d), store.NewCollection[person](d, "people2/")
	for _, id := range []string{"b", "a"} {
		if err := c.Create(ctx, id, person{Name: "of c"}); err != nil {
			t.Fatal(err)
		}
		if err := neighbour.Create(ctx, id, person{Name: "next door"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, c); !slices.Equal(got, []string{"a=of c", "b=of c"}) {
		t.Errorf("list: %v", got)
	}
	if err := c.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	if got := names(t, c); len(got) > 0 {
		t.Errorf("after clear: %v", got)
	}
	if got := names(t, neighbour); len(got) != 2 {
		t.Errorf("clear reached the neighbour: %v", got)
	}
}

func TestCollectionSaysWhatItCannotDecode(t *testing.T) {
	ctx, d := context.Background(), store.NewMemory()
	if err := d.Create(ctx, "people/1", []byte("not json")); err != nil {
		t.Fatal(err)
	}
	c := people(d)
	if _, err := c.Get(ctx, "1"); err == nil {
		t.Error("get of garbage succeeded")
	}
	if _, err := c.List(ctx); err == nil {
		t.Error("list of garbage succeeded")
	}
	if _, err := c.Update(ctx, "1", func(*person) error { return nil }); err == nil {
		t.Error("update of garbage succeeded")
	}
}

func TestCountNeverRepeats(t *testing.T) {
	ctx, d := context.Background(), store.NewMemory()
	var seen sync.Map
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			n, err := store.Count(ctx, d, "count")
			if err != nil {
				t.Error(err)
			}
			if _, twice := seen.LoadOrStore(n, true); twice {
				t.Errorf("%d was handed out twice", n)
			}
		})
	}
	all.Wait()
	if n, err := store.Count(ctx, d, "count"); err != nil || n != 101 {
		t.Errorf("the next number is %d, %v; want 101", n, err)
	}
	for key, want := range map[string]uint64{"count": 101, "never counted": 0} {
		if n, err := store.Counted(ctx, d, key); err != nil || n != want {
			t.Errorf("%s is %d, %v; want %d", key, n, err, want)
		}
	}
}
