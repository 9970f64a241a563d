package account_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/store"
)

func open() account.Accounts { return account.New(store.NewMemory(), "accounts") }

func create(t *testing.T, s account.Accounts, a account.Account) account.Account {
	t.Helper()
	made, err := s.Create(context.Background(), a)
	if err != nil {
		t.Fatalf("creating %+v: %v", a, err)
	}
	return made
}

func withEmail(address string) account.Account {
	a := account.Fresh()
	a.Email = address
	return a
}

// wantTaken fails the test unless err names the identity that is in use.
func wantTaken(t *testing.T, err error, kind account.Kind) {
	t.Helper()
	taken, ok := errors.AsType[*account.Taken](err)
	if !ok || !errors.Is(err, account.ErrTaken) || taken.Identity.Kind != kind {
		t.Errorf("got %v, want ErrTaken for the %s", err, kind)
	}
}

func TestAccountIsFoundByEachIdentity(t *testing.T) {
	ctx, s := t.Context(), open()
	a := account.Fresh()
	a.Email, a.CountryCode, a.Phone, a.Username, a.PIN = "Ann@Example.com", "91", "9999900000", "ann", "4711"
	a = create(t, s, a)
	if a.ID != 1001 {
		t.Errorf("the first id is %d, want 1001", a.ID)
	}
	byEmail, err1 := s.ByEmail(ctx, "ANN@example.COM")
	byPhone, err2 := s.ByPhone(ctx, "+91", "99999 00000")
	byDefault, err3 := s.ByPhone(ctx, "", "9999900000")
	byName, err4 := s.ByUsername(ctx, "ann")
	byPIN, err5 := s.ByPIN(ctx, "4711")
	for i, found := range []account.Account{byEmail, byPhone, byDefault, byName, byPIN} {
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil || found.Email != "Ann@Example.com" {
			t.Errorf("lookup %d: %+v, %v", i, found, err)
		}
	}
	for _, i := range []account.Identity{
		account.Email("bob@example.com"), account.Email(""), account.Phone("91", ""), account.Phone("44", "9999900000"),
		account.Username("Ann"), account.Username(""), account.PIN(""), account.PIN("471"), {},
	} {
		if _, err := s.By(ctx, i); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%+v: %v, want ErrNotFound", i, err)
		}
		if _, err := s.Find(ctx, i); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("finding %+v: %v, want ErrNotFound", i, err)
		}
		if _, err := s.UpdateBy(ctx, i, nil); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("updating %+v: %v, want ErrNotFound", i, err)
		}
	}
	if _, err := s.Get(ctx, 1); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an unknown id: %v, want ErrNotFound", err)
	}
}

func TestCreateCountsPastIDsInUse(t *testing.T) {
	s := open()
	taken := withEmail("a@example.com")
	taken.ID = 1002
	create(t, s, taken)
	for i, want := range []account.ID{1001, 1003, 1004} {
		if got := create(t, s, withEmail(fmt.Sprintf("b%d@example.com", i))).ID; got != want {
			t.Errorf("account %d got the id %d, want %d", i, got, want)
		}
	}
	again := withEmail("c@example.com")
	again.ID = 1002
	_, err := s.Create(t.Context(), again)
	wantTaken(t, err, account.KindID)
	if _, err := s.ByEmail(t.Context(), "c@example.com"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the refused account is there: %v", err)
	}
	create(t, s, withEmail("c@example.com"))
}

func TestRefusedCreateLeavesNothingBehind(t *testing.T) {
	ctx, s := t.Context(), open()
	first := account.Fresh()
	first.Username = "ann"
	create(t, s, first)
	second := account.Fresh()
	second.Email, second.Phone, second.Username, second.PIN = "new@example.com", "5550", "ann", "1"
	_, err := s.Create(ctx, second)
	wantTaken(t, err, account.KindUsername)
	second.Username = "bob"
	if got := create(t, s, second); got.Username != "bob" {
		t.Errorf("created %+v", got)
	}
	if all, err := s.List(ctx); err != nil || len(all) != 2 {
		t.Errorf("%d accounts, %v; want 2", len(all), err)
	}
}

