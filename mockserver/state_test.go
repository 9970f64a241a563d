package mockserver_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// tape remembers the requests that pass on their way to a mock.
type tape struct {
	to       http.Handler
	requests []taped
}

type taped struct {
	method, uri, host string
	header            http.Header
	body              []byte
}

// ServeHTTP implements [http.Handler].
func (t *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	t.requests = append(t.requests, taped{r.Method, r.RequestURI, r.Host, r.Header.Clone(), body})
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.to.ServeHTTP(w, r)
}

// play sends a request and returns the reply, byte for byte.
func (t taped) play(to http.Handler) string {
	r := httptest.NewRequest(t.method, t.uri, bytes.NewReader(t.body))
	r.Header, r.Host = t.header.Clone(), t.host
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	var text strings.Builder
	_ = w.Result().Write(&text) // headers in order; a builder takes everything
	return text.String()
}

// controlled calls a control API.
func controlled(t *testing.T, m *mockserver.Server, method, path string, body []byte) []byte {
	t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Host = "127.0.0.1"
	w := httptest.NewRecorder()
	m.Control().ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// TestAnImportedStateAnswersLikeItsOriginal takes the way to every outcome in
// one mock, carries the sandbox as it then is into another process's worth of
// mock, and asks both everything again.
func TestAnImportedStateAnswersLikeItsOriginal(t *testing.T) {
	original := mocktest.Start(t, mockserver.Config{})
	tape := &tape{to: original.API()}
	recorder := httptest.NewServer(tape)
	t.Cleanup(recorder.Close)
	original.URL = recorder.URL
	fresh, err := mockserver.New(t.Context(), mockserver.Config{Contract: original.Contract()})
	if err != nil {
		t.Fatal(err)
	}
	freeze := []byte(`{"frozen":true}`)
	controlled(t, original.Server, "PATCH", "/sandboxes/default/clock", freeze)

	for _, r := range recipes(original.Contract()) {
		t.Run(cmp.Or(r.system, "subscriber")+"."+r.operation+"/"+r.outcome, func(t *testing.T) {
			tape.requests = nil
			u := newUniverse(t, original, r.settings)
			r.steps(u)
			controlled(t, original.Server, "PATCH", "/sandboxes/"+u.sandbox.ID+"/clock", freeze)

			carried := []string{u.sandbox.ID}
			if u.sandbox.Journal.Len() < len(tape.requests) {
				carried = append(carried, sandbox.DefaultID) // which answers what belongs to none
			}
			for _, id := range carried {
				state := controlled(t, original.Server, "GET", "/sandboxes/"+id+"/state", nil)
				controlled(t, fresh, "PUT", "/sandboxes/"+id+"/state", state)
				if again := controlled(t, fresh, "GET", "/sandboxes/"+id+"/state", nil); !bytes.Equal(again, state) {
					t.Errorf("the state of %s is another after its import:\n%s\n%s", id, state, again)
				}
			}
			if len(tape.requests) == 0 {
				t.Fatal("nothing was recorded")
			}
			for _, request := range slices.Clone(tape.requests) {
				want, got := request.play(original.API()), request.play(fresh.API())
				if got != want {
					t.Errorf("%s %s %s is answered with\n%s\nwhere the original says\n%s", request.method, request.uri, request.body, got, want)
				}
			}
		})
	}
}

// TestOneSeedDrawsOnAfterAnImport looks at what the replies above have in them.
func TestOneSeedDrawsOnAfterAnImport(t *testing.T) {
	seed := int64(7)
	original := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, original, sandbox.Settings{Seed: &seed})
	u.must("otpSent", "login", u.byPhone("9876500001"))
	state := controlled(t, original.Server, "GET", "/sandboxes/"+u.sandbox.ID+"/state", nil)
	var shown struct{ Counters map[string]int }
	if err := json.Unmarshal(state, &shown); err != nil || shown.Counters["draws"] == 0 || shown.Counters["requests"] == 0 {
		t.Fatalf("counters %v, %v", shown.Counters, err)
	}
	codes := func(mock *mocktest.Mock) (all []string) {
		s, err := mock.Sandboxes().Open(t.Context(), u.sandbox.ID)
		if err != nil {
			t.Fatal(err)
		}
		other := *u
		other.mock, other.sandbox = mock, s
		for range 5 {
			all = append(all, other.code(other.must("otpSent", "login", other.byPhone("9876500001")).otpToken()))
		}
		return all
	}
	copied := mocktest.Start(t, mockserver.Config{})
	controlled(t, copied.Server, "PUT", "/sandboxes/"+u.sandbox.ID+"/state", state)
	if want, got := codes(original), codes(copied); !slices.Equal(want, got) {
		t.Errorf("codes %v, want %v", got, want)
	}
}
