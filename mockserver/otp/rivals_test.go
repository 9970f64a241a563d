package otp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/store"
)

func TestNewChallengeVoidsItsRival(t *testing.T) {
	b := newBench(t)
	first, second := b.issue(now, request()), b.issue(now, request())
	want(t, "the earlier", b.verify(now, first.Token, first.Code), otp.Replaced)
	want(t, "the later", b.verify(now, second.Token, second.Code), "")
}

func TestChallengesOfDifferentRivalriesLiveSideBySide(t *testing.T) {
	b := newBench(t)
	mine := b.issue(now, request())
	for _, change := range []func(*otp.Request){
		func(r *otp.Request) { r.Recipient = "919999900001" },
		func(r *otp.Request) { r.Purpose = otp.Signup },
		func(r *otp.Request) { r.Rival = "of its own" },
	} {
		r := request()
		change(&r)
		b.issue(now, r)
	}
	want(t, "mine", b.verify(now, mine.Token, mine.Code), "")
}

func TestNamedRivalryReachesAcrossRecipients(t *testing.T) {
	b := newBench(t)
	r := request()
	r.Rival = "account 1001"
	first := b.issue(now, r)
	r.Recipient = "919999900001"
	b.issue(now, r)
	want(t, "the earlier", b.verify(now, first.Token, first.Code), otp.Replaced)
}

func TestKeepEarlierKeepsAllUntilOneDoesNot(t *testing.T) {
	b := newBench(t)
	keep := request()
	keep.Policy.KeepEarlier = true
	first, second, third := b.issue(now, keep), b.issue(now, keep), b.issue(now, keep)
	want(t, "the first", b.verify(now, first.Token, first.Code), "")
	last := b.issue(now, request())
	for _, c := range []otp.Challenge{second, third} {
		want(t, "an earlier one", b.verify(now, c.Token, c.Code), otp.Replaced)
	}
	want(t, "one that was used before", b.verify(now, first.Token, first.Code), otp.AlreadyUsed)
	want(t, "the last", b.verify(now, last.Token, last.Code), "")
}

func TestPendingIsTheNewestLiveOne(t *testing.T) {
	ctx, b := t.Context(), newBench(t)
	rival := otp.RivalKey(otp.Login, request().Recipient)
	if _, ok, err := b.e.Pending(ctx, now, rival); ok || err != nil {
		t.Errorf("nothing was issued: %v, %v", ok, err)
	}
	if _, ok, err := b.e.Latest(ctx, rival); ok || err != nil {
		t.Errorf("nothing was issued: %v, %v", ok, err)
	}
	keep := request()
	keep.Policy.KeepEarlier = true
	first, second := b.issue(now, keep), b.issue(now, keep)
	if got, ok, err := b.e.Pending(ctx, now, rival); !ok || err != nil || got.Token != second.Token {
		t.Errorf("pending is %+v, %v, %v; want the second", got, ok, err)
	}
	want(t, "the second", b.verify(now, second.Token, second.Code), "")
	if got, ok, err := b.e.Pending(ctx, now, rival); !ok || err != nil || got.Token != first.Token {
		t.Errorf("pending is %+v, %v, %v; want the first", got, ok, err)
	}
	if got, ok, err := b.e.Pending(ctx, first.ExpiresAt, rival); ok || err != nil {
		t.Errorf("pending at its expiry is %+v, %v", got, err)
	}
	if got, ok, err := b.e.Latest(ctx, rival); !ok || err != nil || got.Token != second.Token || got.State != otp.Used {
		t.Errorf("latest is %+v, %v, %v; want the second, used", got, ok, err)
	}
}

func TestAskingForCodesAllDayDoesNotFillTheStore(t *testing.T) {
	ctx, d := t.Context(), store.NewMemory()
	e, rng := otp.New(d, "otp"), rand.New(rand.NewPCG(1, 1))
	for n := range 200 {
		r := request()
		r.Policy.KeepEarlier = n%3 == 0
		if _, err := e.Issue(ctx, now, rng, r); err != nil {
			t.Fatal(err)
		}
	}
	pairs, err := d.List(ctx, "")
	if err != nil || len(pairs) > 20 {
		t.Errorf("%d records are kept, %v", len(pairs), err)
	}
	latest, ok, err := e.Latest(ctx, otp.RivalKey(otp.Login, request().Recipient))
	if !ok || err != nil {
		t.Fatalf("latest: %v, %v", ok, err)
	}
	if _, err := e.Verify(ctx, now, otp.Attempt{Token: latest.Token, Code: latest.Code, Purpose: otp.Login}); err != nil {
		t.Errorf("the newest code: %v", err)
	}
}