func TestOneOfRacingCreatesGetsTheEmail(t *testing.T) {
	for round := range 20 {
		s := open()
		var won atomic.Int32
		var all sync.WaitGroup
		for n := range 16 {
			all.Go(func() {
				a := withEmail("ANN@example.com")
				a.Username = "ann" + strconv.Itoa(n)
				_, err := s.Create(context.Background(), a)
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, account.ErrTaken) {
					t.Errorf("create: %v", err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d accounts have one address", round, won.Load())
		}
		found, err := s.ByEmail(context.Background(), "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		wantConsistent(t, s)
		for n := range 16 {
			byName, err := s.ByUsername(context.Background(), "ann"+strconv.Itoa(n))
			if (err == nil) != (found.Username == "ann"+strconv.Itoa(n)) {
				t.Errorf("a loser's username finds %+v, %v", byName, err)
			}
		}
	}
}

func TestUpdateMovesIdentities(t *testing.T) {
	ctx, s := t.Context(), open()
	a := withEmail("old@example.com")
	a.Phone = "5550"
	id := create(t, s, a).ID
	got, err := s.Update(ctx, id, func(a *account.Account) error {
		a.Email, a.Phone, a.Username, a.ID = "new@example.com", "", "ann", 7
		return nil
	})
	if err != nil || got.Email != "new@example.com" || got.ID != id {
		t.Fatalf("update: %+v, %v", got, err)
	}
	for _, i := range []account.Identity{account.Email("new@example.com"), account.Username("ann")} {
		if found, err := s.By(ctx, i); err != nil || found.ID != id {
			t.Errorf("%+v finds %d, %v", i, found.ID, err)
		}
	}
	for _, i := range []account.Identity{account.Email("old@example.com"), account.Phone("", "5550")} {
		if _, err := s.By(ctx, i); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%+v still finds something: %v", i, err)
		}
	}
	// What was released is free for others.
	other := withEmail("old@example.com")
	other.Phone = "5550"
	create(t, s, other)
	wantConsistent(t, s)
}

func TestUpdateKeepsAnIdentityThatIsOnlySpeltAnew(t *testing.T) {
	ctx, s := t.Context(), open()
	id := create(t, s, withEmail("ann@example.com")).ID
	for range 2 {
		if _, err := s.Update(ctx, id, func(a *account.Account) error { a.Email = "Ann@Example.com"; return nil }); err != nil {
			t.Fatal(err)
		}
		if found, err := s.ByEmail(ctx, "ann@example.com"); err != nil || found.Email != "Ann@Example.com" {
			t.Errorf("found %+v, %v", found, err)
		}
	}
}

func TestRefusedUpdateChangesNothing(t *testing.T) {
	ctx, s := t.Context(), open()
	create(t, s, withEmail("taken@example.com"))
	id := create(t, s, withEmail("mine@example.com")).ID
	_, err := s.Update(ctx, id, func(a *account.Account) error {
		a.Username, a.Email, a.FirstName = "free", "Taken@example.com", "Eve"
		return nil
	})
	wantTaken(t, err, account.KindEmail)
	why := errors.New("not today")
	_, err = s.Update(ctx, id, func(a *account.Account) error { a.FirstName = "Eve"; return why })
	if any(err) != any(why) {
		t.Errorf("the function's error came back as %v", err)
	}
	if a, err := s.Get(ctx, id); err != nil || a.FirstName != "" || a.Email != "mine@example.com" {
		t.Errorf("after refused updates: %+v, %v", a, err)
	}
	free := account.Fresh()
	free.Username = "free"
	create(t, s, free)
	wantConsistent(t, s)
	if _, err := s.Update(ctx, 1, func(*account.Account) error { return nil }); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("update of nobody: %v, want ErrNotFound", err)
	}
}

func TestChangeOfMindAfterTheClaimFreesIt(t *testing.T) {
	ctx, s := t.Context(), open()
	id := create(t, s, withEmail("mine@example.com")).ID
	why, runs := errors.New("on second thoughts"), 0
	_, err := s.Update(ctx, id, func(a *account.Account) error {
		a.Email = "wanted@example.com"
		if runs++; runs > 1 {
			return why
		}
		return nil
	})
	if any(err) != any(why) || runs != 2 {
		t.Fatalf("after %d runs: %v", runs, err)
	}
	create(t, s, withEmail("wanted@example.com"))
}

// A claim comes before the record that has the identity, and goes after it.
func TestClaimWithoutItsRecordFindsNothing(t *testing.T) {
	ctx, d := t.Context(), store.NewMemory()
	s := account.New(d, "accounts")
	id := create(t, s, withEmail("ann@example.com")).ID
	for key, holder := range map[string]string{"email/later@example.com": fmt.Sprint(id), "username/nobody": "7"} {
		if err := d.Create(ctx, "accounts/claims/"+key, []byte(holder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []account.Identity{account.Email("later@example.com"), account.Username("nobody")} {
		if a, err := s.By(ctx, i); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%+v finds %+v, %v", i, a, err)
		}
		_, err := s.UpdateBy(ctx, i, func(*account.Account) error { t.Error("the function was called"); return nil })
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%+v was updated: %v", i, err)
		}
	}
}

// lettingGo is a store in which a claim goes away after it was looked at a few
// times, as if another change of the same account had been about to release it.
type lettingGo struct {
	store.Driver
	claim string
	looks int
}

func (l *lettingGo) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := l.Driver.Get(ctx, key)
	if key == l.claim {
		if l.looks--; l.looks == 0 {
			err = errors.Join(err, l.Delete(ctx, key))
		}
	}
	return value, err
}

func TestUpdateWaitsForWhatItsAccountIsLettingGo(t *testing.T) {
	ctx := t.Context()
	l := &lettingGo{Driver: store.NewMemory(), claim: "accounts/claims/email/back@example.com", looks: 3}
	s := account.New(l, "accounts")
	id := create(t, s, withEmail("ann@example.com")).ID
	if err := l.Create(ctx, l.claim, fmt.Append(nil, id)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(ctx, id, func(a *account.Account) error { a.Email = "back@example.com"; return nil }); err != nil {
		t.Fatal(err)
	}
	wantConsistent(t, s)
}

func TestUpdateDoesNotWaitForever(t *testing.T) {
	ctx, d := t.Context(), store.NewMemory()
	s := account.New(d, "accounts")
	id := create(t, s, withEmail("ann@example.com")).ID
	if err := d.Create(ctx, "accounts/claims/email/stuck@example.com", fmt.Append(nil, id)); err != nil {
		t.Fatal(err)
	}
	_, err := s.Update(ctx, id, func(a *account.Account) error { a.Email = "stuck@example.com"; return nil })
	wantTaken(t, err, account.KindEmail)
}

func TestDeleteFreesIdentities(t *testing.T) {
	ctx, s := t.Context(), open()
	id := create(t, s, withEmail("ann@example.com")).ID
	if err := s.Delete(ctx, id); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, id); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("second delete: %v, want ErrNotFound", err)
	}
	if _, err := s.ByEmail(ctx, "ann@example.com"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("found after delete: %v", err)
	}
	create(t, s, withEmail("ann@example.com"))
	wantConsistent(t, s)
}

func TestListIsOrderedByNumberAndClearStartsAnew(t *testing.T) {
	ctx, s := t.Context(), open()
	for _, id := range []account.ID{10, 9, 100} {
		a := withEmail(fmt.Sprintf("a%d@example.com", id))
		a.ID = id
		create(t, s, a)
	}
	create(t, s, withEmail("last@example.com"))
	all, err := s.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ids := []account.ID{}
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	if fmt.Sprint(ids) != "[9 10 100 1001]" {
		t.Errorf("listed %v", ids)
	}
	if err := s.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	if got := create(t, s, withEmail("a10@example.com")).ID; got != 1001 {
		t.Errorf("after clear the first id is %d", got)
	}
}

func TestCallerGoingAwayLeavesNoClaimBehind(t *testing.T) {
	s := open()
	id := create(t, s, withEmail("old@example.com")).ID
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	_, err := s.Update(ctx, id, func(a *account.Account) error {
		a.Email = "new@example.com"
		if runs++; runs == 2 {
			cancel() // the claim is made, and the change goes through
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantConsistent(t, s)
	if _, err := s.Update(ctx, id, func(*account.Account) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	create(t, s, withEmail("old@example.com"))
}

func TestRepairFreesWhatACrashLeftBehind(t *testing.T) {
	ctx, d := t.Context(), store.NewMemory()
	s := account.New(d, "accounts")
	create(t, s, withEmail("ann@example.com"))
	// A claim whose record was never written.
	if err := d.Create(ctx, "accounts/claims/email/bob@example.com", []byte("7")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Create(ctx, withEmail("bob@example.com"))
	wantTaken(t, err, account.KindEmail)
	if err := s.Repair(ctx); err != nil {
		t.Fatal(err)
	}
	create(t, s, withEmail("bob@example.com"))
	if _, err := s.Create(ctx, withEmail("ann@example.com")); !errors.Is(err, account.ErrTaken) {
		t.Errorf("repair freed an identity in use: %v", err)
	}
}

// wantConsistent fails the test unless every account is found by each identity,
// and no two have the same.
func wantConsistent(t interface {
	Helper()
	Fatalf(string, ...any)
}, s account.Accounts) {
	t.Helper()
	all, err := s.List(context.Background())
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	for _, a := range all {
		for _, i := range a.Identities() {
			if found, err := s.By(context.Background(), i); err != nil || found.ID != a.ID {
				t.Fatalf("account %d has %+v, which finds %d, %v", a.ID, i, found.ID, err)
			}
		}
	}
}

// Several accounts change among few addresses at once. Afterwards each is found
// by what it has, and everything that nobody has is free.
func TestRacingUpdatesKeepIdentitiesUnique(t *testing.T) {
	ctx, s := context.Background(), open()
	const addresses = 6
	address := func(n int) string { return fmt.Sprintf("a%d@example.com", n%addresses) }
	ids := []account.ID{}
	for n := range 3 {
		ids = append(ids, create(t, s, withEmail(address(n))).ID)
	}
	var all sync.WaitGroup
	for worker := range 12 {
		all.Go(func() {
			for n := range 60 {
				_, err := s.Update(ctx, ids[(worker+n)%len(ids)], func(a *account.Account) error {
					a.Email = address(worker + n*n)
					return nil
				})
				if err != nil && !errors.Is(err, account.ErrTaken) {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	all.Wait()
	wantConsistent(t, s)
	for _, id := range ids {
		if err := s.Delete(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for n := range addresses {
		create(t, s, withEmail(address(n)))
	}
}
