package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"stagedoor/mockserver/control/client"
	"stagedoor/mockserver/sandbox"
)

// defaultControl is where `stagedoor mock` has its control API.
const defaultControl = "http://127.0.0.1:4011"

// controlFlags are the flags of the verbs that call a control API.
type controlFlags struct {
	set                 *pflag.FlagSet
	url, token, sandbox string
}

// register adds the flags. A verb that is about no one sandbox takes no --sandbox.
func (f *controlFlags) register(set *pflag.FlagSet, oneSandbox bool) {
	f.set = set
	set.StringVar(&f.url, "control", defaultControl, "`URL` of the control API")
	set.StringVar(&f.token, "control-token", "", "`TOKEN` of the control API, where it wants one")
	if oneSandbox {
		set.StringVar(&f.sandbox, "sandbox", sandbox.DefaultID, "`ID` of the sandbox")
	}
}

// exchange calls the control API, until it is interrupted, and words what goes
// wrong for somebody at a shell.
func (f *controlFlags) exchange(cmd *cobra.Command, calls func(ctx context.Context, c *client.Client) error) error {
	base, err := controlURL(f.set, f.url)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, done := newClient(base, f.token)
	defer done()
	err = calls(ctx, c)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &exitError{code: exitInterrupted}
	}
	return f.explain(err)
}

// controlURL reads the value of --control.
func controlURL(set *pflag.FlagSet, value string) (*url.URL, error) {
	base, err := url.Parse(value)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, usagef("%s: %q is no URL such as %s", origin(set, "control"), value, defaultControl)
	}
	return base, nil
}

// slowest is how long a control API may take to begin its answer: the longest
// that a call may be held back, and some patience.
const slowest = time.Minute + 30*time.Second

// newClient makes a client for one verb. done closes its connections.
func newClient(base *url.URL, token string) (c *client.Client, done func()) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = slowest
	if loopback(base.Hostname()) {
		// Nobody stands between two ends of one machine, and the certificate that
		// `mock --tls` makes for itself is signed by nobody.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	return client.New(base.String(), token).Over(&http.Client{Transport: transport}), transport.CloseIdleConnections
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// explain words an error of the client: what to do about an address that does
// not answer, which flag has the value that was refused.
func (f *controlFlags) explain(err error) error {
	var away *client.Unreachable
	var refused *client.Problem
	switch {
	case errors.As(err, &away):
		return fmt.Errorf("%w; start a mock with \"stagedoor mock\", or name the control API of a running one with --control", away)
	case !errors.As(err, &refused):
		return err
	case refused.Status == http.StatusUnauthorized && f.token == "":
		return fmt.Errorf("%s: the control API wants a token; give it with --control-token or %s", f.url, variable("control-token"))
	case refused.Status == http.StatusUnauthorized:
		return fmt.Errorf("%s: the control API does not take the token of %s", f.url, origin(f.set, "control-token"))
	case refused.Status == http.StatusNotFound:
		return fmt.Errorf("%s: %w", f.url, err)
	case refused.Status != http.StatusBadRequest:
		return err
	}
	if field := refused.Field(); field != "" && f.set.Changed(field) {
		return usagef("%s%s", origin(f.set, field), strings.TrimPrefix(refused.Detail, field))
	}
	return &usageError{cause: err}
}

// notBoth refuses two flags that contradict each other. Cobra's own groups are
// checked too late to count as usage.
func notBoth(set *pflag.FlagSet, one, other string) error {
	if set.Changed(one) && set.Changed(other) {
		return usagef("%s and %s contradict each other; give one of them", origin(set, one), origin(set, other))
	}
	return nil
}

// printJSON shows a value as the control API would.
func printJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
