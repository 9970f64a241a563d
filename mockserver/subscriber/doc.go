// Package subscriber is the behaviour of the subscriber system: signing up,
// logging in, devices, passwords, profile and deletion.
//
//	file            operations
//	login.go        login verifyLoginOtp resendLoginOtp
//	signup.go       signup verifySignupOtp resendSignupOtp lookup
//	logout.go       logout
//	profile.go      updateProfile getUserDetails
//	email.go        requestEmailUpdate verifyEmailUpdate
//	phone.go        requestPhoneUpdate verifyPhoneUpdate
//	password.go     forgotPassword resetPassword changePassword
//	feedback.go     submitFeedback verifyFeedbackEmail
//	deletion.go     requestAccountDeletion confirmAccountDeletion
//	credential.go   app token, access token, authToken; issueAuthToken
//
// What they share: request.go has the bodies, challenge.go sends and checks
// codes, device.go opens and renews sessions, refusal.go maps domain errors to
// outcomes. Statuses, codes, wording and lifetimes are the contract's.
package subscriber
