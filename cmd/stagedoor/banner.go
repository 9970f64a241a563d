package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// banner is what a mock says when it starts: where it is, what to call it
// with, and calls that work when they are pasted.
type banner struct {
	api, control string // base URLs
	certificate  *tls.Certificate
	selfSigned   bool
	token        bool // the control API wants one
	systems      []*spec.System
	sandbox      *sandbox.Sandbox
	accounts     []account.Account
	now          time.Time // in the sandbox
}

func newBanner(ctx context.Context, f *mockFlags, m *mock) (*banner, error) {
	box, err := m.server.Sandboxes().Open(ctx, sandbox.DefaultID)
	if err != nil {
		return nil, err
	}
	accounts, err := box.Accounts.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	return &banner{
		api: baseURL(m.api.Addr(), m.identity), control: baseURL(m.control.Addr(), m.identity),
		certificate: m.identity, selfSigned: f.tls, token: f.controlToken != "",
		systems: m.server.Systems(), sandbox: box, accounts: accounts, now: box.Now(clock.Real{}.Now()),
	}, nil
}

// baseURL is how a client on this machine reaches a listener.
func baseURL(address net.Addr, identity *tls.Certificate) string {
	scheme := "http"
	if identity != nil {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(address.String())
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (b *banner) print(w io.Writer) {
	fmt.Fprintf(w, "stagedoor %s\n\n", buildVersion())
	fmt.Fprintf(w, "  APIs         %s\n", b.api)
	fmt.Fprintf(w, "  control API  %s\n", b.control)
	if b.certificate != nil {
		fmt.Fprintf(w, "  certificate  SHA-256 %s\n", fingerprint(b.certificate))
	}
	if chosen := b.sandbox.Readings.Chosen(); len(chosen) > 0 {
		item(w, "  ", "readings     ", chosenText(chosen))
	}
	fmt.Fprintln(w, "\nCredentials")
	var names []string
	for _, s := range b.systems {
		names = append(names, s.Name)
	}
	printCredentials(w, b.sandbox.Credentials, names)
	b.printAccounts(w)
	b.printSteps(w)
	fmt.Fprintln(w)
}

// chosenText is options of readings as --reading takes them.
func chosenText(options map[string]string) string {
	var words []string
	for _, id := range slices.Sorted(maps.Keys(options)) {
		words = append(words, id+"="+options[id])
	}
	return strings.Join(words, " ")
}

// secretKeys are credentials that no client carries.
var secretKeys = []string{"signingKey"}

// printCredentials prints what clients of these systems carry.
func printCredentials(w io.Writer, c sandbox.Credentials, systems []string) {
	// The JSON names are those that the control API and the documents use.
	data, err := json.Marshal(c)
	var bySystem map[string]map[string]string
	if err != nil || json.Unmarshal(data, &bySystem) != nil {
		return
	}
	var rows [][]string
	for _, system := range systems {
		for _, name := range slices.Sorted(maps.Keys(bySystem[system])) {
			if !slices.Contains(secretKeys, name) {
				rows = append(rows, []string{system, name, bySystem[system][name]})
			}
		}
	}
	table(w, "  ", rows)
}

// mostAccounts keeps the banner of a large state readable.
const mostAccounts = 40

func (b *banner) printAccounts(w io.Writer) {
	if len(b.accounts) == 0 {
		return
	}
	fmt.Fprintln(w, "\nAccounts")
	// The e-mail address is last because some are very long.
	rows := [][]string{{"FOR", "PHONE", "USERNAME", "PIN", "PASSWORD", "E-MAIL"}}
	for _, a := range b.accounts[:min(len(b.accounts), mostAccounts)] {
		rows = append(rows, []string{
			purpose(a, b.now), orDash(printable(strings.TrimSpace(a.CountryCode + " " + a.Phone))),
			orDash(printable(a.Username)), orDash(printable(a.PIN)), orDash(printable(a.Password)), orDash(printable(a.Email)),
		})
	}
	table(w, "  ", rows)
	if more := len(b.accounts) - mostAccounts; more > 0 {
		fmt.Fprintf(w, "  and %d more: %s\n", more, b.control+"/sandboxes/default/accounts")
	}
}

func (b *banner) printSteps(w io.Writer) {
	steps := b.steps()
	if len(steps) == 0 {
		return
	}
	fmt.Fprint(w, "\nTry it: paste these lines in their order")
	if b.token {
		fmt.Fprintf(w, ", with %s set in the shell", variable("control-token"))
	}
	fmt.Fprintln(w)
	for _, s := range steps {
		outcome := ""
		if s.outcome != "" {
			outcome = ": " + s.outcome
		}
		fmt.Fprintf(w, "\n  %s%s\n    %s\n", s.title, outcome, s.line)
	}
}