func TestClearAndImport(t *testing.T) {
	ctx, b := t.Context(), newBench(t)
	old := b.issue(now, request())
	live := b.issue(now.Add(1), request())
	keep := request()
	keep.Policy.KeepEarlier = true
	newest := b.issue(now.Add(2), keep)
	saved, err := b.e.List(ctx)
	if err != nil || len(saved) != 3 || saved[0].Token != old.Token || saved[2].Token != newest.Token {
		t.Fatalf("listed %+v, %v; want the oldest first", saved, err)
	}
	if err := b.e.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	want(t, "after clear", b.verify(now, live.Token, live.Code), otp.Unknown)
	if _, ok, err := b.e.Latest(ctx, live.Rival); ok || err != nil {
		t.Errorf("after clear there is a latest: %v", err)
	}
	slices.Reverse(saved)
	if err := b.e.Import(ctx, saved); err != nil {
		t.Fatal(err)
	}
	want(t, "the superseded one", b.verify(now, old.Token, old.Code), otp.Replaced)
	want(t, "the kept one", b.verify(now, live.Token, live.Code), "")
	if got, ok, err := b.e.Pending(ctx, now, newest.Rival); !ok || err != nil || got.Token != newest.Token {
		t.Errorf("pending is %+v, %v, %v", got, ok, err)
	}
	b.issue(now.Add(3), request())
	want(t, "an imported one after a newer", b.verify(now, newest.Token, newest.Code), otp.Replaced)
}

func TestTwoHundredRacingVerificationsAcceptOne(t *testing.T) {
	for range 5 {
		b := newBench(t)
		c := b.issue(now, request())
		var accepted atomic.Int32
		race(200, func(int) {
			err := b.verify(now, c.Token, c.Code)
			if err == nil {
				accepted.Add(1)
				return
			}
			want(t, "a loser", err, otp.AlreadyUsed)
		})
		if n := accepted.Load(); n != 1 {
			t.Fatalf("one code was accepted %d times", n)
		}
	}
}

func TestTwoHundredRacingGuessesGetFiveTries(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	var tried atomic.Int32
	race(200, func(int) {
		err := b.verify(now, c.Token, other(c.Code))
		if refused, ok := errors.AsType[*otp.Refused](err); ok && refused.Reason == otp.WrongCode {
			tried.Add(1)
		}
	})
	if n := tried.Load(); n != 5 {
		t.Errorf("%d wrong codes were tried, want 5", n)
	}
}

func TestOneOfRacingResendsWins(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	var sent atomic.Int32
	race(50, func(n int) {
		rng := rand.New(rand.NewPCG(uint64(n), 9))
		_, err := b.e.Resend(context.Background(), now, rng, c.Token, otp.Login, policy())
		if err == nil {
			sent.Add(1)
			return
		}
		want(t, "a loser", err, otp.Replaced)
	})
	if n := sent.Load(); n != 1 {
		t.Errorf("one challenge was resent %d times", n)
	}
}

// sole asks for a challenge that waits until no other could be completed.
func sole() otp.Request {
	r := request()
	r.Sole = true
	return r
}

func TestSoleChallengeIsRefusedWhileAnotherCouldBeCompleted(t *testing.T) {
	for name, end := range map[string]func(b bench, c otp.Challenge) time.Time{
		"expired": func(_ bench, c otp.Challenge) time.Time { return c.ExpiresAt },
		"used": func(b bench, c otp.Challenge) time.Time {
			want(t, "the right code", b.verify(now, c.Token, c.Code), "")
			return now
		},
		"locked": func(b bench, c otp.Challenge) time.Time {
			for range otp.DefaultMaxAttempts {
				want(t, "a wrong code", b.verify(now, c.Token, other(c.Code)), otp.WrongCode)
			}
			return now
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			first := b.issue(now, sole())
			_, err := b.e.Issue(t.Context(), first.ExpiresAt.Add(-1), b.rng, sole())
			want(t, "a second one", err, otp.StillPending)
			if refused, ok := errors.AsType[*otp.Refused](err); !ok || refused.Challenge.Token != first.Token {
				t.Errorf("in its way is %v, want the first", err)
			}
			if all, err := b.e.List(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("%d challenges are kept, %v; want the first alone", len(all), err)
			}
			at := end(b, first)
			second := b.issue(at, sole())
			want(t, "the second", b.verify(at, second.Token, second.Code), "")
		})
	}
}

