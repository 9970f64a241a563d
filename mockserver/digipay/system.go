package digipay

import "stagedoor/mockserver/pipeline"

// System is the digipay system for the pipeline.
func System() pipeline.System {
	return pipeline.System{
		Name:       "digipay",
		Credential: company,
		Identify:   identify,
		Authorize:  authorize,
		Challenge:  challenged,
		Refuse:     refuse,
		Behaviours: map[string]pipeline.Handler{
			"sendOtp":   pipeline.Bind(sendOTP),
			"verifyOtp": pipeline.Bind(verifyOTP),
		},
	}
}
