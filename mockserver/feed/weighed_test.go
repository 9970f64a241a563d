package feed_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stagedoor/mockserver/feed"
)

func TestWeighedFeedDropsTheOldestBeyondItsBudget(t *testing.T) {
	f := feed.NewWeighed(10, 100, func(weight int) int { return weight })
	put := func(weight int) { f.Append(func(int64) int { return weight }) }
	for range 3 {
		put(40)
	}
	if got := f.After(0); !slices.Equal(got, []int{40, 40}) {
		t.Errorf("kept %v, want what weighs 100 at most", got)
	}
	put(1000)
	if got := f.After(0); !slices.Equal(got, []int{1000}) {
		t.Errorf("kept %v, want the newest alone, whatever it weighs", got)
	}
	f.Clear()
	put(50)
	put(50)
	if got := f.After(0); len(got) != 2 {
		t.Errorf("after a clear kept %v; what is gone still weighs", got)
	}
}

func TestReadSaysWhereItBegins(t *testing.T) {
	f := feed.New[int64](3)
	for range 5 {
		add(f)
	}
	for after, want := range map[int64]int64{0: 2, 1: 2, 2: 2, 4: 4, 5: 5} {
		entries, from := f.Read(after)
		if from != want || !slices.Equal(entries, f.After(after)) {
			t.Errorf("after %d: %v from %d, want %d", after, entries, from, want)
		}
	}
	if entries, from := f.Read(900); from != 2 || len(entries) != 3 {
		t.Errorf("an id of another feed: %v from %d, want everything", entries, from)
	}
	f.Clear()
	if entries, from := f.Read(4); from != 5 || len(entries) > 0 {
		t.Errorf("after a clear: %v from %d, want past the one that was not read", entries, from)
	}
}

func TestResumeGoesOnFromAnotherFeedsIDs(t *testing.T) {
	f := feed.New[int64](3)
	add(f)
	f.Resume(41)
	if f.Len() != 0 || f.Last() != 41 {
		t.Errorf("resumed: %d entries, last id %d", f.Len(), f.Last())
	}
	for want := range int64(5) {
		if id := add(f); id != 42+want {
			t.Errorf("id %d, want %d", id, 42+want)
		}
	}
	if got := f.After(0); !slices.Equal(got, []int64{44, 45, 46}) {
		t.Errorf("kept %v", got)
	}
	f.Resume(7)
	if id := add(f); id != 47 {
		t.Errorf("ids went back to %d", id)
	}
}

// A feed is a list cut to its newest entries by number and by weight, whatever
// is done to it.
func TestWeighedFeedIsABoundedList(t *testing.T) {
	type entry struct {
		id     int64
		weight int
	}
	rapid.Check(t, func(t *rapid.T) {
		limit, budget := rapid.IntRange(1, 5).Draw(t, "limit"), rapid.IntRange(1, 30).Draw(t, "budget")
		f := feed.NewWeighed(limit, budget, func(e entry) int { return e.weight })
		var model []entry
		next := int64(1)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				weight := rapid.IntRange(0, 20).Draw(t, "weight")
				model = append(model, f.Append(func(id int64) entry { return entry{id, weight} }))
				next++
				total := func() (n int) {
					for _, e := range model {
						n += e.weight
					}
					return n
				}
				for len(model) > limit || len(model) > 1 && total() > budget {
					model = model[1:]
				}
			},
			"resume": func(t *rapid.T) {
				last := rapid.Int64Range(0, 50).Draw(t, "last")
				f.Resume(last)
				model, next = nil, max(next, last+1)
			},
			"": func(t *rapid.T) {
				if got := f.After(0); !slices.Equal(got, model) || f.Last() != next-1 || f.Len() != len(model) {
					t.Fatalf("kept %v up to %d, want %v up to %d", got, f.Last(), model, next-1)
				}
			},
		})
	})
}
