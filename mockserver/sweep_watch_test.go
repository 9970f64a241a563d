package mockserver_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// viewer is a client of the watch API in a universe.
type viewer struct {
	*universe
	apiKey string
}

func (u *universe) viewer() *viewer { return &viewer{u, u.sandbox.Credentials.Watch.APIKey} }

// call makes one call of an operation with a JSON body.
func (v *viewer) call(operation string, b body) reply {
	v.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		v.Fatal(err)
	}
	return v.send(operation, data)
}

func (v *viewer) send(operation string, data []byte) reply {
	v.Helper()
	o := v.mock.Contract().System("watch").Operation(operation)
	req, err := http.NewRequest(o.Method, v.mock.URL+o.Path, bytes.NewReader(data))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if v.apiKey != "" {
		req.Header.Set("Authorization", "Bearer "+v.apiKey)
	}
	return do(v.T, req)
}

// must makes a call that only prepares what is tested.
func (v *viewer) must(outcome, operation string, b body) reply {
	v.Helper()
	r := v.call(operation, b)
	if r.outcome != outcome {
		v.Fatalf("%s answered %s (%s), want %s", operation, r.outcome, r.header.Get("Stagedoor-Reason"), outcome)
	}
	return r
}

// login opens a session of the account that has a user name and nothing more.
func (v *viewer) login() tokens { return tokensOf(v.must("loggedIn", "login", byPassword("pia"))) }

// tokens are the pair of a session.
type tokens struct{ access, refresh string }

func tokensOf(r reply) tokens {
	access, _ := r.body["token"].(string)
	refresh, _ := r.body["refresh_token"].(string)
	return tokens{access, refresh}
}

func byPassword(username string) body {
	return body{"type": "password", "credentials": body{"username": username, "password": password}}
}

func byPIN(pin string) body {
	return body{"type": "pin", "credentials": body{"pin": pin}}
}

// resetCode asks for a reset link and returns the code in it.
func (v *viewer) resetCode(email string) string {
	v.Helper()
	v.must("resetMailed", "forgotPassword", body{"email": email})
	messages := v.sandbox.Inbox.List(inbox.Filter{To: email, Purpose: "password_reset"})
	if len(messages) == 0 {
		v.Fatalf("no mail to %s", email)
	}
	return messages[len(messages)-1].Code
}

const television = "tv-0001"

// loginCode is the code of a new QR login for the television.
func (v *viewer) loginCode() string {
	v.Helper()
	code, _ := v.must("qrCodeIssued", "createQrLoginCode", body{"device": "AppleTV", "udid": television}).body["login_code"].(string)
	return code
}

func (v *viewer) poll(code string) reply {
	v.Helper()
	return v.call("getQrLoginToken", body{"login_code": code, "udid": television})
}

// watchBodies keep the contract and prepare nothing.
var watchBodies = map[string]body{
	"login":             byPIN("wrong"),
	"logout":            {"token": "garbled"},
	"refreshToken":      {"refresh_token": "garbled"},
	"forgotPassword":    {"email": "nobody@example.com"},
	"resetPassword":     {"reset_code": "unknown", "new_password": "abrakadabra"},
	"signup":            {"username": "new", "email": "new@example.com", "password": "abrakadabra"},
	"createQrLoginCode": {"device": "Roku", "udid": television},
	"qrLogin":           byPIN("wrong").with(body{"login_code": "unknown"}),
	"getQrLoginToken":   {"login_code": "unknown", "udid": television},
}

