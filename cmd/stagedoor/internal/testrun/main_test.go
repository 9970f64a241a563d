package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	passing = "func TestPasses(t *testing.T) { t.Log(\"quiet\") }\n"
	skipped = "func TestSkips(t *testing.T) { t.Run(\"inner\", func(t *testing.T) { t.Skip(\"needs a browser\") }) }\n"
	failing = "func TestFails(t *testing.T) { t.Error(\"loud\") }\n"
	broken  = "func TestBreaks(t *testing.T) { undefined() }\n"
	dying   = "func TestDies(t *testing.T) { panic(\"last words\") }\n"
)

func TestRunJudgesWhatGoTestReports(t *testing.T) {
	for _, c := range []struct {
		name, source, require string
		code                  int
		shows, hides          []string
	}{
		{
			name: "a passing run shows the closing line of the package", source: passing, require: "all",
			code: 0, shows: []string{"ok  \tsample\t", "1 passed, 0 skipped"}, hides: []string{"quiet", "=== RUN"},
		},
		{
			name: "a skipped test is shown and tolerated", source: passing + skipped,
			code: 0, shows: []string{"ok  \tsample\t", "skipped sample.TestSkips/inner: sample_test.go:4: needs a browser", "2 passed, 1 skipped"},
		},
		{
			name: "a skipped test fails a run that requires all", source: passing + skipped, require: "all",
			code: 1, shows: []string{"needs a browser", "STAGEDOOR_REQUIRE=all, and 1 tests were skipped"},
		},
		{
			name: "a failing test is shown without its passing neighbours", source: passing + failing,
			code: 1, shows: []string{"--- FAIL: TestFails", "loud", "FAIL\tsample\t"}, hides: []string{"quiet", "ok  \t"},
		},
		{
			name: "a test that does not compile is shown", source: passing + broken,
			code: 1, shows: []string{"undefined: undefined", "FAIL\tsample [build failed]"},
		},
		{
			name: "a panic is shown", source: dying,
			code: 1, shows: []string{"panic: last words", "FAIL\tsample\t"},
		},
		{
			name: "a run without tests is not a success", source: "func helper(*testing.T) {}\n",
			code: 1, shows: []string{"no test ran"},
		},
		{
			name: "an unknown requirement is refused", source: passing, require: "most",
			code: 2, shows: []string{`STAGEDOOR_REQUIRE is "most"`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(module(t, c.source))
			var stdout, stderr bytes.Buffer
			if code := run([]string{"-vet=off", "./..."}, c.require, &stdout, &stderr); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			out := stdout.String() + stderr.String()
			for _, s := range c.shows {
				if !strings.Contains(out, s) {
					t.Errorf("output lacks %q", s)
				}
			}
			for _, s := range c.hides {
				if strings.Contains(out, s) {
					t.Errorf("output has %q", s)
				}
			}
			if t.Failed() {
				t.Logf("output:\n%s", out)
			}
		})
	}
}

func TestRunReportsThatGoIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer
	if code := run([]string{"./..."}, "", &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "starting go test") {
		t.Errorf("exit code %d with errors %q", code, stderr.String())
	}
}

func TestPrintKeepsWhatIsNotAnEvent(t *testing.T) {
	var out bytes.Buffer
	stream := "a stray line\n" + `{"Action":"output","Package":"sample","Output":"never closed\n"}` + "\n"
	if err := newSummary().print(strings.NewReader(stream), &out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "a stray line\nnever closed\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// module writes a module with one package of tests and returns its folder.
func module(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module sample\n\ngo 1.26\n")
	write("sample_test.go", "package sample\nimport \"testing\"\n"+source)
	return dir
}
