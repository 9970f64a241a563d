package spec_test

import (
	"testing"

	"stagedoor/spec"
)

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := spec.Load(); err != nil {
			b.Fatal(err)
		}
	}
}

// The way that almost every request takes.
func BenchmarkCheckLoginBody(b *testing.B) {
	login := operation(b, "subscriber.login")
	request := spec.Request{Header: jsonHeader(), Body: with(b, "subscriber.login", nil)}
	b.ReportAllocs()
	for b.Loop() {
		if found := login.CheckInput(request); len(found) > 0 {
			b.Fatal(found)
		}
	}
}

// The way that a request takes which the compiled schema does not accept.
func BenchmarkCheckLoginBodySlow(b *testing.B) {
	schema := contract(b).System("subscriber").Doc.Components.Schemas["LoginRequest"].Value
	body := with(b, "subscriber.login", nil)
	b.ReportAllocs()
	for b.Loop() {
		value, err := spec.DecodeJSON(body)
		if err != nil {
			b.Fatal(err)
		}
		if found := spec.CheckBody(schema, value); len(found) > 0 {
			b.Fatal(found)
		}
	}
}

func BenchmarkRenderLoggedIn(b *testing.B) {
	loggedIn := outcome(b, "subscriber.login", "loggedIn")
	reply := spec.Reply{Outcome: "loggedIn", Fields: spec.Fields{
		"/result/access_token/token": "eyJhbGciOiJIUzI1NiJ9.e30.c2FtcGxlLXNpZ25hdHVyZQ", "/result/access_token/expiry": 86400,
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := loggedIn.Render(reply); err != nil {
			b.Fatal(err)
		}
	}
}
