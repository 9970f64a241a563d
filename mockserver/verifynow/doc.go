// Package verifynow is the behaviour of the verifynow system: a token for a
// customer, a code for a phone number, and the validation of the code.
//
//	file           what it has
//	credential.go  customerId and authToken, which choose the sandbox
//	token.go       generateToken
//	send.go        sendOtp
//	limit.go       how many codes a number gets a day
//	validate.go    validateOtp
//	refusal.go     domain errors to outcomes
//
// Requests have no body that anybody reads: all is in the query and one header
// (G2). Statuses, codes, wording and the lifetime of codes are the contract's.
package verifynow
