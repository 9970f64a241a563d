package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/store"
)

// Export returns the state of a sandbox. Imported under the same id, it answers
// the same calls in the same way: to the byte, where the clock is frozen. Calls
// that are answered meanwhile may be in it or not.
func (r *Registry) Export(ctx context.Context, id string) (Document, error) {
	s, err := r.Open(ctx, id)
	if err != nil {
		return Document{}, err
	}
	// The counters come first: what follows them may be younger, never older.
	counters, err := r.counters(ctx, s)
	if err != nil {
		return Document{}, err
	}
	seed, credentials, now := s.seed, s.Credentials, s.Clock(r.config.Clock.Now())
	d := Document{Version: DocumentVersion, Settings: s.Settings, Credentials: &credentials, Clock: &now, Counters: counters}
	d.Seed = &seed
	if d.Accounts, err = s.Accounts.List(ctx); err != nil {
		return Document{}, err
	}
	if d.Faults, err = s.Faults(ctx); err != nil {
		return Document{}, err
	}
	d.Challenges = map[string][]otp.Challenge{}
	for _, system := range r.config.Contract.Systems {
		challenges, err := s.OTP(system.Name).List(ctx)
		if err != nil {
			return Document{}, err
		}
		if len(challenges) > 0 {
			d.Challenges[system.Name] = challenges
		}
	}
	return d, nil
}

// Import makes the sandbox with this id what the document says and nothing else:
// settings, credentials, clock, fault rules, accounts and challenges. What the
// document leaves out is as in a new sandbox; so are inbox, journal and coverage.
// made says whether the sandbox is new. With a document that cannot be followed,
// or has a credential of another sandbox, nothing changes.
func (r *Registry) Import(ctx context.Context, id string, d Document) (s *Sandbox, made bool, err error) {
	if err := checkID(id); err != nil {
		return nil, false, err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	if _, err := r.records.Get(ctx, id); errors.Is(err, store.ErrNotFound) {
		s, err := r.create(ctx, id, d)
		return s, true, err
	}
	s, err = r.change(ctx, id, func(rec *record) error {
		*rec = record{ID: rec.ID, CreatedAt: rec.CreatedAt, Settings: d.Settings, FaultSet: rec.FaultSet}
		return errors.Join(r.prepare(rec, d), r.startClock(rec, d.Clock))
	}, func(rec record) error { return r.fill(ctx, rec, d, true) })
	if err != nil {
		return nil, false, err
	}
	r.feedsOf(id).resume(d.Counters)
	s.moved(r.config.Clock.Now())
	return s, false, nil
}

func checkID(id string) error {
	if !validID.MatchString(id) {
		return &Problem{Field: "id", Detail: fmt.Sprintf("%q must be 1 to 63 of a-z 0-9 . _ -, beginning with a letter or digit", id)}
	}
	return nil
}

// checkChallenges refuses challenges that no engine could have issued.
func (r *Registry) checkChallenges(all map[string][]otp.Challenge) error {
	for _, system := range slices.Sorted(maps.Keys(all)) {
		if r.config.Contract.System(system) == nil {
			return &Problem{Field: "challenges", Detail: fmt.Sprintf("there is no system %q", system)}
		}
		seen := map[string]bool{}
		for i, c := range all[system] {
			if err := checkChallenge(c); err != nil {
				return &Problem{Field: fmt.Sprintf("challenges.%s[%d]", system, i), Detail: err.Error()}
			}
			if seen[c.Token] {
				return &Problem{Field: fmt.Sprintf("challenges.%s[%d].token", system, i), Detail: "another challenge has the same"}
			}
			seen[c.Token] = true
		}
	}
	return nil
}

func checkChallenge(c otp.Challenge) error {
	switch c.State {
	case otp.Live, otp.Used, otp.Superseded, otp.Locked:
	default:
		return fmt.Errorf("state %q is unknown; use %s, %s, %s or %s", c.State, otp.Live, otp.Used, otp.Superseded, otp.Locked)
	}
	switch {
	case c.Token == "":
		return errors.New("token is missing")
	case c.Purpose == "":
		return errors.New("purpose is missing")
	case c.IssuedAt.IsZero() || c.ExpiresAt.IsZero():
		return errors.New("issuedAt and expiresAt are needed")
	case c.MaxAttempts < 1 || c.Wrong < 0:
		return errors.New("maxAttempts must be at least 1 and wrong at least 0")
	}
	return nil
}
