package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/store"
)

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// Create makes a sandbox with a fresh id from a document or a part of one.
func (r *Registry) Create(ctx context.Context, d Document) (*Sandbox, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	raw := make([]byte, 6)
	if _, err := io.ReadFull(r.config.Entropy, raw); err != nil {
		return nil, err
	}
	return r.create(ctx, "s-"+hex.EncodeToString(raw), d)
}

// Put makes the sandbox with this id, or brings it in line with the document:
// settings are replaced, credentials and accounts only where the document has
// them. made says whether it is new.
func (r *Registry) Put(ctx context.Context, id string, d Document) (s *Sandbox, made bool, err error) {
	if err := checkID(id); err != nil {
		return nil, false, err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	if _, err := r.records.Get(ctx, id); errors.Is(err, store.ErrNotFound) {
		s, err := r.create(ctx, id, d)
		if !errors.Is(err, ErrConflict) {
			return s, true, err
		}
		// Somebody may have made it in between; if not, a credential is taken.
		if _, gone := r.records.Get(ctx, id); gone != nil {
			return nil, false, err
		}
	}
	s, err = r.replace(ctx, id, d)
	return s, false, err
}

func (r *Registry) create(ctx context.Context, id string, d Document) (*Sandbox, error) {
	rec := record{ID: id, CreatedAt: r.config.Clock.Now().UTC().Truncate(time.Second), Settings: d.Settings}
	if err := errors.Join(r.prepare(&rec, d), r.startClock(&rec, d.Clock)); err != nil {
		return nil, err
	}
	release, err := r.claim(ctx, Credentials{}, rec)
	if err != nil {
		return nil, err
	}
	// Accounts come before the record: a sandbox that can be found is complete.
	if err := r.fill(ctx, rec, d, true); err != nil {
		return nil, errors.Join(err, release(), r.wipe(ctx, id))
	}
	if err := r.records.Create(ctx, id, rec); err != nil {
		return nil, errors.Join(conflict(err, "sandbox "+id), release())
	}
	r.feedsOf(id).resume(d.Counters)
	return r.Open(ctx, id)
}

// prepare completes a record from a document and refuses what cannot be followed.
func (r *Registry) prepare(rec *record, d Document) error {
	if err := checkAccounts(d.Accounts); err != nil {
		return err
	}
	if err := rec.Settings.check(); err != nil {
		return err
	}
	if _, err := r.config.Contract.Resolve(rec.Settings.Readings); err != nil {
		return &Problem{Field: "readings", Detail: err.Error()}
	}
	rec.Credentials = rec.Credentials.merge(d.Credentials)
	if err := rec.Credentials.fill(r.config.Entropy); err != nil {
		return err
	}
	if err := rec.Credentials.check(); err != nil {
		return err
	}
	if rec.Entropy == 0 {
		var seed [8]byte
		if _, err := io.ReadFull(r.config.Entropy, seed[:]); err != nil {
			return err
		}
		// 53 bits: the seed is shown as JSON, whose readers often have no more.
		rec.Entropy = int64(binary.BigEndian.Uint64(seed[:]) >> 11)
	}
	if d.Faults != nil {
		rules, err := r.checkFaults("faults", d.Faults)
		if err != nil {
			return err
		}
		rec.setFaults(rules)
	}
	if err := r.checkChallenges(d.Challenges); err != nil {
		return err
	}
	return checkCounters(d.Counters)
}

// claim takes the credentials that rec has and old has not, all or none, and
// returns what gives them back.
func (r *Registry) claim(ctx context.Context, old Credentials, rec record) (release func() error, err error) {
	var taken []string
	release = func() error {
		var errs []error
		for _, key := range taken {
			errs = append(errs, r.owners.Delete(ctx, key))
		}
		return errors.Join(errs...)
	}
	for _, c := range rec.Credentials.claims() {
		if old.Kind(c.system, c.value) != Unknown {
			continue
		}
		key := ownerKey(c.system, c.value)
		if err := r.owners.Create(ctx, key, rec.ID); err != nil {
			return nil, errors.Join(conflict(err, "credentials."+c.system+"."+c.field), release())
		}
		taken = append(taken, key)
	}
	return release, nil
}

// disown gives a credential back.
func (r *Registry) disown(ctx context.Context, c claim) error {
	key := ownerKey(c.system, c.value)
	r.owning.Delete(key)
	return r.owners.Delete(ctx, key)
}

func conflict(err error, what string) error {
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("%s: %w", what, ErrConflict)
	}
	return err
}