// watching are the recipes of the watch system.
func watching(contract *spec.Contract) []recipe {
	var all []recipe
	add := func(operation, outcome string, steps func(*viewer) reply) {
		all = append(all, recipe{system: "watch", operation: operation, outcome: outcome, steps: func(u *universe) reply { return steps(u.viewer()) }})
	}
	for _, o := range contract.System("watch").Operations {
		add(o.ID, "authorizationMissing", func(v *viewer) reply {
			v.apiKey = ""
			return v.call(o.ID, watchBodies[o.ID])
		})
		add(o.ID, "apiKeyInvalid", func(v *viewer) reply {
			v.apiKey = v.sandbox.Credentials.Watch.RevokedAPIKey
			return v.call(o.ID, watchBodies[o.ID])
		})
		add(o.ID, "invalidBody", func(v *viewer) reply { return v.send(o.ID, []byte(`{"broken`)) })
		all = append(all, recipe{
			system: "watch", operation: o.ID, outcome: "rateLimited",
			settings: sandbox.Settings{Quota: sandbox.QuotaSettings{PerDay: 1}},
			steps: func(u *universe) reply {
				u.viewer().login()
				return u.viewer().call(o.ID, watchBodies[o.ID])
			},
		})
	}
	watchSessions(add)
	watchCodes(add)
	return all
}

// watchSessions are the outcomes of signing up, in and out.
func watchSessions(add func(operation, outcome string, steps func(*viewer) reply)) {
	add("signup", "signedUp", func(v *viewer) reply { return v.call("signup", watchBodies["signup"]) })
	add("login", "loggedIn", func(v *viewer) reply { return v.call("login", byPIN("K7Q2X9")) })
	add("login", "invalidCredentials", func(v *viewer) reply { return v.call("login", byPIN("wrong")) })
	add("login", "permissionDenied", func(v *viewer) reply { return v.call("login", byPassword("sam")) })
	add("logout", "loggedOut", func(v *viewer) reply { return v.call("logout", body{"token": v.login().access}) })
	add("logout", "invalidCredentials", func(v *viewer) reply {
		access := v.login().access
		v.must("loggedOut", "logout", body{"token": access})
		return v.call("logout", body{"token": access})
	})
	add("refreshToken", "refreshed", func(v *viewer) reply {
		return v.call("refreshToken", body{"refresh_token": v.login().refresh})
	})
	add("refreshToken", "refreshTokenInvalid", func(v *viewer) reply {
		pair := v.login()
		v.advance(24 * time.Hour)
		return v.call("refreshToken", body{"refresh_token": pair.refresh})
	})
}

// watchCodes are the outcomes of reset codes and login codes.
func watchCodes(add func(operation, outcome string, steps func(*viewer) reply)) {
	add("forgotPassword", "resetMailed", func(v *viewer) reply { return v.call("forgotPassword", body{"email": "pia@example.com"}) })
	add("resetPassword", "passwordReset", func(v *viewer) reply {
		return v.call("resetPassword", body{"reset_code": v.resetCode("pia@example.com"), "new_password": "abrakadabra"})
	})
	add("createQrLoginCode", "qrCodeIssued", func(v *viewer) reply { return v.call("createQrLoginCode", watchBodies["createQrLoginCode"]) })
	add("createQrLoginCode", "deviceNotFound", func(v *viewer) reply {
		return v.call("createQrLoginCode", body{"device": "Toaster", "udid": television})
	})
	for outcome, credentials := range map[string]body{
		"qrLoggedIn": byPIN("K7Q2X9"), "invalidCredentials": byPIN("wrong"), "permissionDenied": byPIN("N5W1D6"),
	} {
		add("qrLogin", outcome, func(v *viewer) reply {
			return v.call("qrLogin", credentials.with(body{"login_code": v.loginCode()}))
		})
	}
	add("getQrLoginToken", "qrPending", func(v *viewer) reply { return v.poll(v.loginCode()) })
	add("getQrLoginToken", "deviceNotFound", func(v *viewer) reply {
		return v.call("getQrLoginToken", body{"login_code": v.loginCode(), "udid": "another"})
	})
	add("getQrLoginToken", "qrTokenIssued", func(v *viewer) reply {
		code := v.loginCode()
		v.must("qrLoggedIn", "qrLogin", byPassword("pia").with(body{"login_code": code}))
		return v.poll(code)
	})
}
