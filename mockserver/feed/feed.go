// Package feed is a bounded, ordered stream that readers can wait on: what the
// inbox and the journal are made of.
//
//	Append   adds an entry under the next id; beyond the limit the oldest goes,
//	         of entries or, where they have one, of weight
//	After    entries newer than an id, oldest first
//	Read     the same, and whether any came and went unread
//	Get      one entry by id
//	Wait     blocks until an entry newer than an id matches
//	Changed  a channel that closes at the next append, for streams of events
//	Clear    forgets the entries; ids go on increasing
//	Resume   the same, and ids go on from another feed's
//
// Ids are consecutive and start at 1, so finding one is arithmetic. Appending
// costs one lock; nothing is allocated for readers that do not wait.
package feed

import (
	"context"
	"fmt"
	"strconv"
	"sync"
)

// Feed is a bounded stream of entries of one type. Make one with New.
type Feed[T any] struct {
	mu      sync.Mutex
	limit   int
	weight  func(T) int   // nil: entries weigh nothing
	budget  int           // bounds the weight of the entries together
	weighed int           // what they weigh
	ring    []T           // entry with id i is at ring[(i-base) % limit]
	base    int64         // id of the first entry that the ring was made for
	first   int64         // id of the oldest entry kept
	next    int64         // id of the next entry
	changed chan struct{} // closed at the next append; nil while nobody asked
}

// New returns a feed that keeps at most limit entries; a limit below 1 is 1.
func New[T any](limit int) *Feed[T] {
	return &Feed[T]{limit: max(limit, 1), base: 1, first: 1, next: 1}
}

// NewWeighed returns a feed that also drops its oldest entries when all together
// weigh more than the budget. The newest always stays.
func NewWeighed[T any](limit, budget int, weight func(T) int) *Feed[T] {
	f := New[T](limit)
	f.budget, f.weight = budget, weight
	return f
}

// Append adds the entry that build makes for the id it is given, and returns it.
// build runs under the feed's lock and must not use the feed.
func (f *Feed[T]) Append(build func(id int64) T) T {
	f.mu.Lock()
	defer f.mu.Unlock()
	entry := build(f.next)
	if f.next-f.first == int64(f.limit) {
		f.dropOldest()
	}
	if slot := f.slot(f.next); slot < len(f.ring) {
		f.ring[slot] = entry
	} else {
		f.ring = append(f.ring, entry)
	}
	f.next++
	if f.weight != nil {
		f.weighed += f.weight(entry)
		for f.weighed > f.budget && f.first < f.next-1 {
			f.dropOldest()
		}
	}
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
	return entry
}

// The lock is held by the callers of what follows.

func (f *Feed[T]) slot(id int64) int { return int((id - f.base) % int64(f.limit)) }

// at returns the entry with an id that is kept.
func (f *Feed[T]) at(id int64) T { return f.ring[f.slot(id)] }

func (f *Feed[T]) dropOldest() {
	var none T
	if f.weight != nil {
		f.weighed -= f.weight(f.at(f.first))
	}
	f.ring[f.slot(f.first)] = none // or what it holds stays in memory
	f.first++
}

// Get returns the entry with an id, if it is still kept.
func (f *Feed[T]) Get(id int64) (T, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id < f.first || id >= f.next {
		var none T
		return none, false
	}
	return f.at(id), true
}

// After returns the kept entries with an id greater than id, oldest first.
func (f *Feed[T]) After(id int64) []T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.after(id)
}

// Read returns the kept entries with an id greater than after, oldest first, and
// the id that they follow. That is after itself, unless what came next is no
// longer kept, or after is of another feed, as this one has not come so far: then
// of this one nothing was read.
func (f *Feed[T]) Read(after int64) (entries []T, from int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if after >= f.next {
		after = 0
	}
	return f.after(after), max(f.first-1, after)
}

// Last returns the id of the newest entry there has been, 0 before the first.
func (f *Feed[T]) Last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next - 1
}

func (f *Feed[T]) after(id int64) []T {
	from := max(id+1, f.first)
	entries := make([]T, 0, max(f.next-from, 0))
	for ; from < f.next; from++ {
		entries = append(entries, f.at(from))
	}
	return entries
}

// Len returns how many entries are kept.
func (f *Feed[T]) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int(f.next - f.first)
}

// Clear forgets all entries. Later ones get greater ids than any before.
func (f *Feed[T]) Clear() {
	f.Resume(0)
}

// Resume forgets all entries. The next one gets the id after last, or after the
// newest there has been where that is greater.
func (f *Feed[T]) Resume(last int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = max(f.next, last+1)
	f.first, f.base = f.next, f.next
	f.ring, f.weighed = nil, 0
}

// Changed returns a channel that is closed when the next entry is appended. Ask
// for it before looking, wait on it after.
func (f *Feed[T]) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watch()
}

func (f *Feed[T]) watch() <-chan struct{} {
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return f.changed
}

// Wait returns the oldest entry with an id greater than after that matches, as
// soon as there is one; false when ctx ends before.
func (f *Feed[T]) Wait(ctx context.Context, after int64, match func(T) bool) (T, bool) {
	for {
		f.mu.Lock()
		entries, last, changed := f.after(after), f.next-1, f.watch()
		f.mu.Unlock()
		for _, entry := range entries {
			if match(entry) {
				return entry, true
			}
		}
		after = max(after, last)
		select {
		case <-changed:
		case <-ctx.Done():
			var none T
			return none, false
		}
	}
}

// FormatID returns an id as the control API shows it.
func FormatID(id int64) string { return strconv.FormatInt(id, 10) }

// ParseID reads what FormatID wrote. An empty string is 0, before every entry.
func ParseID(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 0 {
		return 0, fmt.Errorf("reading id %q: want a whole number", s)
	}
	return id, nil
}
