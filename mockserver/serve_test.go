package mockserver_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stagedoor/mockserver"
	"stagedoor/mockserver/clock"
)

// serving is a server that can be stopped before the test ends.
func serving(t *testing.T, config mockserver.Config) (controlURL string, stop func() error) {
	t.Helper()
	server, err := mockserver.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var listeners [2]net.Listener
	for i := range listeners {
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listeners[0], listeners[1]) }()
	return "http://" + listeners[1].Addr().String(), func() error {
		cancel()
		return <-ended
	}
}

func TestStreamsOfEventsEndWithTheServer(t *testing.T) {
	before := goleak.IgnoreCurrent()
	url, stop := serving(t, mockserver.Config{})
	resp, err := http.Get(url + "/sandboxes/default/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	began := clock.Real{}.Now()
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if took := (clock.Real{}).Now().Sub(began); took > 4*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if text, err := io.ReadAll(resp.Body); err != nil || len(text) == 0 {
		t.Errorf("the stream broke off: %q, %v", text, err)
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestIdleSandboxesGoWhileTheServerRuns(t *testing.T) {
	url, stop := serving(t, mockserver.Config{SandboxTTL: 100 * time.Millisecond})
	resp, err := http.Post(url+"/sandboxes", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	listed := func() int {
		resp, err := http.Get(url + "/sandboxes")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var list struct{ Sandboxes []struct{ ID string } }
		if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		return len(list.Sandboxes)
	}
	for tries := 0; listed() != 1; tries++ {
		if tries > 1000 || clock.Sleep(t.Context(), 10*time.Millisecond) != nil {
			t.Fatal("a sandbox that nobody uses stays")
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
