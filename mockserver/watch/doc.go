// Package watch is the behaviour of the watch system: signing in to a viewing
// application, by PIN, by user name and password, or by a QR code that a phone
// scans.
//
//	file            operations
//	login.go        login logout refreshToken
//	password.go     forgotPassword resetPassword
//	signup.go       signup
//	qr.go           createQrLoginCode qrLogin getQrLoginToken
//
// What they share: request.go has the bodies, credential.go judges the API key,
// session.go makes and reads the two tokens of a session, magic.go says whose they
// are, refusal.go maps domain errors to outcomes. Statuses, codes and wording are
// the contract's.
//
// A session stands in its account's record, beside those of other systems. Both
// of its tokens name it, so that what ends the session ends them: a logout, a
// password reset, the deletion of the account.
package watch
