package control

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// recorded is what a stub of the control API was asked.
type recorded struct{ method, url, authorization, body string }

func stub(t *testing.T, status int, reply string) (*Client, *recorded) {
	t.Helper()
	asked := &recorded{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*asked = recorded{r.Method, r.URL.String(), r.Header.Get("Authorization"), string(body)}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(reply))
	}))
	t.Cleanup(server.Close)
	return New(server.URL+"/", "control-secret", server.Client()), asked
}

func TestASandboxIsMadeWithItsCredentials(t *testing.T) {
	c, asked := stub(t, http.StatusCreated, `{"id":"s-1","credentials":{"subscriber":{"appToken":"app","expiredAppToken":"old"}}}`)
	s, err := c.Create(t.Context(), NewSandbox{Name: "n", Seed: 7, Readings: map[string]any{"S2": "result"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "s-1" || s.Credentials.Subscriber.AppToken != "app" || s.Credentials.Subscriber.ExpiredAppToken != "old" {
		t.Errorf("the sandbox is %+v", s)
	}
	if want := (recorded{"POST", "/sandboxes", "Bearer control-secret", `{"name":"n","seed":7,"readings":{"S2":"result"}}`}); *asked != want {
		t.Errorf("asked %+v", *asked)
	}
}

func TestTheInboxIsAskedForWhatIsNewer(t *testing.T) {
	c, asked := stub(t, http.StatusOK, `{"messages":[{"id":"3","to":"919812345678","code":"4821"}]}`)
	s := &Sandbox{ID: "s-1", client: c}
	messages, err := s.Messages(t.Context(), "919812345678", "2", 2*time.Second)
	if err != nil || len(messages) != 1 || messages[0].Code != "4821" {
		t.Errorf("read %+v (%v)", messages, err)
	}
	if asked.url != "/sandboxes/s-1/messages?after=2&to=919812345678&wait=2s" {
		t.Errorf("asked %s", asked.url)
	}
}

func TestARefusalCarriesWhatTheProblemSays(t *testing.T) {
	c, _ := stub(t, http.StatusConflict, `{"title":"Conflict","detail":"in use"}`)
	err := (&Sandbox{ID: "s-1", client: c}).Delete(t.Context())
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status != http.StatusConflict || refused.Detail != "in use" {
		t.Errorf("the refusal is %v", err)
	}
}

func TestTheClockIsMovedInTheFormOfTheContract(t *testing.T) {
	c, asked := stub(t, http.StatusOK, `{}`)
	if err := (&Sandbox{ID: "s-1", client: c}).Advance(t.Context(), 299*time.Second); err != nil {
		t.Fatal(err)
	}
	if want := (recorded{"PATCH", "/sandboxes/s-1/clock", "Bearer control-secret", `{"advance":"4m59s"}`}); *asked != want {
		t.Errorf("asked %+v", *asked)
	}
}
