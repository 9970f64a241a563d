// Package mocktest starts a mock for the length of a Go test.
//
//	mock := mocktest.Start(t, mockserver.Config{})
//	http.Post(mock.URL + "/api/v1/…", …)
package mocktest

import (
	"context"
	"net"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/sandbox"
)

// Mock is a running mock.
type Mock struct {
	*mockserver.Server
	// URL is the address of the mocked APIs, "http://127.0.0.1:PORT".
	URL string
	// ControlURL is the address of the control API.
	ControlURL string
	// Credentials are those of the default sandbox.
	Credentials sandbox.Credentials
}

// Start starts a mock on two free loopback ports and stops it when the test
// ends. A test fails that cannot start it, or whose mock does not stop cleanly.
func Start(t testing.TB, config mockserver.Config) *Mock {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	server, err := mockserver.New(ctx, config)
	if err != nil {
		stop()
		t.Fatalf("start the mock: %v", err)
	}
	api, control := listen(t), listen(t)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(ctx, api, control) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("stop the mock: %v", err)
		}
	})
	d, err := server.Sandboxes().Open(ctx, sandbox.DefaultID)
	if err != nil {
		t.Fatalf("open the default sandbox: %v", err)
	}
	return &Mock{Server: server, URL: "http://" + api.Addr().String(), ControlURL: "http://" + control.Addr().String(), Credentials: d.Credentials}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen on loopback: %v", err)
	}
	return l
}
