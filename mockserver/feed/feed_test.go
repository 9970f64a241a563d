package feed_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"stagedoor/mockserver/feed"
)

func add(f *feed.Feed[int64]) int64 {
	return f.Append(func(id int64) int64 { return id })
}

func TestFeedKeepsTheNewestEntries(t *testing.T) {
	f := feed.New[int64](3)
	for range 5 {
		add(f)
	}
	if got := f.After(0); !slices.Equal(got, []int64{3, 4, 5}) {
		t.Errorf("kept %v, want the last three", got)
	}
	if got := f.After(4); !slices.Equal(got, []int64{5}) {
		t.Errorf("after 4: %v", got)
	}
	if got := f.After(5); got == nil || len(got) > 0 {
		t.Errorf("after the newest: %v", got)
	}
	if _, ok := f.Get(2); ok {
		t.Error("an entry beyond the limit is still there")
	}
	if got, ok := f.Get(3); !ok || got != 3 {
		t.Errorf("entry 3: %d, %v", got, ok)
	}
}

func TestFeedIDsGoOnAfterClear(t *testing.T) {
	f := feed.New[int64](3)
	add(f)
	add(f)
	f.Clear()
	if f.Len() != 0 || len(f.After(0)) > 0 {
		t.Errorf("after clear: %v", f.After(0))
	}
	if _, ok := f.Get(2); ok {
		t.Error("a cleared entry is still there")
	}
	if id := add(f); id != 3 {
		t.Errorf("the next id is %d, want 3", id)
	}
}

// A feed of any size behaves like a list that is cut to its newest entries.
func TestFeedIsABoundedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		f := feed.New[int64](limit)
		model, next := []int64{}, int64(1)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				if id := add(f); id != next {
					t.Fatalf("id %d, want %d", id, next)
				}
				model = append(model, next)
				model = model[max(0, len(model)-limit):]
				next++
			},
			"clear": func(*rapid.T) { f.Clear(); model = nil },
			"": func(t *rapid.T) {
				after := rapid.Int64Range(-1, next+1).Draw(t, "after")
				newer := slices.DeleteFunc(slices.Clone(model), func(id int64) bool { return id <= after })
				if got := f.After(after); !slices.Equal(got, newer) {
					t.Fatalf("after %d: %v, want %v", after, got, newer)
				}
				got, ok := f.Get(after)
				if ok != slices.Contains(model, after) || ok && got != after {
					t.Fatalf("get %d: %d, %v", after, got, ok)
				}
				if f.Len() != len(model) {
					t.Fatalf("len %d, want %d", f.Len(), len(model))
				}
			},
		})
	})
}

func TestWaitReturnsTheFirstMatchThatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New[int64](10)
		add(f) // even ones match, so not this
		found := make(chan int64)
		go func() {
			got, ok := f.Wait(t.Context(), 0, func(n int64) bool { return n%2 == 0 })
			if !ok {
				t.Error("wait gave up")
			}
			found <- got
		}()
		synctest.Wait()
		select {
		case got := <-found:
			t.Fatalf("wait returned %d before anything matched", got)
		default:
		}
		add(f)
		if got := <-found; got != 2 {
			t.Errorf("wait: %d, want 2", got)
		}
	})
}

func TestWaitTakesWhatIsAlreadyThere(t *testing.T) {
	f := feed.New[int64](10)
	add(f)
	if got, ok := f.Wait(t.Context(), 0, func(int64) bool { return true }); !ok || got != 1 {
		t.Errorf("wait: %d, %v", got, ok)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New[int64](10)
		add(f)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			_, ok := f.Wait(ctx, 1, func(int64) bool { return true })
			ended <- ok
		}()
		synctest.Wait()
		cancel()
		if <-ended {
			t.Error("wait found something after the newest")
		}
	})
}

func TestChangedClosesAtTheNextAppend(t *testing.T) {
	f := feed.New[int64](10)
	changed := f.Changed()
	select {
	case <-changed:
		t.Fatal("closed before anything was appended")
	default:
	}
	add(f)
	<-changed
	select {
	case <-f.Changed():
		t.Error("asked for anew, it is already closed")
	default:
	}
}

func TestEveryWaiterSeesEveryEntry(t *testing.T) {
	const entries = 200
	f := feed.New[int64](entries)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for want := int64(1); want <= entries; want++ {
				got, ok := f.Wait(t.Context(), want-1, func(int64) bool { return true })
				if !ok || got != want {
					t.Errorf("got %d, %v; want %d", got, ok, want)
					return
				}
			}
		})
	}
	for range 4 {
		all.Go(func() {
			for range entries / 4 {
				add(f)
			}
		})
	}
	all.Wait()
}

func TestEntryThatComesWhileLookingIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New[int64](10)
		add(f)
		got, ok := f.Wait(t.Context(), 0, func(id int64) bool {
			if id == 1 {
				add(f)
			}
			return id == 2
		})
		if !ok || got != 2 {
			t.Errorf("wait: %d, %v; want 2", got, ok)
		}
	})
}

func TestIDsAreReadAsTheyAreWritten(t *testing.T) {
	for _, id := range []int64{0, 1, 10_000_000} {
		if got, err := feed.ParseID(feed.FormatID(id)); err != nil || got != id {
			t.Errorf("%d came back as %d, %v", id, got, err)
		}
	}
	if got, err := feed.ParseID(""); err != nil || got != 0 {
		t.Errorf("no id is %d, %v; want 0", got, err)
	}
	for _, wrong := range []string{"x", "-1", "1.5", " 1", strconv.Itoa(1<<62) + "0"} {
		if got, err := feed.ParseID(wrong); err == nil {
			t.Errorf("%q was read as %d", wrong, got)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	f := feed.New[int64](10_000)
	b.ReportAllocs()
	for b.Loop() {
		add(f)
	}
}
