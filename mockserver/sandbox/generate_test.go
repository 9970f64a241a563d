package sandbox_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/mockserver/store"
	"stagedoor/spec"
)

func TestDocumentCountsMadeUpAccounts(t *testing.T) {
	d, err := sandbox.DecodeDocument([]byte(`{"seed":1,"accounts":[{"generate":3},{"email":"ann@example.com"},{"generate":4}]}`))
	if err != nil || d.Generate != 7 || len(d.Accounts) != 1 || d.Accounts[0].Email != "ann@example.com" {
		t.Errorf("document %+v, %v", d, err)
	}
	for text, field := range map[string]string{
		`{"accounts":[{"generate":0}]}`:                        "accounts[0]",
		`{"accounts":[{"pin":"1"},{"generate":1.5}]}`:          "accounts[1]",
		`{"accounts":[{"generate":1,"seed":2}]}`:               "accounts[0]",
		`{"accounts":[{"generate":60000},{"generate":60000}]}`: "accounts[1]",
		`{"accounts":[{"emial":"a@b"}]}`:                       "accounts[0]",
		`{"accounts":[{"email":5}]}`:                           "accounts[0]",
		`{"accounts":[null]}`:                                  "accounts[0]",
		`{"accounts":{}}`:                                      "accounts",
		`{"otp":5}`:                                            "otp",
		`{"quota":{"perDay":"many"}}`:                          "quota.perDay",
		`{"credentials":{"watch":{"apiKey":5}}}`:               "credentials.watch.apiKey",
	} {
		_, err := sandbox.DecodeDocument([]byte(text))
		var problem *sandbox.Problem
		if !errors.As(err, &problem) || problem.Field != field {
			t.Errorf("%s: %v, want a problem of %s", text, err, field)
		}
	}
}

func TestMadeUpAccountsLeaveTheGivenOnesAlone(t *testing.T) {
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := sandbox.New(sandbox.Config{
		Contract: contract, Store: store.NewMemory(), Entropy: rand.Reader, FeedLimit: 1,
		Clock: clock.NewManual(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)),
	})
	seed := int64(3)
	people := func(id string, given ...account.Account) []account.Account {
		t.Helper()
		d := sandbox.Document{Accounts: given, Generate: 5}
		d.Seed = &seed
		s, _, err := r.Put(t.Context(), id, d)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Accounts.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	alone := people("alone")
	if len(alone) != 5 || alone[0].ID != 1001 || alone[0].Payment != account.Paid {
		t.Fatalf("accounts %+v", alone)
	}
	// Somebody who is given has the phone number that the second would get.
	given := account.Fresh()
	given.Phone = alone[1].Phone
	beside := people("beside", given)
	if len(beside) != 6 {
		t.Fatalf("%d accounts, want 6", len(beside))
	}
	names := func(all []account.Account) string {
		var emails []string
		for _, a := range all {
			emails = append(emails, a.Email)
		}
		return strings.Join(emails, " ")
	}
	want := " " + names(slices.Delete(slices.Clone(alone), 1, 2))
	if got := names(beside); !strings.HasPrefix(got, want) {
		t.Errorf("people %q, want %q and one more", got, want)
	}
}
