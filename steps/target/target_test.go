package target

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"stagedoor/spec"
)

var loaded = sync.OnceValues(spec.Load)

// against calls login on a server that answers with h.
func against(t *testing.T, h http.HandlerFunc) (*Exchange, error) {
	t.Helper()
	contract, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := NewClient(1)
	t.Cleanup(client.CloseIdleConnections)
	system := contract.System("subscriber")
	target := &Target{System: system, BaseURL: server.URL + "/", Client: client}
	return target.Call(t.Context(), Request{
		Operation: system.Operation("login"), ID: "sd-1",
		Path:   map[string]string{"token": "app/token", "device": "tv", "platform": "tizen"},
		Header: http.Header{"AccessToken": {"secret-session"}},
		Body:   []byte(`{"password": "it's-a-secret"}`), Secrets: []string{"it's-a-secret"},
	})
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

const wrongPassword = `{"code":0,"msg":"no"}`

func TestEachCheckFindsItsDeviation(t *testing.T) {
	const asJSON = "application/json; charset=utf-8"
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   []Check
	}{
		{"sound", answer(401, asJSON, wrongPassword), nil},
		{"content type", answer(401, "text/html", wrongPassword), []Check{ContentType}},
		{"not JSON", answer(401, asJSON, "<p>"), []Check{JSON}},
		{"neither", answer(401, "text/html", "<p>"), []Check{ContentType, JSON}},
		{"empty", answer(401, asJSON, ""), []Check{JSON}},
		{"trailing", answer(401, asJSON, wrongPassword+"{}"), []Check{JSON}},
		{"status", answer(418, asJSON, wrongPassword), []Check{Legal}},
		{"code as text", answer(401, asJSON, `{"code":"0","msg":"no"}`), []Check{Legal}},
		{"no msg", answer(401, asJSON, `{"code":0}`), []Check{Legal}},
		{"empty msg", answer(401, asJSON, `{"code":0,"msg":""}`), []Check{Schema}},
		{"password", answer(401, asJSON, `{"code":0,"msg":"it's-a-secret is wrong"}`), []Check{Secret}},
		{"huge", answer(401, asJSON, wrongPassword+strings.Repeat(" ", MaxBody)), []Check{Complete}},
		{"cut short", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			answer(401, asJSON, wrongPassword)(w, r)
		}, []Check{Complete}},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", asJSON)
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, []Check{JSON}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := against(t, c.answer)
			if err != nil {
				t.Fatal(err)
			}
			var got []Check
			for _, f := range x.Findings {
				got = append(got, f.Check)
			}
			if len(got) != len(c.want) {
				t.Fatalf("found %v, not %v", x.Findings, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("found %v, not %v", x.Findings, c.want)
				}
			}
		})
	}
}

func TestAServerThatHangsUpIsOutOfReach(t *testing.T) {
	_, err := against(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	var unreachable *Unreachable
	if !errors.As(err, &unreachable) {
		t.Errorf("the call ended with %v", err)
	}
}

func TestAnExchangeIsShownWithoutSecrets(t *testing.T) {
	x, err := against(t, answer(401, "application/json", `{"code":0,"msg":"it's-a-secret is wrong"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"dump": x.Dump(), "curl": x.Curl()} {
		for _, secret := range []string{"it's", "secret-session", "app/token", "app%2Ftoken"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s shows %q:\n%s", name, secret, text)
			}
		}
		if !strings.Contains(text, redacted) || !strings.Contains(text, "sd-1") {
			t.Errorf("the %s lacks the call:\n%s", name, text)
		}
	}
}

func TestACodeIsFoundWhereverItIsGivenAwayAndNowhereElse(t *testing.T) {
	for body, want := range map[string]bool{
		`{"code":11,"msg":"sent 4821"}`:                            true,
		`{"code":11,"msg":"sent","otp":4821}`:                      true,
		`{"code":11,"msg":"sent","debug":{"list":["4821"]}}`:       true,
		`{"code":11,"msg":"sent","otpExpiry":4821}`:                false,
		`{"code":11,"msg":"sent","otpVerificationToken":"a4821f"}`: false,
		`{"code":11,"msg":"sent to 9199482100"}`:                   false,
	} {
		value, err := spec.DecodeJSON([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Exchange{Value: value}).HoldsCode("4821"); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
}

func TestALongBodyIsShownInPart(t *testing.T) {
	x, err := against(t, answer(401, "application/json", string(bytes.Repeat([]byte("x"), 3*maxShown))))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(x.Dump()); n > 2*maxShown {
		t.Errorf("%d bytes are shown", n)
	}
}
