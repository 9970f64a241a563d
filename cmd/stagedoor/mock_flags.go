package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"stagedoor/mockserver"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// mockFlags are the flags of the verb mock, as they were given.
type mockFlags struct {
	set *pflag.FlagSet

	addr, controlAddr, controlToken string
	controlHosts                    []string
	store, state, otp, readings     string
	reading, systems                []string
	seed                            int64
	tls                             bool
	tlsCert, tlsKey                 string
	latency                         time.Duration
	logFormat                       string
	noSelfCheck, noExplain          bool
	sandboxTTL                      time.Duration
	pprof                           bool
}

func (f *mockFlags) register(set *pflag.FlagSet) {
	f.set = set
	set.StringVar(&f.addr, "addr", "127.0.0.1:4010", "`HOST:PORT` of the mocked APIs; port 0 takes a free one")
	set.StringVar(&f.controlAddr, "control-addr", "127.0.0.1:4011", "`HOST:PORT` of the control API")
	set.StringVar(&f.controlToken, "control-token", "", "`TOKEN` that calls of the control API must carry")
	set.StringSliceVar(&f.controlHosts, "control-host", nil, "further host `NAME` by which the control API may be called (repeatable)")
	set.StringVar(&f.store, "store", "memory", "where the state is kept: `memory`")
	set.StringVar(&f.state, "state", "", "`FILE` with a state document to start from, instead of the default fixtures")
	set.StringVar(&f.otp, "otp", "", "codes: `random|fixed:DIGITS`, such as fixed:123456")
	set.Int64Var(&f.seed, "seed", 0, "`NUMBER` that makes codes, tokens and ids reproducible")
	set.StringVar(&f.readings, "readings", "", "`FILE` with options of readings, or random:SEED")
	set.StringSliceVar(&f.reading, "reading", nil, "option of one reading, `ID=OPTION` (repeatable; see stagedoor spec questions)")
	set.StringSliceVar(&f.systems, "systems", nil, "`NAMES` of the systems to serve (default all)")
	set.BoolVar(&f.tls, "tls", false, "serve HTTPS with a certificate made for this run")
	set.StringVar(&f.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `FILE` (PEM)")
	set.StringVar(&f.tlsKey, "tls-key", "", "`FILE` with the key of --tls-cert (PEM)")
	set.DurationVar(&f.latency, "latency", 0, "`TIME` by which every reply of the APIs is late, such as 50ms")
	set.StringVar(&f.logFormat, "log-format", "text", "`FORMAT` of the log: text or json")
	set.DurationVar(&f.sandboxTTL, "sandbox-ttl", 24*time.Hour, "`TIME` after which a sandbox that nobody calls is deleted, never the default one; 0 keeps all")
	set.BoolVar(&f.pprof, "pprof", false, "serve the profiles of the Go runtime on the control API, under /debug/pprof/")
	set.BoolVar(&f.noSelfCheck, "no-self-check", false, "send replies without holding them against the contract first")
	set.BoolVar(&f.noExplain, "no-explain", false, "leave the Stagedoor-* headers out of replies")
}

// origin names a flag as it was given: by its own name or as a variable.
func (f *mockFlags) origin(flag string) string { return origin(f.set, flag) }

// config is the mock that the flags ask for, but for its log.
func (f *mockFlags) config(contract *spec.Contract) (mockserver.Config, error) {
	if err := f.checkSystems(contract); err != nil {
		return mockserver.Config{}, err
	}
	state, err := f.document(contract)
	if err != nil {
		return mockserver.Config{}, err
	}
	return mockserver.Config{
		Contract: contract, Systems: f.chosenSystems(), State: &state,
		Latency: f.latency, Silent: f.noExplain, Unchecked: f.noSelfCheck,
		ControlToken: f.controlToken, ControlHosts: f.controlHosts, Pprof: f.pprof, SandboxTTL: cmp.Or(f.sandboxTTL, -1),
	}, nil
}

// chosenSystems are the systems to serve, in the contract's order, each once.
// None means all.
func (f *mockFlags) chosenSystems() []string {
	return slices.DeleteFunc(mockserver.Systems(), func(name string) bool { return !slices.Contains(f.systems, name) })
}

// check refuses flags that cannot be followed, whatever the contract says.
func (f *mockFlags) check() error {
	if kind, _, _ := strings.Cut(f.store, ":"); f.store != "memory" {
		return usagef("%s: only memory is built in this version, not %q", f.origin("store"), kind)
	}
	if f.latency < 0 {
		return usagef("%s: %s is below zero", f.origin("latency"), f.latency)
	}
	if f.sandboxTTL < 0 {
		return usagef("%s: %s is below zero", f.origin("sandbox-ttl"), f.sandboxTTL)
	}
	if f.logFormat != "text" && f.logFormat != "json" {
		return usagef("%s: %q is unknown; use text or json", f.origin("log-format"), f.logFormat)
	}
	return f.checkAddresses()
}

func (f *mockFlags) checkSystems(contract *spec.Contract) error {
	for _, name := range f.systems {
		if contract.System(name) == nil {
			return fmt.Errorf("%s: %w", f.origin("systems"), unknownSystem(name, mockserver.Systems()))
		}
		if !slices.Contains(mockserver.Systems(), name) {
			return usagef("%s: %s is not built in this version; there is %s", f.origin("systems"), name, strings.Join(mockserver.Systems(), ", "))
		}
	}
	return nil
}

func (f *mockFlags) checkAddresses() error {
	if _, err := f.address("addr", f.addr); err != nil {
		return err
	}
	control, err := f.address("control-addr", f.controlAddr)
	if err != nil {
		return err
	}
	if !control.IP.IsLoopback() && f.controlToken == "" {
		return usagef("%s %s can be reached from other machines, which needs a --control-token", f.origin("control-addr"), f.controlAddr)
	}
	return nil
}

// address resolves HOST:PORT.
func (f *mockFlags) address(flag, value string) (*net.TCPAddr, error) {
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		return nil, usagef("%s: %q is no address such as 127.0.0.1:4010", f.origin(flag), value)
	}
	address, err := net.ResolveTCPAddr("tcp", value)
	if err != nil {
		return nil, usagef("%s: %q: %w", f.origin(flag), value, err)
	}
	return address, nil
}

