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
	fmt.Fprintf(stderr, "stagedoor: %s: %s\n", filepath.Base(name), ended)
	left, err := e.leave(ctx, w)
	if len(left) > 0 {
		fmt.Fprintf(stderr, "stagedoor: what the mock saw is in %s: %s\n", e.evidence, strings.Join(left, ", "))
	}
	if err != nil {
		fmt.Fprintf(stderr, "stagedoor: evidence is missing in %s: %v\n", e.evidence, err)
	}
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
		remark, err := exhibit.leave(ctx, c, w, filepath.Join(e.evidence, exhibit.file))
		switch {
		case errors.Is(err, errNothing):
		case err != nil:
			errs = append(errs, err)
		case remark == "":
			left = append(left, exhibit.file)
		default:
			left = append(left, exhibit.file+" ("+remark+")")
		}
	}
	return left, errors.Join(errs...)
}

// exhibit is one file of evidence.
type exhibit struct {
	file string
	// show writes the file's content and remarks on it. With errNothing there is
	// no file.
	show func(ctx context.Context, c *client.Client, w witness, to io.Writer) (remark string, err error)
}

var errNothing = errors.New("there is nothing to show")

// leave writes the file, or takes away that of an earlier run.
func (e exhibit) leave(ctx context.Context, c *client.Client, w witness, path string) (string, error) {
	var content bytes.Buffer
	remark, err := e.show(ctx, c, w, &content)
	switch {
	case err == nil:
		err = os.WriteFile(path, content.Bytes(), 0o644)
	case errors.Is(err, errNothing):
		if stays := os.Remove(path); stays != nil && !errors.Is(stays, os.ErrNotExist) {
			return "", stays
		}
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", e.file, err)
	}
	return remark, nil
}

func exhibits() []exhibit {
	return []exhibit{
		{"requests.json", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			entries, err := c.Requests(ctx, w.box.ID, journal.Filter{})
			if err != nil {
				return "", err
			}
			return counted(len(entries), "call"), printJSON(to, map[string][]journal.Entry{"requests": entries})
		}},
		{"requests.har", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			return "", c.HAR(ctx, w.box.ID, journal.Filter{}, false, to)
		}},
		{"strangers.json", showStrangers},
		{"inbox.json", func(ctx context.Context, c *client.Client, w witness, to io.Writer) (string, error) {
			messages, err := c.Messages(ctx, w.box.ID, inbox.Filter{}, 0)
			if err != nil {
				return "", err
			}
			return counted(len(messages), "message"), printJSON(to, map[string][]inbox.Message{"messages": messages})
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
			if err == nil {
				_, err = io.Copy(to, w.log)
			}
			return "", err
		}},
	}
}

// showStrangers shows the calls that carried no credential of the sandbox, which
// the default one has answered. There should be none.
func showStrangers(ctx context.Context, c *client.Client, _ witness, to io.Writer) (string, error) {
	entries, err := c.Requests(ctx, sandbox.DefaultID, journal.Filter{})
	if err == nil && len(entries) == 0 {
		err = errNothing
	}
	if err != nil {
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
