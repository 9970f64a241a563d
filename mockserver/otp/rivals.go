package otp

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"stagedoor/mockserver/store"
)

// line is the history of a rivalry: the tokens of its challenges, newest last.
// The last Open of them were not voided by a newer one.
type line struct {
	Tokens []string `json:"tokens"`
	Open   int      `json:"open"`
}

// history is how many challenges of a rivalry are kept, so that somebody who
// asks for codes all day does not fill the store. Of one that was dropped, no
// more can be said than that it is unknown.
const history = 8

// open returns the tokens that were not voided by a newer one, newest last.
func (l line) open() []string { return l.Tokens[len(l.Tokens)-l.Open:] }

// tip is the newest token, "" where there is none.
func (l line) tip() string {
	if len(l.Tokens) == 0 {
		return ""
	}
	return l.Tokens[len(l.Tokens)-1]
}

// add puts a token at the end and returns those it voids and those that are to
// be dropped.
func (l *line) add(token string, keepEarlier bool) (voided, dropped []string) {
	if keepEarlier {
		l.Open++
	} else {
		voided, l.Open = slices.Clone(l.open()), 1
	}
	l.Tokens = append(l.Tokens, token)
	if over := len(l.Tokens) - history; over > 0 {
		dropped, l.Tokens = l.Tokens[:over], slices.Clone(l.Tokens[over:])
		l.Open = min(l.Open, history)
	}
	return voided, dropped
}

// errMoved is why a challenge does not enter a rivalry: another one did since
// its caller looked.
var errMoved = errors.New("the rivalry has moved on")

// anyTip lets a challenge enter whatever came before it.
func anyTip(string) bool { return true }

// issueAlone makes a challenge if none of its rivalry could be completed. Who
// looks and who enters are the same: had somebody entered in between, the line
// would have another tip.
func (e Engine) issueAlone(ctx context.Context, now time.Time, rng *rand.Rand, c Challenge, p Policy) (Challenge, error) {
	for {
		seen, err := e.line(ctx, c.Rival)
		if err != nil {
			return Challenge{}, err
		}
		pending, found, err := e.newest(ctx, seen.open(), func(c Challenge) bool { return c.LiveAt(now) })
		if err != nil {
			return Challenge{}, err
		}
		if found {
			return Challenge{}, &Refused{Reason: StillPending, Challenge: pending}
		}
		if c, err = e.create(ctx, rng, c, p); err != nil {
			return Challenge{}, err
		}
		err = e.enter(ctx, c, p.KeepEarlier, func(tip string) bool { return tip == seen.tip() })
		if !errors.Is(err, errMoved) {
			return c, err
		}
		if err := e.challenges.Delete(context.WithoutCancel(ctx), c.Token); err != nil {
			return Challenge{}, err
		}
	}
}

// enter puts a new challenge at the head of its rivalry, if the tip there is as
// expected. Two racing ones both enter in one atomic order, and the later voids
// the earlier.
func (e Engine) enter(ctx context.Context, c Challenge, keepEarlier bool, expected func(tip string) bool) error {
	var voided, dropped []string
	_, err := e.lines.Update(ctx, c.Rival, func(l *line) error {
		if !expected(l.tip()) {
			return errMoved
		}
		voided, dropped = l.add(c.Token, keepEarlier)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = e.lines.Create(ctx, c.Rival, line{Tokens: []string{c.Token}, Open: 1})
		if errors.Is(err, store.ErrExists) {
			return e.enter(ctx, c, keepEarlier, expected)
		}
		if err == nil {
			err = e.admit(context.WithoutCancel(ctx), c.Rival)
		}
	}
	if err != nil {
		return err
	}
	// The rivalry has forgotten the voided ones: nobody else will end them.
	ctx = context.WithoutCancel(ctx)
	for _, token := range voided {
		if err := e.supersede(ctx, token); err != nil {
			return err
		}
	}
	for _, token := range dropped {
		if err := e.challenges.Delete(ctx, token); err != nil {
			return err
		}
	}
	return nil
}

// supersede voids a challenge that is still live.
func (e Engine) supersede(ctx context.Context, token string) error {
	_, err := e.change(ctx, token, func(c *Challenge) Reason {
		if c.State != Live {
			return c.State.settled()
		}
		c.State = Superseded
		return ""
	})
	if _, settled := errors.AsType[*Refused](err); settled {
		return nil
	}
	return err
}

// Pending returns the newest challenge of a rivalry that could still be
// completed; false if there is none.
func (e Engine) Pending(ctx context.Context, now time.Time, rival string) (Challenge, bool, error) {
	l, err := e.line(ctx, rival)
	if err != nil {
		return Challenge{}, false, err
	}
	return e.newest(ctx, l.open(), func(c Challenge) bool { return c.LiveAt(now) })
}

// Latest returns the newest challenge of a rivalry, whatever its state; false if
// there was none.
func (e Engine) Latest(ctx context.Context, rival string) (Challenge, bool, error) {
	l, err := e.line(ctx, rival)
	if err != nil {
		return Challenge{}, false, err
	}
	return e.newest(ctx, l.Tokens, func(Challenge) bool { return true })
}

// line returns the history of a rivalry, empty where nothing was issued.
func (e Engine) line(ctx context.Context, rival string) (line, error) {
	l, err := e.lines.Get(ctx, rival)
	if errors.Is(err, store.ErrNotFound) {
		return line{}, nil
	}
	return l, err
}

func (e Engine) newest(ctx context.Context, tokens []string, match func(Challenge) bool) (Challenge, bool, error) {
	for _, token := range slices.Backward(tokens) {
		c, err := e.challenges.Get(ctx, token)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return Challenge{}, false, err
		}
		if match(c) {
			return c, true, nil
		}
	}
	return Challenge{}, false, nil
}

// Clear removes all challenges.
func (e Engine) Clear(ctx context.Context) error {
	return errors.Join(e.challenges.Clear(ctx), e.lines.Clear(ctx), e.bound.slots.Clear(ctx))
}

// Import fills an empty engine with challenges as List returned them, each as it
// is. Rivalries come out as if they had been issued in the order of their age,
// and those of one age in the order in which they are given.
func (e Engine) Import(ctx context.Context, challenges []Challenge) error {
	sorted := slices.Clone(challenges)
	slices.SortStableFunc(sorted, func(a, b Challenge) int { return a.IssuedAt.Compare(b.IssuedAt) })
	lines := make(map[string]line)
	for _, c := range sorted {
		c.Rival = cmp.Or(c.Rival, RivalKey(c.Purpose, c.Recipient))
		if err := e.challenges.Put(ctx, c.Token, c); err != nil {
			return err
		}
		l := lines[c.Rival]
		l.Tokens = append(l.Tokens, c.Token)
		if c.State == Live || l.Open > 0 {
			l.Open++
		}
		lines[c.Rival] = l
	}
	for _, rival := range slices.Sorted(maps.Keys(lines)) {
		if err := e.lines.Put(ctx, rival, lines[rival]); err != nil {
			return err
		}
		if err := e.admit(ctx, rival); err != nil {
			return err
		}
	}
	return nil
}
