package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/sandbox"
)

func (a *API) listAccounts(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	accounts, err := s.Accounts.List(ctx)
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, map[string][]account.Account{"accounts": accounts})
}

func (a *API) createAccount(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	var written account.Account
	if err := decodeAccount(c.body, &written); err != nil {
		return reply{}, err
	}
	created, err := s.Accounts.Create(ctx, written)
	if err != nil {
		return reply{}, err
	}
	return made(fmt.Sprintf("/sandboxes/%s/accounts/%d", s.ID, created.ID), created)
}

func decodeAccount(data []byte, into *account.Account) error {
	err := json.Unmarshal(data, into)
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch):
		return refuse(http.StatusBadRequest, "%s: cannot be a %s", mismatch.Field, mismatch.Value)
	case err != nil:
		return refuse(http.StatusBadRequest, "body: %s", err.Error())
	}
	if err := into.Check(); err != nil {
		return refuse(http.StatusBadRequest, "account: %s", err.Error())
	}
	return nil
}

// account finds the one that the path names, or says that there is none.
func (a *API) account(ctx context.Context, c *call, then func(*sandbox.Sandbox, account.ID) error) error {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return err
	}
	name := c.path["account"]
	id, err := strconv.ParseInt(name, 10, 64)
	if err == nil {
		err = then(s, id)
	} else {
		err = account.ErrNotFound
	}
	if errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("account %q: %w", name, err)
	}
	return err
}

func (a *API) showAccount(ctx context.Context, c *call) (reply, error) {
	var found account.Account
	err := a.account(ctx, c, func(s *sandbox.Sandbox, id account.ID) (err error) {
		found, err = s.Accounts.Get(ctx, id)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, found)
}

// patchAccount merges a patch into an account in one atomic step.
func (a *API) patchAccount(ctx context.Context, c *call) (reply, error) {
	var changed account.Account
	err := a.account(ctx, c, func(s *sandbox.Sandbox, id account.ID) (err error) {
		changed, err = s.Accounts.Update(ctx, id, func(old *account.Account) error {
			current, err := json.Marshal(old)
			if err != nil {
				return err
			}
			merged, err := sandbox.MergePatch(current, c.body)
			if err != nil {
				return err
			}
			// Into an empty one: what the patch took away must not stay.
			var patched account.Account
			if err := decodeAccount(merged, &patched); err != nil {
				return err
			}
			*old = patched
			return nil
		})
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return shown(http.StatusOK, changed)
}

func (a *API) deleteAccount(ctx context.Context, c *call) (reply, error) {
	err := a.account(ctx, c, func(s *sandbox.Sandbox, id account.ID) error { return s.Accounts.Delete(ctx, id) })
	if err != nil {
		return reply{}, err
	}
	return gone(), nil
}