func (f *mockFlags) cannotListen(flag, value string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s %s: the port is in use; choose another, or port 0 for a free one", f.origin(flag), value)
	}
	return fmt.Errorf("%s %s: %w", f.origin(flag), value, err)
}

// document is the default sandbox: the state file or the fixtures, with the
// settings of the flags on top.
func (f *mockFlags) document(contract *spec.Contract) (sandbox.Document, error) {
	d, err := f.startingState()
	if err != nil {
		return d, err
	}
	if f.set.Changed("seed") {
		d.Seed = &f.seed
	}
	if err := chooseCodes(f.set, f.otp, &d.OTP); err != nil {
		return d, err
	}
	return d, f.chooseReadings(contract, &d)
}

func (f *mockFlags) startingState() (sandbox.Document, error) {
	if f.state == "" {
		return sandbox.Fixture()
	}
	data, err := os.ReadFile(f.state)
	if err != nil {
		return sandbox.Document{}, usagef("%s: %w", f.origin("state"), err)
	}
	d, err := sandbox.DecodeDocument(data)
	if err != nil {
		return d, usagef("%s %s: %w", f.origin("state"), f.state, err)
	}
	return d, nil
}

// chooseCodes follows --otp; without it the setting stays.
func chooseCodes(set *pflag.FlagSet, otp string, into *sandbox.OTPSettings) error {
	digits, fixed := strings.CutPrefix(otp, "fixed:")
	switch {
	case otp == "":
	case otp == sandbox.OTPRandom:
		into.Mode, into.Code = sandbox.OTPRandom, ""
	case !fixed:
		return usagef("%s: %q is unknown; use random or fixed:DIGITS", origin(set, "otp"), otp)
	default:
		if err := sandbox.CheckFixedCode(digits); err != nil {
			return usagef("%s: %w", origin(set, "otp"), err)
		}
		into.Mode, into.Code = sandbox.OTPFixed, digits
	}
	return nil
}
