package sandbox

import (
	"context"
	"errors"
	"time"

	"stagedoor/mockserver/store"
)

// Somebody who makes a sandbox for each run of a test suite seldom deletes them.
// A call that leads to a sandbox, of a client or of the control API, is a use,
// and one that has seen none for the time to live is deleted. When it was used
// last is in the store, for all replicas and for after a restart; so as not to
// write there on every call, a use is noted again only after a part of the time.
//
//	Open, Match  note the use
//	Sweep        deletes what is idle

// grain is how exactly uses are noted: by that much later a sandbox is deleted.
func (r *Registry) grain() time.Duration { return r.config.TTL / 16 }

// use notes that a sandbox is in use.
func (r *Registry) use(ctx context.Context, s *Sandbox) error {
	if r.config.TTL <= 0 || s.ID == DefaultID {
		return nil
	}
	now := r.config.Clock.Now()
	if now.UnixNano() < s.renew.Load() {
		return nil
	}
	if err := r.used.Put(ctx, s.ID, now.UTC()); err != nil {
		return err
	}
	s.renew.Store(now.Add(r.grain()).UnixNano())
	return nil
}

// Sweep deletes the sandboxes that were not used for the time to live, and
// returns their ids. The default one is never among them.
func (r *Registry) Sweep(ctx context.Context) (deleted []string, err error) {
	if r.config.TTL <= 0 {
		return nil, nil
	}
	noted, err := r.used.List(ctx)
	if err != nil {
		return nil, err
	}
	now := r.config.Clock.Now()
	for _, use := range noted {
		if now.Sub(use.Value) < r.config.TTL+r.grain() {
			continue
		}
		switch err := r.Delete(ctx, use.ID); {
		case errors.Is(err, ErrNotFound): // a call came as it was deleted
			err = r.used.Delete(ctx, use.ID)
			if err != nil {
				return deleted, err
			}
		case err != nil:
			return deleted, err
		default:
			deleted = append(deleted, use.ID)
		}
	}
	return deleted, r.forgetGone(ctx)
}

// forgetGone drops what this process remembers of sandboxes that another one has
// deleted.
func (r *Registry) forgetGone(ctx context.Context) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	var known []*Sandbox
	r.cache.Range(func(_, hit any) bool {
		known = append(known, hit.(*cached).sandbox)
		return true
	})
	for _, s := range known {
		switch _, err := r.records.Get(ctx, s.ID); {
		case errors.Is(err, store.ErrNotFound):
			r.forget(s)
		case err != nil:
			return err
		}
	}
	return nil
}
