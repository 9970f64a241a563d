package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"stagedoor/mockserver"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// reaction keeps what is written and acts once, when a text shows up in it.
type reaction struct {
	text strings.Builder
	to   string
	act  func()
}

func (r *reaction) Write(p []byte) (int, error) {
	n, err := r.text.Write(p)
	if r.act != nil && strings.Contains(r.text.String(), r.to) {
		act := r.act
		r.act = nil
		act()
	}
	return n, err
}

func TestFollowingGoesOnWithWhatComes(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	box, err := mock.Sandboxes().Open(t.Context(), sandbox.DefaultID)
	if err != nil {
		t.Fatal(err)
	}
	deliver := func(to string) {
		box.Inbox.Deliver(inbox.Message{System: "watch", Channel: inbox.Email, To: to, Purpose: "password_reset", Text: "t"})
	}
	deliver("first@example.com")
	for _, format := range []string{"--json=false", "--json"} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &reaction{to: "first@example.com"}
		out.act = func() {
			deliver("second@example.com")
			out.to, out.act = "second@example.com", cancel
		}
		code := run(ctx, []string{"inbox", "--follow", format, "--control", mock.ControlURL}, out, t.Output())
		cancel()
		if lines := strings.Count(out.text.String(), "first@example.com"); code != exitOK || lines != 1 {
			t.Errorf("%s: exit code %d, and the first message %d times:\n%s", format, code, lines, out.text.String())
		}
	}
}

// interruptible is a control API that never answers: it ends whoever asks.
func interruptible(t *testing.T) (ctx context.Context, base string) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return ctx, server.URL
}

func TestAnInterruptedVerbEndsAsShellsSay(t *testing.T) {
	for _, verb := range []string{"inbox --wait 1m", "code --wait 1m", "clock", "sandbox list", "fault list", "coverage"} {
		ctx, base := interruptible(t)
		var out, errs bytes.Buffer
		code := run(ctx, append(strings.Fields(verb), "--control", base), &out, &errs)
		if code != exitInterrupted || out.Len()+errs.Len() > 0 {
			t.Errorf("%s: exit code %d, printed %q and %q", verb, code, &out, &errs)
		}
	}
}

func TestExecEndsItsCommandWhenItIsCancelled(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a Unix shell")
	}
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	out := &reaction{to: "ready", act: cancel}
	var errs bytes.Buffer
	code := run(ctx, []string{"exec", "--", "sh", "-c", `trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done`}, out, &errs)
	if code != 7 {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if _, err := os.Stat("stagedoor-evidence/requests.json"); err != nil {
		t.Errorf("no evidence is left: %v", err)
	}
}

// TestExecSetsNoVariableOfAnotherFlag keeps what a command is given from
// changing how the verbs work that it runs.
func TestExecSetsNoVariableOfAnotherFlag(t *testing.T) {
	root, _ := newRoot()
	flags := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { flags[variable(f.Name)] = true })
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
	meant := []string{variable("control"), variable("control-token"), variable("sandbox")}
	seen := map[string]bool{}
	for _, v := range variables() {
		if flags[v.name] != slices.Contains(meant, v.name) {
			t.Errorf("%s is the variable of a flag: %v", v.name, flags[v.name])
		}
		if seen[v.name] {
			t.Errorf("%s is set twice", v.name)
		}
		seen[v.name] = true
	}
}

func TestOnlyThisMachineIsTrustedWithoutACertificate(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.1.2.3": true, "::1": true, "localhost": true,
		"10.0.0.1": false, "0.0.0.0": false, "example.com": false, "localhost.example.com": false, "": false,
	} {
		if loopback(host) != want {
			t.Errorf("%q is this machine: %v", host, !want)
		}
	}
}
