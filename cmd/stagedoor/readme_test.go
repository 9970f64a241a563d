package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// block is a fenced block of the README.
type block struct {
	language, text string
}

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

func readmeBlocks(t *testing.T) []block {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		blocks = append(blocks, block{m[1], m[2]})
	}
	return blocks
}

// TestTheReadmesLinesGiveThePrintedResults pastes the README's shell blocks into
// one shell, as a newcomer does, and holds each output against what is printed.
func TestTheReadmesLinesGiveThePrintedResults(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl: Debian package curl")
	}
	mock := mocktest.Start(t, mockserver.Config{})
	addresses := strings.NewReplacer(
		"http://127.0.0.1:4010", mock.URL,
		"http://127.0.0.1:4011", mock.ControlURL,
	)
	const mark = "@@ end of block"
	var script strings.Builder
	var wanted []string
	blocks := readmeBlocks(t)
	for i, b := range blocks {
		if b.language != "sh" {
			continue
		}
		want := ""
		if i+1 < len(blocks) && (blocks[i+1].language == "json" || blocks[i+1].language == "text") {
			want = blocks[i+1].text
		}
		wanted = append(wanted, want)
		fmt.Fprintf(&script, "%s\necho; echo '%s'\n", addresses.Replace(b.text), mark)
	}
	if len(wanted) < 10 {
		t.Fatalf("the README has %d shell blocks; are they still found?", len(wanted))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh")
	shell.Stdin = strings.NewReader(script.String())
	var stderr bytes.Buffer
	shell.Stderr = &stderr
	out, err := shell.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("the shell: %v\n%s", err, &stderr)
	}
	got := strings.Split(string(out), mark+"\n")
	for i, want := range wanted {
		if !printed(want).MatchString(strings.TrimSpace(strings.ReplaceAll(got[i], "\r", ""))) {
			t.Errorf("block %d printed\n%s\nand the README says\n%s", i+1, got[i], want)
		}
	}
	everyOperationIsIn(t, mock)
}

// everyOperationIsIn fails unless the journal has every operation of the contract.
func everyOperationIsIn(t *testing.T, mock *mocktest.Mock) {
	t.Helper()
	d, err := mock.Sandboxes().Open(t.Context(), sandbox.DefaultID)
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, entry := range d.Journal.After("") {
		met[entry.System+"."+entry.Operation] = true
	}
	for _, name := range mock.Contract().OperationNames() {
		if !met[name] {
			t.Errorf("the README's lines do not call %s", name)
		}
	}
}

// printed is the pattern of an output in which "…" stands for anything.
func printed(want string) *regexp.Regexp {
	parts := strings.Split(strings.TrimSpace(want), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`^(?s:` + strings.Join(parts, ".*") + `)$`)
}

// TestTheReadmesCommandsWork runs the commands of the README's console blocks.
func TestTheReadmesCommandsWork(t *testing.T) {
	ran := 0
	for _, b := range readmeBlocks(t) {
		if b.language != "console" {
			continue
		}
		for line := range strings.Lines(b.text) {
			line, _, _ = strings.Cut(line, "  #")
			args, ok := strings.CutPrefix(strings.TrimSpace(line), "$ go run ./cmd/stagedoor ")
			if !ok {
				continue
			}
			ran++
			t.Run(args, func(t *testing.T) {
				if code, out := command(t, strings.Fields(args)); code != 0 {
					t.Errorf("exit code %d:\n%s", code, out)
				}
			})
		}
	}
	if ran < 6 {
		t.Fatalf("the README has %d commands; are they still found?", ran)
	}
}

// command runs one command; a mock is stopped as soon as it says that it listens.
func command(t *testing.T, args []string) (int, string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &watched{}
	if args[0] == "mock" {
		args = append(args, "--addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0")
		out.stop = func(text string) bool { return strings.Contains(text, "listening") }
		out.cancel = cancel
	}
	code := run(ctx, args, out, out)
	return code, out.String()
}

// watched collects output and cancels once it shows what was waited for.
type watched struct {
	mu     sync.Mutex
	text   bytes.Buffer
	stop   func(text string) bool
	cancel func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if w.stop != nil && w.stop(w.text.String()) {
		w.cancel()
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
