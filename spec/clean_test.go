//go:build unix

package spec_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"stagedoor/spec"
)

// The tools with which other people read OpenAPI, at the versions that are
// known to work.
const (
	redocly  = "@redocly/cli@2.77.0"
	spectral = "@stoplight/spectral-cli@6.16.3"
	prism    = "@stoplight/prism-cli@5.16.0"
)

// npx is a command of an npm package, which npx installs once and keeps. Its
// whole process group ends with the context: npx starts children of its own.
func npx(t *testing.T, pkg string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("npx")
	if err != nil {
		t.Skip("needs Node.js with npm: npx is not on the PATH")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, append([]string{"--yes", pkg}, arguments...)...)
	cmd.Env = append(cmd.Environ(), "NO_COLOR=1", "NO_UPDATE_NOTIFIER=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// contractFiles are the OpenAPI files of this folder.
func contractFiles(t *testing.T) []string {
	t.Helper()
	files := []string{"control.yaml"}
	for _, s := range contract(t).Systems {
		files = append(files, s.Name+".yaml")
	}
	return files
}

// brokenFile is a contract with one fault that every linter must see.
func brokenFile(t *testing.T) string {
	t.Helper()
	data, err := spec.File("digipay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "broken.yaml")
	broken := bytes.Replace(data, []byte("#/components/schemas/SendOtpRequest"), []byte("#/components/schemas/Nowhere"), 1)
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRedoclyFindsNoErrors(t *testing.T) {
	t.Parallel()
	lint(t, redocly, "lint", "--max-problems=20")
}

func TestSpectralFindsNoErrors(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("extends: [\"spectral:oas\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lint(t, spectral, "lint", "--ruleset", rules, "--fail-severity", "error")
}

// lint runs a linter over the contract, and over a broken one that it must refuse.
func lint(t *testing.T, pkg string, arguments ...string) {
	t.Helper()
	if out, err := npx(t, pkg, append(slices.Clone(arguments), contractFiles(t)...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", pkg, err, out)
	}
	if out, err := npx(t, pkg, append(slices.Clone(arguments), brokenFile(t))...).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("Nowhere")) {
		t.Errorf("%s sees nothing wrong with a broken file: %v\n%s", pkg, err, out)
	}
}

// Prism is what people know who mock from OpenAPI files: it must serve ours,
// and answer with the same words as our mock does.
func TestPrismAnswersWithTheOutcomesOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, s := range contract(t).Systems {
		t.Run(s.Name, func(t *testing.T) {
			address := startPrism(t, s.Name+".yaml")
			for _, o := range s.Operations {
				for _, outcome := range o.Outcomes {
					status, body := askPrism(t, address, s, o, outcome)
					if status != outcome.Status || !equalText(body, outcome.Sample()) {
						t.Errorf("%s %s: Prism answers %d %s", o.ID, outcome.Name, status, body)
					}
				}
			}
		})
	}
}

var listening = regexp.MustCompile(`Prism is listening on (http://\S+)`)

// startPrism returns the address of a Prism that serves a file. It ends with the test.
func startPrism(t *testing.T, file string) string {
	t.Helper()
	cmd := npx(t, prism, "mock", "--port", "0", file)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Cancel(); err != nil {
			t.Errorf("stop Prism: %v", err)
		}
		// It was killed: how it ended says nothing.
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return found[1]
		}
	}
	t.Fatalf("Prism does not serve %s: %s", file, complaints.String())
	return ""
}

// askPrism sends the operation's own example and asks for one outcome.
func askPrism(t *testing.T, address string, s *spec.System, o *spec.Operation, outcome *spec.Outcome) (int, []byte) {
	t.Helper()
	path, from := fromDoc(t, s.Doc, o.ID)
	query := url.Values{}
	header := http.Header{
		"Prefer": {fmt.Sprintf("code=%d, example=%s", outcome.Status, outcome.Name)}, "Content-Type": {"application/json"},
		"AccessToken": {"token"}, "Authtoken": {"token"}, "Authorization": {"Token token"},
	}
	if s.Name == "watch" {
		header.Set("Authorization", "Bearer token")
	}
	for _, ref := range from.Parameters {
		example := fmt.Sprint(ref.Value.Example)
		switch ref.Value.In {
		case openapi3.ParameterInPath:
			path = strings.Replace(path, "{"+ref.Value.Name+"}", url.PathEscape(example), 1)
		case openapi3.ParameterInQuery:
			query.Set(ref.Value.Name, example)
		case openapi3.ParameterInHeader:
			header.Set(ref.Value.Name, example)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), o.Method, address+path+"?"+query.Encode(), bytes.NewReader(exampleBody(t, from)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, body
}

func fromDoc(t *testing.T, doc *openapi3.T, id string) (string, *openapi3.Operation) {
	t.Helper()
	for path, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.OperationID == id {
				return path, o
			}
		}
	}
	t.Fatalf("no operation %s", id)
	return "", nil
}

func exampleBody(t *testing.T, from *openapi3.Operation) []byte {
	t.Helper()
	if from.RequestBody == nil {
		return nil
	}
	for _, example := range from.RequestBody.Value.Content.Get("application/json").Examples {
		body, err := json.Marshal(example.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	t.Fatalf("%s has no example of a request", from.OperationID)
	return nil
}

// equalText says whether two JSON texts are the same value.
func equalText(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
