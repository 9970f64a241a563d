// Package otp is the life of one-time codes, the same for every system.
//
//	Issue    a new challenge: a token, a code, a purpose, a recipient, an expiry
//	Resend   a new token and code for a challenge that was not completed
//	Verify   spends a code, or says why not
//	Grant    a challenge without a code: the right to one later step
//	Redeem   spends a grant
//	Pending  the live challenge of a recipient; Latest, whatever its state
//
// A challenge is live until it is used, superseded by a newer one, or locked by
// wrong codes; and it expires, which is no state but a comparison of its expiry
// with the time of the call.
//
//	live ──right code──▶ used
//	     ──newer one───▶ superseded
//	     ──too many wrong codes──▶ locked
//
// Every change is one atomic update of the challenge's record, and a code is
// spent in the very update that accepts it: of any number of racing calls one
// succeeds. Callers grant what the code was for only after that.
//
// The package sends nothing and knows neither accounts nor clocks: the time and
// the random source come with each call, so that one seed gives the same codes.
package otp
