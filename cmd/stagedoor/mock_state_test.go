package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"stagedoor/mockserver"
	"stagedoor/spec"
)

// TestAnExportedStateCanBeStartedFrom asks a mock for its state, starts another
// from it and asks that one for the same.
func TestAnExportedStateCanBeStartedFrom(t *testing.T) {
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	first, err := mockserver.New(t.Context(), mockserver.Config{Contract: contract})
	if err != nil {
		t.Fatal(err)
	}
	call := func(server *mockserver.Server, method, path, body string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("CompanyID", "de300000000000000000000000000001")
		r.Header.Set("Authorization", "Token demo-token")
		r.Host = "127.0.0.1"
		handler := server.API()
		if method == "PATCH" {
			handler = server.Control()
		}
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, r); w.Code != 200 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	send := contract.System("digipay").Operation("sendOtp").Route(nil)
	call(first, "POST", send, `{"dial_code":"+91","phone_number":"987-651-2345","user_type":2,"otp_type":1}`)
	call(first, "PATCH", "/sandboxes/default/clock", `{"frozen":true}`)
	state := stateOf(t, first)

	file := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(file, []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &mockFlags{}
	set := pflag.NewFlagSet("mock", pflag.ContinueOnError)
	f.register(set)
	if err := set.Parse([]string{"--state", file}); err != nil {
		t.Fatal(err)
	}
	config, err := f.config(contract)
	if err != nil {
		t.Fatal(err)
	}
	second, err := mockserver.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if got := stateOf(t, second); got != state {
		t.Errorf("the mock that was started from it has the state\n%s\nwant\n%s", got, state)
	}
}

func stateOf(t *testing.T, server *mockserver.Server) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/sandboxes/default/state", nil)
	r.Host = "127.0.0.1"
	w := httptest.NewRecorder()
	if server.Control().ServeHTTP(w, r); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}
