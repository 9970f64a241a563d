package journal

import (
	"cmp"
	"slices"
	"sync"
)

// Meeting is an outcome that a client has met: of which operation, on what
// device, and whether it was forced.
type Meeting struct {
	System    string
	Operation string
	Outcome   string
	// Device and Platform are the path parameters of that name, empty for an
	// operation that has none.
	Device   string
	Platform string
	Forced   bool
}

// MeetingCount is how often an outcome was met.
type MeetingCount struct {
	Meeting
	Count int
}

// Coverage counts the outcomes that clients have met. It counts calls as they are
// recorded and goes on where the journal forgets. Its size is bounded: operations
// and outcomes are those of the contract, and of devices and platforms, which
// clients choose, it tells so many apart.
type Coverage struct {
	mu        sync.Mutex
	counts    map[Meeting]int
	devices   map[string]bool
	platforms map[string]bool
}

const (
	// slices of each kind; the contract has 4 devices and 14 platforms.
	sliceLimit = 64
	// sliceLength bounds the name of one, in bytes.
	sliceLength = 64
)

// OtherSlice stands for the devices and platforms that are not told apart.
const OtherSlice = "other"

// NewCoverage returns a coverage that has met nothing.
func NewCoverage() *Coverage {
	c := &Coverage{}
	c.Clear()
	return c
}

// Meet counts a call.
func (c *Coverage) Meet(m Meeting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.Device, m.Platform = known(c.devices, m.Device), known(c.platforms, m.Platform)
	c.counts[m]++
}

func known(names map[string]bool, name string) string {
	switch {
	case name == "" || names[name]:
		return name
	case len(names) >= sliceLimit || len(name) > sliceLength:
		return OtherSlice
	}
	names[name] = true
	return name
}

// Counts are all that was met, in a fixed order.
func (c *Coverage) Counts() []MeetingCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]MeetingCount, 0, len(c.counts))
	for m, count := range c.counts {
		all = append(all, MeetingCount{m, count})
	}
	slices.SortFunc(all, func(a, b MeetingCount) int {
		forced := 0
		if a.Forced != b.Forced {
			forced = map[bool]int{false: -1, true: 1}[a.Forced]
		}
		return cmp.Or(
			cmp.Compare(a.System, b.System), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Outcome, b.Outcome),
			cmp.Compare(a.Device, b.Device), cmp.Compare(a.Platform, b.Platform), forced,
		)
	})
	return all
}

// Clear forgets everything.
func (c *Coverage) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts, c.devices, c.platforms = map[Meeting]int{}, map[string]bool{}, map[string]bool{}
}