func TestOfRacingSoleChallengesOneIsIssued(t *testing.T) {
	for range 10 {
		b := newBench(t)
		ended := b.issue(now, sole())
		at := ended.ExpiresAt
		issued := make([]otp.Challenge, 20)
		var refused atomic.Int32
		race(len(issued), func(n int) {
			c, err := b.e.Issue(context.Background(), at, rand.New(rand.NewPCG(uint64(n), 9)), sole())
			if err != nil {
				want(t, "a loser", err, otp.StillPending)
				refused.Add(1)
				return
			}
			issued[n] = c
		})
		if n := refused.Load(); n != int32(len(issued)-1) {
			t.Fatalf("%d of %d racing requests were refused, want all but one", n, len(issued))
		}
		for _, c := range issued {
			if c.Token != "" {
				want(t, "the winner", b.verify(at, c.Token, c.Code), "")
			}
		}
		if all, err := b.e.List(t.Context()); err != nil || len(all) != 2 {
			t.Errorf("%d challenges are kept, %v; want the ended one and the winner", len(all), err)
		}
	}
}

func TestRacingRivalsLeaveOneAlive(t *testing.T) {
	for range 10 {
		b := newBench(t)
		issued := make([]otp.Challenge, 7)
		race(len(issued), func(n int) {
			c, err := b.e.Issue(context.Background(), now, rand.New(rand.NewPCG(uint64(n), 9)), request())
			if err != nil {
				t.Errorf("issue: %v", err)
			}
			issued[n] = c
		})
		alive := 0
		for _, c := range issued {
			if err := b.verify(now, c.Token, c.Code); err == nil {
				alive++
			} else {
				want(t, "a loser", err, otp.Replaced)
			}
		}
		if alive != 1 {
			t.Fatalf("%d of %d racing challenges are alive", alive, len(issued))
		}
	}
}

// leaver is a store whose caller goes away after a number of calls.
type leaver struct {
	store.Driver
	leave func()
	after int
}

func (l *leaver) Update(ctx context.Context, key string, f func([]byte) ([]byte, error)) error {
	if l.after--; l.after == 0 {
		defer l.leave()
	}
	return l.Driver.Update(ctx, key, f)
}

func TestCallerGoingAwayDoesNotLeaveTwoAlive(t *testing.T) {
	for after := 1; after <= 4; after++ {
		l := &leaver{Driver: store.NewMemory()}
		b := bench{t, otp.New(l, "otp"), rand.New(rand.NewPCG(1, 1))}
		first := b.issue(now, request())
		ctx, cancel := context.WithCancel(t.Context())
		l.leave, l.after = cancel, after
		second, err := b.e.Issue(ctx, now, b.rng, request())
		if err != nil {
			t.Fatalf("gone after %d calls: %v", after, err)
		}
		want(t, "the earlier", b.verify(now, first.Token, first.Code), otp.Replaced)
		want(t, "the later", b.verify(now, second.Token, second.Code), "")
		cancel()
	}
}

// race runs f in n goroutines that start together, and waits for them.
func race(n int, f func(n int)) {
	var done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		done.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	done.Wait()
}

// With a frozen clock all challenges are of one age, and tokens say nothing of
// which came first.
func TestImportKeepsTheOrderOfAFrozenClock(t *testing.T) {
	for seed := range uint64(20) {
		b := seeded(t, seed+1)
		var last otp.Challenge
		for range 5 {
			last = b.issue(now, request())
		}
		saved, err := b.e.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := seeded(t, 1)
		if err := other.e.Import(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
		if latest, found, err := other.e.Latest(t.Context(), last.Rival); err != nil || !found || latest.Token != last.Token {
			t.Fatalf("seed %d: the latest is %s, %v; want the one that was issued last", seed, latest.Token, err)
		}
		again, err := other.e.List(t.Context())
		if err != nil || !slices.EqualFunc(again, saved, func(a, b otp.Challenge) bool { return a.Token == b.Token && a.State == b.State }) {
			t.Fatalf("seed %d: listed again %+v, %v; want %+v", seed, again, err, saved)
		}
	}
}
