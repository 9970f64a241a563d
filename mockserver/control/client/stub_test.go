package client_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/inbox"
)

// answer is a reply of a server that is no mock.
type answer struct {
	status            int
	mediaType, body   string
	location, problem string
}

// stub answers in order, the last one again and again, and notes the waits that
// it was asked for.
func stub(t *testing.T, answers ...answer) (c *client.Client, waits *[]string) {
	t.Helper()
	waits = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*waits = append(*waits, r.URL.Query().Get("wait"))
		a := answers[min(len(*waits), len(answers))-1]
		if a.problem != "" {
			a.mediaType, a.body = "application/problem+json", `{"title": "t", "detail": `+a.problem+`}`
		}
		if a.location != "" {
			w.Header().Set("Location", a.location)
		}
		w.Header().Set("Content-Type", a.mediaType)
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body))
	}))
	t.Cleanup(server.Close)
	return over(t, server.URL, "secret"), waits
}

func TestALongWaitIsSeveralCalls(t *testing.T) {
	none := answer{status: http.StatusOK, mediaType: "application/json", body: `{"messages": []}`}
	c, waits := stub(t, none)
	messages, err := c.Messages(t.Context(), "default", inbox.Filter{}, 150*time.Second)
	if want := []string{"1m0s", "1m0s", "30s"}; err != nil || len(messages) != 0 || !slices.Equal(*waits, want) {
		t.Errorf("waited %q (%v), want %q", *waits, err, want)
	}

	noCode := answer{status: http.StatusNotFound, problem: `"code: none has come"`}
	c, waits = stub(t, noCode, noCode, answer{status: http.StatusOK, mediaType: "text/plain; charset=utf-8", body: "4821"})
	code, err := c.Code(t.Context(), "default", inbox.Filter{}, time.Hour)
	if want := []string{"1m0s", "1m0s", "1m0s"}; err != nil || code != "4821" || !slices.Equal(*waits, want) {
		t.Errorf("got %q after %q (%v), want %q", code, *waits, err, want)
	}

	c, waits = stub(t, noCode)
	if _, err := c.Code(t.Context(), "default", inbox.Filter{}, 61*time.Second); status(err) != http.StatusNotFound || len(*waits) != 2 {
		t.Errorf("ended after %q with %v", *waits, err)
	}

	c, waits = stub(t, answer{status: http.StatusNotFound, problem: `"sandbox \"x\": there is none"`})
	if _, err := c.Code(t.Context(), "x", inbox.Filter{}, time.Hour); status(err) != http.StatusNotFound || len(*waits) != 1 {
		t.Errorf("for want of a sandbox: ended after %q with %v", *waits, err)
	}
}

func TestAServerThatIsNoMockIsToldApart(t *testing.T) {
	const page = "<html>"
	for name, c := range map[string]struct {
		answer answer
		status int
		says   string
	}{
		"a page":              {answer{status: 200, mediaType: "text/html", body: page}, 0, `"text/html" and not application/json; is this the control API`},
		"a failure":           {answer{status: 502, mediaType: "text/html", body: page}, 502, "answers 502 Bad Gateway without saying why; is this the control API"},
		"a redirect":          {answer{status: 302, location: "http://127.0.0.1:1/"}, 302, "answers 302 Found without saying why"},
		"an empty problem":    {answer{status: 400, mediaType: "application/problem+json", body: "{}"}, 400, "without saying why"},
		"broken JSON":         {answer{status: 200, mediaType: "application/json", body: `{"sandboxes": [`}, 0, "read the reply"},
		"no type":             {answer{status: 200, mediaType: ";", body: "{}"}, 0, `"" and not application/json`},
		"a problem of itself": {answer{status: 409, problem: `"id: taken"`}, 409, "id: taken"},
	} {
		api, _ := stub(t, c.answer)
		_, err := api.Sandboxes(t.Context())
		if err == nil || status(err) != c.status || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a problem %d and %q", name, err, c.status, c.says)
		}
	}
	api, _ := stub(t, answer{status: 200, mediaType: "text/html", body: page})
	if code, err := api.Code(t.Context(), "default", inbox.Filter{}, 0); err == nil {
		t.Errorf("a page is the code %q", code)
	}
}

func TestAProblemNamesItsField(t *testing.T) {
	for detail, field := range map[string]string{
		"otp.mode: must be one of random, fixed": "otp.mode",
		"accounts[0].email: must be an address":  "accounts[0].email",
		`sandbox "x": there is none`:             "",
		"the store does not answer":              "",
		`path "/x: y": there is none`:            "",
	} {
		if got := (&client.Problem{Detail: detail}).Field(); got != field {
			t.Errorf("%q is about %q, want %q", detail, got, field)
		}
	}
}

func TestACallWithoutAnAnswerNamesTheAddress(t *testing.T) {
	// A port that was free a moment ago, and that nothing else is given so soon.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	l.Close()
	_, err = over(t, base, "").Clock(t.Context(), "default")
	away, ok := errors.AsType[*client.Unreachable](err)
	if !ok || away.Base != base || !strings.HasPrefix(err.Error(), "no answer from "+base+": ") || strings.Count(err.Error(), "http://") != 1 {
		t.Errorf("the error is %v", err)
	}
	if _, err := over(t, "no address", "").Clock(t.Context(), "default"); err == nil {
		t.Error("an address that is none gives no error")
	}
}
