package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/sandbox"
)

// witness is what saw a command fail.
type witness struct {
	mock *mock
	box  *sandbox.Sandbox
	log  *os.File
}

// report leaves evidence of a failed command and says where. It changes nothing
// about the command's exit code.
func (e *execution) report(ctx context.Context, stderr io.Writer, w witness, name string, ended *exec.ExitError) {
	fmt.Fprintf(stderr, "stagedoor: %s: %s; ", filepath.Base(name), ended)
	left, err := e.leave(ctx, w)
	if err != nil {
		fmt.Fprintf(stderr, "no evidence could be left in %s: %v\n", e.evidence, err)
		return
	}
	fmt.Fprintf(stderr, "what the mock saw is in %s: %s\n", e.evidence, strings.Join(left, ", "))
}

// leave writes the evidence and says what it is.
func (e *execution) leave(ctx context.Context, w witness) ([]string, error) {
	base, err := w.mock.controlURL()
	if err != nil {
		return nil, err
	}
	c, done := newClient(base, e.controlToken)
	defer done()
	if err := os.MkdirAll(e.evidence, 0o755); err != nil {
		return nil, err
	}
	var left []string
	var errs []error
	for _, exhibit := range exhibits() {
		said, err := exhibit.leave(ctx, c, w, filepath.Join(e.evidence, exhibit.file))
		if said != "" {
			left = append(left, exhibit.file+" ("+said+")")
		}
		errs = append(errs, err)
	}
	return left, errors.Join(errs...)
}

// exhibit is one file of evidence.
type exhibit struct {
	file string
	// show writes the file's content and says what it holds; "" leaves no file.
	show func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error)
}

// leave writes the file, or takes away that of an earlier run.
func (e exhibit) leave(ctx context.Context, c *client.Client, w witness, path string) (string, error) {
	var content bytes.Buffer
	said, err := e.show(ctx, c, w, &content)
	if err != nil {
		return "", fmt.Errorf("%s: %w", e.file, err)
	}
	if said != "" {
		return said, os.WriteFile(path, content.Bytes(), 0o644)
	}
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return "", nil
}

func exhibits() []exhibit {
	return []exhibit{
		{"requests.json", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			entries, err := c.Requests(ctx, w.box.ID, "")
			if err != nil {
				return "", err
			}
			return counted(len(entries), "call"), printJSON(to, map[string][]journal.Entry{"requests": entries})
		}},
		{"strangers.json", showStrangers},
		{"inbox.json", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			messages, err := c.Messages(ctx, w.box.ID, inbox.Filter{}, 0)
			if err != nil {
				return "", err
			}
			return counted(len(messages), "message"), printJSON(to, map[string][]inbox.Message{"messages": messages})
		}},
		{"requests.har", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			return "the calls for a browser's developer tools, without secrets", c.HAR(ctx, w.box.ID, to, false)
		}},
		{"coverage.json", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			coverage, err := c.Coverage(ctx, w.box.ID)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%d of %d outcomes", coverage.Met, coverage.Total), printJSON(to, coverage)
		}},
		{"mock.log", func(_ context.Context, _ *client.Client, w witness, to io.Writer) (string, error) {
			_, err := w.log.Seek(0, io.SeekStart)
			if err != nil {
				return "", err
			}
			_, err = io.Copy(to, w.log)
			return "the log", err
		}},
	}
}

// showStrangers shows the calls that carried no credential of the sandbox, which
// the default one has answered. There should be none.
func showStrangers(ctx context.Context, c *client.Client, _ witness, to io.Writer) (string, error) {
	entries, err := c.Requests(ctx, sandbox.DefaultID, "")
	if err != nil || len(entries) == 0 {
		return "", err
	}
	return counted(len(entries), "call") + " without a credential of the sandbox", printJSON(to, map[string][]journal.Entry{"requests": entries})
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
