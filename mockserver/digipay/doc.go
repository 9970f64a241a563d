// Package digipay is the behaviour of the digipay system: a code for a phone
// number, and a token for the code.
//
//	file           what it has
//	credential.go  CompanyID, which chooses the sandbox, and Authorization
//	send.go        sendOtp
//	verify.go      verifyOtp
//	magic.go       whose challenge a request is about
//	request.go     the bodies, and how they pick a challenge
//	refusal.go     domain errors to outcomes
//
// No request carries a challenge's token: the newest challenge of the same
// number, user type and OTP type is the one that counts (V10). Statuses and
// wording are the contract's.
package digipay
