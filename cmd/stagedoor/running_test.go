package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"
)

type mockKey struct{}

// runningMock is the mock of a script.
type runningMock struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when its log is at its end
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	m := ts.Value(mockKey{}).(*runningMock)
	if neg || m.cmd != nil {
		ts.Fatalf("usage: serve [FLAG ...], once until end")
	}
	args = append([]string{"mock", "--addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"}, args...)
	m.cmd = exec.Command("stagedoor", args...)
	m.cmd.Dir = ts.MkAbs(".")
	m.cmd.Env = environment(ts)
	out, err := os.Create(ts.MkAbs("mock.out"))
	ts.Check(err)
	defer out.Close()
	m.cmd.Stdout = out
	stderr, err := m.cmd.StderrPipe()
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("mock.log"))
	ts.Check(err)
	ts.Check(m.cmd.Start())
	ts.Defer(func() {
		if m.cmd != nil {
			_ = m.cmd.Process.Kill()
			_ = m.cmd.Wait()
		}
	})
	ready := make(chan struct{})
	m.ended = make(chan struct{})
	go func() {
		defer close(m.ended)
		defer log.Close()
		_, _ = io.Copy(&watcher{to: log, word: "listening", seen: ready}, stderr)
	}()
	select {
	case <-ready:
	case <-m.ended:
		ts.Fatalf("the mock did not start: %s", ts.ReadFile("mock.log"))
	}
	for name, label := range map[string]string{"API": "APIs", "CONTROL": "control API"} {
		_, rest, _ := strings.Cut(ts.ReadFile("mock.out"), "  "+label+" ")
		address, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		ts.Setenv(name, address)
	}
}

// environment is what the script has of the variables that a mock reads.
func environment(ts *testscript.TestScript) []string {
	names := []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR"}
	mockCommand().Flags().VisitAll(func(f *pflag.Flag) { names = append(names, variable(f.Name)) })
	var env []string
	for _, name := range names {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// watcher passes bytes on and tells when a word has come by.
type watcher struct {
	to   io.Writer
	word string
	seen chan struct{}
	text bytes.Buffer
	done bool
}

func (w *watcher) Write(p []byte) (int, error) {
	// What is waited for is where it belongs before anybody hears of it.
	n, err := w.to.Write(p)
	if w.text.Write(p); !w.done && strings.Contains(w.text.String(), w.word) {
		w.done = true
		close(w.seen)
	}
	return n, err
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	m := ts.Value(mockKey{}).(*runningMock)
	if neg || len(args) != 1 || m.cmd == nil {
		ts.Fatalf("usage: end INT|TERM, after serve")
	}
	signal := os.Signal(os.Interrupt)
	if args[0] == "TERM" {
		signal = syscall.SIGTERM
	}
	ts.Check(m.cmd.Process.Signal(signal))
	<-m.ended
	err := m.cmd.Wait()
	m.cmd = nil
	if err != nil {
		ts.Fatalf("the mock ended with %v: %s", err, ts.ReadFile("mock.log"))
	}
}

func writeCertificate(dir string) error {
	c, err := selfSigned()
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{
		"own.pem": {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, "own.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
