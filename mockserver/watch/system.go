package watch

import (
	"stagedoor/mockserver/pipeline"
)

// System is the watch system for the pipeline.
func System() pipeline.System {
	return pipeline.System{
		Name:       "watch",
		Credential: apiKey,
		Identify:   identify,
		Challenge:  challenged,
		Refuse:     refuse,
		Behaviours: map[string]pipeline.Handler{
			"login":             pipeline.Bind(login),
			"logout":            pipeline.Bind(logout),
			"refreshToken":      pipeline.Bind(refreshToken),
			"forgotPassword":    pipeline.Bind(forgotPassword),
			"resetPassword":     pipeline.Bind(resetPassword),
			"signup":            pipeline.Bind(signup),
			"createQrLoginCode": pipeline.Bind(createQRLoginCode),
			"qrLogin":           pipeline.Bind(qrLogin),
			"getQrLoginToken":   pipeline.Bind(qrLoginToken),
		},
	}
}