// replace brings an existing sandbox in line with a document.
func (r *Registry) replace(ctx context.Context, id string, d Document) (*Sandbox, error) {
	return r.change(ctx, id, func(rec *record) error {
		rec.Settings = d.Settings
		return errors.Join(r.prepare(rec, d), r.forwardClock(rec, d.Clock))
	}, func(rec record) error { return r.fill(ctx, rec, d, false) })
}

// Patch merges a JSON merge patch (RFC 7396) into the settings.
func (r *Registry) Patch(ctx context.Context, id string, patch []byte) (*Sandbox, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.change(ctx, id, func(rec *record) error {
		current, err := json.Marshal(rec.Settings)
		if err != nil {
			return err
		}
		merged, err := MergePatch(current, patch)
		if err != nil {
			return err
		}
		rec.Settings = Settings{}
		if err := decodeStrict(merged, &rec.Settings); err != nil {
			return err
		}
		return r.prepare(rec, Document{})
	}, nil)
}

// errStale says that a record changed while a change to it was prepared.
var errStale = errors.New("the sandbox changed meanwhile")

// change updates a record with its credentials, then whatever else belongs to
// the change. Nothing changes when edit refuses. Concurrent changes follow one
// another; none is lost.
func (r *Registry) change(ctx context.Context, id string, edit func(*record) error, then func(record) error) (*Sandbox, error) {
	for {
		s, err := r.tryChange(ctx, id, edit, then)
		if !errors.Is(err, errStale) {
			return s, err
		}
	}
}

