package subscriber

import (
	"stagedoor/mockserver/pipeline"
)

// System is the subscriber system for the pipeline.
func System() pipeline.System {
	return pipeline.System{
		Name:       "subscriber",
		Credential: appToken,
		Identify:   identify,
		Authorize:  authorize,
		Challenge:  challenged,
		Refuse:     refuse,
		Behaviours: map[string]pipeline.Handler{
			"login":                  pipeline.Bind(login),
			"verifyLoginOtp":         pipeline.Bind(verifyLoginOTP),
			"signup":                 pipeline.Bind(signup),
			"verifySignupOtp":        pipeline.Bind(verifySignupOTP),
			"resendLoginOtp":         pipeline.Bind(resendLoginOTP),
			"resendSignupOtp":        pipeline.Bind(resendSignupOTP),
			"lookup":                 pipeline.Bind(lookup),
			"logout":                 pipeline.Bind(logout),
			"updateProfile":          pipeline.Bind(updateProfile),
			"forgotPassword":         pipeline.Bind(forgotPassword),
			"resetPassword":          pipeline.Bind(resetPassword),
			"changePassword":         pipeline.Bind(changePassword),
			"submitFeedback":         pipeline.Bind(submitFeedback),
			"verifyFeedbackEmail":    pipeline.Bind(verifyFeedbackEmail),
			"requestEmailUpdate":     pipeline.Bind(requestEmailUpdate),
			"verifyEmailUpdate":      pipeline.Bind(verifyEmailUpdate),
			"requestPhoneUpdate":     pipeline.Bind(requestPhoneUpdate),
			"verifyPhoneUpdate":      pipeline.Bind(verifyPhoneUpdate),
			"requestAccountDeletion": pipeline.BindEmpty(requestAccountDeletion),
			"confirmAccountDeletion": pipeline.Bind(confirmAccountDeletion),
			"issueAuthToken":         pipeline.BindEmpty(issueAuthToken),
			"getUserDetails":         pipeline.BindEmpty(userDetails),
		},
	}
}
