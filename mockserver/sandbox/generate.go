package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"stagedoor/fixtures"
	"stagedoor/mockserver/account"
)

// maxGenerated bounds the made-up accounts of a sandbox.
const maxGenerated = 100_000

// beginning is what a sandbox begins with and a reset goes back to.
type beginning struct {
	Accounts []account.Account `json:"accounts,omitempty"`
	Generate int               `json:"generate,omitempty"`
}

// all yields the accounts that are given, then the made-up ones. One seed makes
// the same people every time; who would have an identity that is given is left
// out, and the next one comes instead.
func (b beginning) all(seed int64) iter.Seq[account.Account] {
	return func(yield func(account.Account) bool) {
		given := map[account.Identity]bool{}
		for _, a := range b.Accounts {
			for _, identity := range a.Identities() {
				given[identity] = true
			}
			if !yield(a) {
				return
			}
		}
		people := fixtures.NewPeople(seed)
		for made := 0; made < b.Generate; {
			a := madeUp(people.Next())
			if given[account.Email(a.Email)] || given[account.Phone(a.CountryCode, a.Phone)] {
				continue
			}
			if made++; !yield(a) {
				return
			}
		}
	}
}

func madeUp(p fixtures.Person) account.Account {
	a := account.Fresh()
	a.FirstName, a.LastName, a.Email, a.Password = p.FirstName, p.LastName, p.Email, p.Password
	a.CountryCode, a.Phone = account.DefaultCountryCode, p.Phone
	return a
}

// accountList reads the accounts of a document, {"generate": N} among them.
type accountList struct {
	accounts []account.Account
	generate int
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *accountList) UnmarshalJSON(data []byte) error {
	var entries []json.RawMessage
	if err := json.Unmarshal(data, &entries); err != nil {
		return &Problem{Field: "accounts", Detail: "must be an array"}
	}
	if entries == nil {
		return nil
	}
	l.accounts = []account.Account{}
	for i, entry := range entries {
		if err := l.add(entry); err != nil {
			return &Problem{Field: fmt.Sprintf("accounts[%d]", i), Detail: problemDetail(err)}
		}
	}
	return nil
}

func (l *accountList) add(entry []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(entry, &fields); err != nil || fields == nil {
		return errors.New("must be an object")
	}
	count, asked := fields["generate"]
	if !asked {
		var a account.Account
		if err := json.Unmarshal(entry, &a); err != nil {
			return err
		}
		l.accounts = append(l.accounts, a)
		return nil
	}
	var n int
	if err := json.Unmarshal(count, &n); err != nil || n < 1 || len(fields) > 1 {
		return fmt.Errorf(`want {"generate": N} and nothing else, with N from 1 to %d`, maxGenerated)
	}
	if l.generate += n; l.generate > maxGenerated {
		return fmt.Errorf("a sandbox takes at most %d made-up accounts", maxGenerated)
	}
	return nil
}

// problemDetail is the text of an error of encoding/json without Go's names.
func problemDetail(err error) string { return jsonProblem(err).Error() }