func (r *Registry) tryChange(ctx context.Context, id string, edit func(*record) error, then func(record) error) (*Sandbox, error) {
	old, err := r.records.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("sandbox %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	edited := old
	if err := edit(&edited); err != nil {
		return nil, err
	}
	release, err := r.claim(ctx, old.Credentials, edited)
	if err != nil {
		return nil, err
	}
	if then != nil {
		if err := then(edited); err != nil {
			return nil, errors.Join(err, release())
		}
	}
	if _, err := r.records.Update(ctx, id, func(rec *record) error {
		if !reflect.DeepEqual(*rec, old) {
			return errStale
		}
		*rec = edited
		return nil
	}); err != nil {
		return nil, errors.Join(err, release())
	}
	for _, c := range old.Credentials.claims() {
		if edited.Credentials.Kind(c.system, c.value) == Unknown {
			if err := r.disown(ctx, c); err != nil {
				return nil, err
			}
		}
	}
	return r.Open(ctx, id)
}

// fill replaces accounts and challenges by those of the document, and
// remembers the accounts for a reset.
func (r *Registry) fill(ctx context.Context, rec record, d Document, fresh bool) error {
	if d.Accounts == nil && d.Generate == 0 && !fresh {
		return nil
	}
	start := beginning{Accounts: d.Accounts, Generate: d.Generate}
	if err := r.initial.Put(ctx, rec.ID, start); err != nil {
		return err
	}
	if err := r.restore(ctx, rec.ID, start, rec.seed()); err != nil {
		return err
	}
	s := &Sandbox{ID: rec.ID, driver: r.config.Store}
	for system, challenges := range d.Challenges {
		if err := s.OTP(system).Import(ctx, challenges); err != nil {
			return err
		}
	}
	return r.setCounters(ctx, rec, d.Counters)
}

// checkAccounts refuses accounts that could not all be made, before any is.
func checkAccounts(accounts []account.Account) error {
	holders := map[account.Identity]int{}
	for i, a := range accounts {
		field := fmt.Sprintf("accounts[%d]", i)
		if err := a.Check(); err != nil {
			return &Problem{Field: field, Detail: err.Error()}
		}
		identities := a.Identities()
		if a.ID != 0 {
			identities = append(identities, account.Identity{Kind: account.KindID, Value: strconv.FormatInt(a.ID, 10)})
		}
		for _, identity := range identities {
			if holder, taken := holders[identity]; taken {
				return &Problem{Field: field + "." + string(identity.Kind), Detail: fmt.Sprintf("accounts[%d] has the same", holder)}
			}
			holders[identity] = i
		}
	}
	return nil
}

// restore empties a sandbox and gives it the accounts that it begins with.
func (r *Registry) restore(ctx context.Context, id string, start beginning, seed int64) error {
	if err := r.wipe(ctx, id); err != nil {
		return err
	}
	into := account.New(r.config.Store, prefix(id)+"account")
	for a := range start.all(seed) {
		if _, err := into.Create(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// wipe deletes everything below a sandbox's prefix: accounts, challenges,
// counters and the tallies of fault rules. Its record, credentials and feeds stay.
func (r *Registry) wipe(ctx context.Context, id string) error {
	pairs, err := r.config.Store.List(ctx, prefix(id))
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if err := r.config.Store.Delete(ctx, pair.Key); err != nil {
			return err
		}
	}
	return nil
}

// Reset takes a sandbox back to the accounts that it was made with, empties
// inbox and journal and takes the fault rules away. Credentials, settings and
// clock stay.
func (r *Registry) Reset(ctx context.Context, id string) (*Sandbox, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	s, err := r.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	start, err := r.initial.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if s.HasFaults() {
		if s, err = r.SetFaults(ctx, id, nil); err != nil {
			return nil, err
		}
	}
	for i := range start.Accounts {
		start.Accounts[i].Sessions = nil // an imported state may begin with some
	}
	if err := r.restore(ctx, id, start, s.seed); err != nil {
		return nil, err
	}
	s.Inbox.Clear()
	s.Journal.Clear()
	s.Coverage.Clear()
	return s, nil
}

// Delete removes a sandbox and everything in it.
func (r *Registry) Delete(ctx context.Context, id string) error {
	if id == DefaultID {
		return ErrDefault
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	s, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	if err := r.records.Delete(ctx, id); err != nil {
		return err
	}
	for _, c := range s.Credentials.claims() {
		if err := r.disown(ctx, c); err != nil {
			return err
		}
	}
	r.forget(s)
	return errors.Join(r.initial.Delete(ctx, id), r.used.Delete(ctx, id), r.wipe(ctx, id))
}

// forget drops what this process remembers of a sandbox that is gone.
func (r *Registry) forget(s *Sandbox) {
	for _, c := range s.Credentials.claims() {
		r.owning.Delete(ownerKey(c.system, c.value))
	}
	r.cache.Delete(s.ID)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.feeds, s.ID)
}

// MergePatch applies a JSON merge patch (RFC 7396). Numbers keep their digits.
func MergePatch(target, patch []byte) ([]byte, error) {
	var t, p any
	if err := decodeNumbers(target, &t); err != nil {
		return nil, err
	}
	if err := decodeNumbers(patch, &p); err != nil {
		return nil, jsonProblem(err)
	}
	if _, ok := p.(map[string]any); !ok {
		return nil, &Problem{Detail: "a patch is a JSON object"}
	}
	return json.Marshal(merge(t, p))
}

func decodeNumbers(data []byte, into *any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for key, value := range changes {
		if value == nil {
			delete(object, key)
		} else {
			object[key] = merge(object[key], value)
		}
	}
	return object
}
