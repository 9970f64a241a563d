// Package account owns the people of a sandbox: who they are, what they have
// paid for, and which devices they are logged in on.
//
//	Account    one person; pure data with pure methods, changed in memory only
//	UserData   the object that tokens and profiles show of an account
//	Identity   an e-mail address, phone number, username or PIN that finds one
//	Accounts   the repository: identities are unique, changes are atomic
//
// Devices and sessions live inside the account's record, so that a device limit
// and the session it admits are decided in one atomic update:
//
//	accounts.UpdateBy(ctx, account.Email(address), func(a *account.Account) error {
//		if err := a.Register(device); err != nil {
//			return err // nothing has changed
//		}
//		a.StartSession(s, false)
//		return nil
//	})
//
// A device is registered until it is forgotten; a session is live until it ends
// or expires. The two are different lists: an expired login still takes a slot.
package account
