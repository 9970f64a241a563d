package clock_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"stagedoor/mockserver/clock"
)

var noon = time.Date(2030, 5, 17, 12, 0, 0, 500, time.UTC)

func TestRealClockGoesForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := clock.Real{}.Now()
		if err := clock.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if passed := (clock.Real{}).Now().Sub(before); passed != time.Minute {
			t.Errorf("%v passed, want a minute", passed)
		}
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := clock.Real{}.Now()
		if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("sleep: %v, want the context's error", err)
		}
		if passed := (clock.Real{}).Now().Sub(before); passed != time.Second {
			t.Errorf("slept %v, want a second", passed)
		}
		if err := clock.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("sleep of nothing with an ended context: %v", err)
		}
	})
}

func TestManualClockMovesOnlyWhenTold(t *testing.T) {
	m := clock.NewManual(noon)
	m.Advance(time.Hour)
	if got := m.Now(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("after an hour: %v", got)
	}
	m.Set(noon)
	if got := m.Now(); !got.Equal(noon) {
		t.Errorf("after setting: %v", got)
	}
}

func TestVirtualClockIsTheRealOneAtFirst(t *testing.T) {
	var v clock.Virtual
	if got := v.At(noon); !got.Equal(noon) || v.Frozen() {
		t.Errorf("at %v it shows %v", noon, got)
	}
}

func TestVirtualClockAdvancesAndGoesOn(t *testing.T) {
	v, err := clock.Virtual{}.Advance(noon, 2*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	later := noon.Add(time.Minute)
	if got, want := v.At(later), noon.Add(2*time.Hour+time.Minute); !got.Equal(want) {
		t.Errorf("shows %v, want %v", got, want)
	}
}

func TestVirtualClockStandsStillWhileFrozenAndThawsFromThere(t *testing.T) {
	v := clock.Virtual{}.Freeze(noon)
	evening := noon.Add(8 * time.Hour)
	if got := v.At(evening); !got.Equal(noon) || !v.Frozen() {
		t.Errorf("frozen at noon it shows %v", got)
	}
	v, err := v.Advance(evening, time.Hour)
	if err != nil || !v.Frozen() || !v.At(evening).Equal(noon.Add(time.Hour)) {
		t.Errorf("advanced while frozen: %v, %v", v.At(evening), err)
	}
	v = v.Thaw(evening)
	if got, want := v.At(evening.Add(time.Minute)), noon.Add(time.Hour+time.Minute); v.Frozen() || !got.Equal(want) {
		t.Errorf("a minute after the thaw it shows %v, want %v", got, want)
	}
	if again := v.Thaw(evening.Add(time.Hour)); again != v {
		t.Error("thawing a running clock moved it")
	}
}

func TestVirtualClockRefusesItsPast(t *testing.T) {
	running, err := clock.Virtual{}.Advance(noon, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]clock.Virtual{"running": running, "frozen": running.Freeze(noon)} {
		if _, err := v.Advance(noon, -1); !errors.Is(err, clock.ErrPast) {
			t.Errorf("%s: advancing backwards: %v, want ErrPast", name, err)
		}
		// The real present is already past on this clock.
		if got, err := v.Set(noon, noon); !errors.Is(err, clock.ErrPast) || !got.At(noon).Equal(v.At(noon)) {
			t.Errorf("%s: setting the past: %v, want ErrPast and no move", name, err)
		}
		if _, err := v.Set(noon, v.At(noon)); err != nil {
			t.Errorf("%s: setting the present: %v", name, err)
		}
	}
}

func TestVirtualClockRefusesWhatAnOffsetCannotReach(t *testing.T) {
	far := noon.AddDate(400, 0, 0)
	if _, err := (clock.Virtual{}).Set(noon, far); !errors.Is(err, clock.ErrTooFar) {
		t.Errorf("set: %v, want ErrTooFar", err)
	}
	v, err := clock.Virtual{}.Freeze(noon).Set(noon, far)
	if err != nil || !v.At(noon).Equal(far) {
		t.Errorf("a frozen clock shows %v, %v; it needs no offset", v.At(noon), err)
	}
}

func TestVirtualClockSurvivesBeingStored(t *testing.T) {
	frozen := clock.Virtual{}.Freeze(noon)
	moved, err := clock.Virtual{}.Advance(noon, 90*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []clock.Virtual{{}, frozen, moved} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back clock.Virtual
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if !back.At(noon).Equal(v.At(noon)) || back.Frozen() != v.Frozen() {
			t.Errorf("%s came back as %+v", data, back)
		}
	}
	if data, _ := json.Marshal(moved); string(data) != `{"offset":"1h30m"}` {
		t.Errorf("stored as %s", data)
	}
}

// Whatever is done to a virtual clock while real time passes, it never shows an
// earlier instant than before.
func TestVirtualClockNeverRunsBackwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v clock.Virtual
		real, last := noon, noon
		t.Repeat(map[string]func(*rapid.T){
			"real time passes": func(t *rapid.T) {
				real = real.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "passed")))
			},
			"advance": func(t *rapid.T) {
				moved, err := v.Advance(real, time.Duration(rapid.Int64Range(-10, int64(time.Hour)).Draw(t, "by")))
				if err == nil {
					v = moved
				}
			},
			"set": func(t *rapid.T) {
				to := last.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "to")))
				if moved, err := v.Set(real, to); err == nil {
					v = moved
				}
			},
			"freeze": func(*rapid.T) { v = v.Freeze(real) },
			"thaw":   func(*rapid.T) { v = v.Thaw(real) },
			"": func(t *rapid.T) {
				shown := v.At(real)
				if shown.Before(last) {
					t.Fatalf("went from %v back to %v", last, shown)
				}
				last = shown
			},
		})
	})
}

func TestDurationIsTextInJSON(t *testing.T) {
	for text, d := range map[string]time.Duration{
		"24h": 24 * time.Hour, "1h30m": 90 * time.Minute, "1m30s": 90 * time.Second,
		"300ms": 300 * time.Millisecond, "0s": 0, "10m": 10 * time.Minute, "1h0m5s": time.Hour + 5*time.Second,
	} {
		data, err := json.Marshal(clock.Duration(d))
		if err != nil || string(data) != `"`+text+`"` {
			t.Errorf("%v is written %s, %v; want %q", d, data, err, text)
		}
		var back clock.Duration
		if err := json.Unmarshal(data, &back); err != nil || back.Std() != d {
			t.Errorf("%s is read as %v, %v", data, back, err)
		}
	}
	for _, wrong := range []string{`"soon"`, `"10"`, `10`, `""`} {
		var d clock.Duration
		if err := json.Unmarshal([]byte(wrong), &d); err == nil {
			t.Errorf("%s was read as %v", wrong, d)
		}
	}
}
