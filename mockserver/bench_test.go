package mockserver_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/sandbox"
)

// The two benchmarks take the same request, the login of the document with its
// 22 device fields, and their ratio is what counts: the mock does everything
// (request check, state, token, journal, reply check), the limit only decodes
// into a struct, looks at it by hand and writes a canned reply.

func BenchmarkLogin(b *testing.B) {
	server, err := mockserver.New(b.Context(), mockserver.Config{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := server.Sandboxes().Open(b.Context(), sandbox.DefaultID)
	if err != nil {
		b.Fatal(err)
	}
	o := server.Contract().System("subscriber").Operation("login")
	path := o.Route(map[string]string{"token": d.Credentials.Subscriber.AppToken, "device": "mobile", "platform": "ios"})
	request(b, server.API(), path)
}

func BenchmarkLimit(b *testing.B) {
	request(b, http.HandlerFunc(limit), "/api/v1/user/login/token/x/device/mobile/platform/ios")
}

func request(b *testing.B, h http.Handler, path string) {
	u := &universe{device: "0123456789abcdef0123456789abcdef"}
	data, err := json.Marshal(u.byEmail("ann@example.com"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(data))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("answered %d %s", w.Code, w.Body)
		}
	}
}

func limit(w http.ResponseWriter, r *http.Request) {
	var in struct {
		LoginType    string            `json:"login_type"`
		Email        string            `json:"email"`
		Password     string            `json:"password"`
		Otherdetails map[string]string `json:"otherdetails"`
	}
	data, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(data, &in) != nil || in.LoginType != "email" || in.Email == "" || in.Password == "" || in.Otherdetails["os"] == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"code":1,"msg":"Login successful","result":{"access_token":{"expiry":86400,"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"}}}`))
}
