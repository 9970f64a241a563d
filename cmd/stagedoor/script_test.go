package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"stagedoor/mockserver/clock"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stagedoor": main})
}

// patient is how long the scripts may take: a mock that starts where it should
// have refused to would run for ever.
const patient = 5 * time.Minute

// TestScripts runs testdata/script against the real binary. Besides the
// commands of testscript there are
//
//	exits CODE COMMAND …      COMMAND ends with this exit code
//	fetch METHOD URL [FILE]   print the reply to a request, FILE its JSON body,
//	                          $HOST_HEADER its Host, and how long it took
//	serve [FLAG …]            start a mock: $API, $CONTROL, mock.out, mock.log
//	paste                     run the banner's lines and compare the outcomes
//	end INT|TERM              end the mock by a signal; it must exit with 0
//
// and a certificate, own.pem with own.key.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Deadline: clock.Real{}.Now().Add(patient), RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Values[mockKey{}] = &runningMock{}
			return writeCertificate(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "fetch": fetch, "serve": serve, "paste": paste, "end": end,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// trustingClient accepts the certificates that mocks make for themselves.
func trustingClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: fetch METHOD URL [FILE]")
	}
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	request, err := http.NewRequest(args[0], args[1], body)
	ts.Check(err)
	request.Header.Set("Content-Type", "application/json")
	if token := ts.Getenv(variable("control-token")); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if host := ts.Getenv("HOST_HEADER"); host != "" {
		request.Host = host
	}
	started := clock.Real{}.Now()
	reply, err := trustingClient().Do(request)
	ts.Check(err)
	took := clock.Real{}.Now().Sub(started)
	defer reply.Body.Close()
	ts.Check(reply.Write(ts.Stdout()))
	fmt.Fprintf(ts.Stdout(), "\ntook %s\n", took.Truncate(time.Millisecond))
}

// paste runs every line of shell in the banner, in one shell as a person would
// paste them, and compares the outcomes in the journal with the printed ones.
func paste(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: paste")
	}
	_, tried, _ := strings.Cut(ts.ReadFile("mock.out"), "Try it")
	var lines, printed []string
	for line := range strings.SplitSeq(tried, "\n") {
		if shell, ok := strings.CutPrefix(line, "    "); ok {
			lines = append(lines, shell)
		} else if _, outcome, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(line, "  ") {
			printed = append(printed, outcome)
		}
	}
	if len(lines) == 0 || len(printed) == 0 {
		ts.Fatalf("the banner has %d lines of shell and %d outcomes", len(lines), len(printed))
	}
	ts.Check(ts.Exec("sh", "-c", strings.Join(lines, "\n")))
	request, err := http.NewRequest(http.MethodGet, ts.Getenv("CONTROL")+"/sandboxes/default/requests", nil)
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+ts.Getenv(variable("control-token")))
	reply, err := trustingClient().Do(request)
	ts.Check(err)
	defer reply.Body.Close()
	var journal struct {
		Requests []struct{ Outcome string }
	}
	ts.Check(json.NewDecoder(reply.Body).Decode(&journal))
	var met []string
	for _, r := range journal.Requests {
		met = append(met, r.Outcome)
	}
	if !slices.Equal(met, printed) {
		ts.Fatalf("the lines met the outcomes %q, the banner prints %q", met, printed)
	}
}
