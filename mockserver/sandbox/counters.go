package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/store"
)

// Counters are the numbers from which a sandbox goes on, by name:
//
//	draws                  of randomness: what the next code and id are drawn from
//	accounts               the last number that an account was given
//	messages, requests     the last ids of inbox and journal
//	fault tries/RULE       how often a fault rule met a call that it means,
//	fault hits/RULE        and how often it fired
//
// Any other is one that a behaviour keeps with [Sandbox.Count].
type Counters map[string]uint64

const (
	drawCounter    = "draws"
	accountCounter = "accounts"
	messageCounter = "messages"
	requestCounter = "requests"
	triesCounter   = "fault tries/"
	hitsCounter    = "fault hits/"
)

// maxCount is the greatest whole number that every reader of JSON can hold.
const maxCount = 1<<53 - 1

func checkCounters(c Counters) error {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		switch {
		case name == "":
			return &Problem{Field: "counters", Detail: "a counter needs a name"}
		case c[name] > maxCount:
			return &Problem{Field: "counters." + name, Detail: fmt.Sprintf("%d is too large", c[name])}
		}
	}
	return nil
}

// counters are those of a sandbox as they stand.
func (r *Registry) counters(ctx context.Context, s *Sandbox) (Counters, error) {
	c := Counters{messageCounter: uint64(s.Inbox.Last()), requestCounter: uint64(s.Journal.Last())}
	kept, err := r.config.Store.List(ctx, countPrefix(s.ID))
	if err != nil {
		return nil, err
	}
	for _, pair := range kept {
		n, err := strconv.ParseUint(string(pair.Value), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read count %q: %w", pair.Key, err)
		}
		c[strings.TrimPrefix(pair.Key, countPrefix(s.ID))] = n
	}
	last, err := s.Accounts.LastID(ctx)
	if err != nil {
		return nil, err
	}
	c[accountCounter] = uint64(last)
	fired, err := tallies(r.config.Store, s.ID, s.faultSet).List(ctx)
	if err != nil {
		return nil, err
	}
	for _, tally := range fired {
		c[triesCounter+tally.ID], c[hitsCounter+tally.ID] = tally.Value.Tries, tally.Value.Hits
	}
	maps.DeleteFunc(c, func(_ string, n uint64) bool { return n == 0 })
	return c, nil
}

// setCounters writes what the store keeps of counters into a sandbox that has
// none. What the feeds keep of them, resume does.
func (r *Registry) setCounters(ctx context.Context, rec record, c Counters) error {
	s := newSandbox(rec, nil, r.config.Store, &feeds{})
	tally := map[string]fault.Tally{}
	for name, n := range c {
		var err error
		rule, isTries := strings.CutPrefix(name, triesCounter)
		hit, isHits := strings.CutPrefix(name, hitsCounter)
		switch {
		case isTries:
			tally[rule] = fault.Tally{Tries: n, Hits: tally[rule].Hits}
		case isHits:
			tally[hit] = fault.Tally{Tries: tally[hit].Tries, Hits: n}
		case name == accountCounter:
			err = s.Accounts.SetLastID(ctx, int64(n))
		case name == messageCounter, name == requestCounter:
		default:
			err = store.NewCollection[uint64](r.config.Store, countPrefix(rec.ID)).Put(ctx, name, n)
		}
		if err != nil {
			return err
		}
	}
	for rule, t := range tally {
		if err := tallies(r.config.Store, rec.ID, rec.FaultSet).Put(ctx, rule, t); err != nil {
			return err
		}
	}
	return nil
}

// resume empties the feeds; their ids go on from the counters.
func (f *feeds) resume(c Counters) {
	f.inbox.Resume(int64(c[messageCounter]))
	f.journal.Resume(int64(c[requestCounter]))
	f.coverage.Clear()
}
