package verifynow

import "stagedoor/mockserver/pipeline"

// System is the verifynow system for the pipeline.
func System() pipeline.System {
	return pipeline.System{
		Name:       "verifynow",
		Credential: customer,
		SandboxID:  tokenSandbox,
		Identify:   identify,
		Authorize:  authorize,
		Refuse:     refuse,
		Behaviours: map[string]pipeline.Handler{
			"generateToken": pipeline.BindEmpty(generateToken),
			"sendOtp":       pipeline.BindEmpty(sendOTP),
			"validateOtp":   pipeline.BindEmpty(validateOTP),
		},
	}
}
