package journal_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"stagedoor/mockserver/journal"
)

func TestCoverageCountsWhatIsMet(t *testing.T) {
	c := journal.NewCoverage()
	sent := journal.Meeting{System: "subscriber", Operation: "login", Outcome: "otpSent", Device: "tv", Platform: "tizen"}
	forced := sent
	forced.Forced = true
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { c.Meet(sent); c.Meet(forced); c.Meet(sent) })
	}
	all.Wait()
	want := []journal.MeetingCount{{Meeting: sent, Count: 100}, {Meeting: forced, Count: 50}}
	if got := c.Counts(); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	c.Clear()
	if got := c.Counts(); len(got) > 0 {
		t.Errorf("after a clear: %+v", got)
	}
}

// Devices and platforms come from the path, where a client can write anything.
func TestCoverageStaysSmallWhateverClientsSend(t *testing.T) {
	c := journal.NewCoverage()
	c.Meet(journal.Meeting{Operation: "login", Device: strings.Repeat("x", 1000), Platform: "tizen"})
	for i := range 10_000 {
		c.Meet(journal.Meeting{Operation: "login", Device: fmt.Sprint("d", i), Platform: fmt.Sprint("p", i)})
	}
	c.Meet(journal.Meeting{Operation: "login", Device: "d1", Platform: "tizen"})
	all := c.Counts()
	if len(all) > 70 {
		t.Errorf("%d rows", len(all))
	}
	total := 0
	for _, one := range all {
		total += one.Count
		if len(one.Device) > 64 {
			t.Errorf("a device of %d bytes is kept", len(one.Device))
		}
	}
	if total != 10_002 {
		t.Errorf("%d calls are counted, want all 10002", total)
	}
}
