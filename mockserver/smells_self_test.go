package mockserver_test

import (
	"slices"
	"strings"
	"testing"
)

// TestSmellsAreCaught holds the checker itself: each smell with source that it
// must catch and source that it must let pass.
func TestSmellsAreCaught(t *testing.T) {
	const (
		bad  = true
		good = false
	)
	cases := []struct {
		smell  string
		caught bool
		path   string
		source string
	}{
		{"hidden clock", bad, "spec/a.go", `import "time"; func f() { _ = time.Now() }`},
		{"hidden clock", bad, "spec/a_test.go", `import "time"; func f() { time.Sleep(1) }`},
		{"hidden clock", bad, "spec/a.go", `import "time"; func f(t time.Time) { _ = time.Since(t) }`},
		{"hidden clock", bad, "spec/a.go", `import clock "time"; func f() { g(clock.Now) }`},
		{"hidden clock", good, "mockserver/clock/a.go", `import "time"; func f() { _ = time.Now() }`},
		{"hidden clock", good, "spec/a.go", `import "stagedoor/mockserver/time"; func f() { _ = time.Now() }`},
		{"hidden clock", good, "spec/a.go", `import "time"; func f(d time.Duration) { _ = time.After(d) }`},

		{"init function", bad, "spec/a.go", `func init() {}`},
		{"init function", good, "spec/a.go", `type t struct{}; func (t) init() {}`},

		{"mutable package variable", bad, "spec/a.go", `var cache map[string]int`},
		{"mutable package variable", bad, "spec/a.go", `var cache = map[string]int{}`},
		{"mutable package variable", bad, "spec/a.go", `var Table = map[string]int{"a": 1}`},
		{"mutable package variable", bad, "spec/a.go", `import "sync"; var mu sync.Mutex`},
		{"mutable package variable", bad, "spec/a.go", `var limit = 10`},
		{"mutable package variable", bad, "spec/a.go", `var a, b = f()`},
		{"mutable package variable", bad, "spec/a.go", `var shared = &state{n: 1}`},
		{"mutable package variable", bad, "spec/a.go", `import "flag"; var update = flag.Bool("update", false, "")`},
		{"mutable package variable", bad, "cmd/stagedoor/a.go", `var version = "dev"`},
		{"mutable package variable", good, "spec/a.go", `import "errors"; var ErrGone = errors.New("gone")`},
		{"mutable package variable", good, "spec/a.go", `import "fmt"; var errGone = fmt.Errorf("%w: gone", errBase)`},
		{"mutable package variable", good, "spec/a.go", `import "regexp"; var digits = regexp.MustCompile("[0-9]")`},
		{"mutable package variable", good, "spec/a.go", "import \"embed\"\n//go:embed a.yaml\nvar files embed.FS"},
		{"mutable package variable", good, "spec/a.go", `var _ reader = (*file)(nil)`},
		{"mutable package variable", good, "spec/a.go", `var table = map[string]int{"a": 1}`},
		{"mutable package variable", good, "spec/a.go", `var newline = []byte("\n")`},
		{"mutable package variable", good, "spec/a_test.go", `import "flag"; var update = flag.Bool("update", false, "")`},
		{"mutable package variable", good, "spec/a.go", `func f() { var n int; _ = n }`},

		{"HTTP in a behaviour", bad, "mockserver/watch/a.go", `import "net/http"; func f(w http.ResponseWriter) {}`},
		{"HTTP in a behaviour", bad, "mockserver/digipay/a.go", `import "net/http"; func f() int { return http.StatusConflict }`},
		{"HTTP in a behaviour", bad, "mockserver/subscriber/a.go", `func f() int { return 404 }`},
		{"HTTP in a behaviour", bad, "mockserver/verifynow/a.go", `func f(n int) int { return 200 * n }`},
		{"HTTP in a behaviour", good, "mockserver/watch/a.go", `import "time"; const ttl = 300 * time.Second`},
		{"HTTP in a behaviour", good, "mockserver/watch/a.go", `const code = 120`},
		{"HTTP in a behaviour", good, "mockserver/watch/a_test.go", `const want = 404`},
		{"HTTP in a behaviour", good, "mockserver/pipeline/a.go", `import "net/http"; func f(w http.ResponseWriter) { w.WriteHeader(404) }`},

		{"process access outside cmd", bad, "spec/a.go", `import "fmt"; func f() { fmt.Println() }`},
		{"process access outside cmd", bad, "spec/a.go", `import "log"; func f() { log.Fatal() }`},
		{"process access outside cmd", bad, "steps/a_test.go", `import "os"; func f() { os.Exit(1) }`},
		{"process access outside cmd", bad, "steps/a.go", `import "os"; func f() string { return os.Getenv("A") }`},
		{"process access outside cmd", bad, "steps/a.go", `import "os"; func f() { os.LookupEnv("A") }`},
		{"process access outside cmd", bad, "steps/a.go", `import "os"; func ExampleF() { os.Exit(1) }`},
		{"process access outside cmd", good, "cmd/stagedoor/main.go", `import "os"; func main() { os.Exit(1) }`},
		{"process access outside cmd", good, "spec/a.go", `import ("fmt"; "io"); func f(w io.Writer) { fmt.Fprintln(w) }`},
		{"process access outside cmd", good, "spec/a.go", `import log "log/slog"; func f() { log.Info("a") }`},
		{"process access outside cmd", good, "spec/a_test.go", `import "fmt"; func ExampleF() { fmt.Println() }`},

		{"reading an error's text", bad, "spec/a.go", `import "strings"; func f(err error) bool { return strings.Contains(err.Error(), "a") }`},
		{"reading an error's text", bad, "spec/a.go", `import "strings"; func f(err error) bool { return strings.HasPrefix(err.Error(), "a") }`},
		{"reading an error's text", good, "spec/a.go", `import "strings"; func f(s string) bool { return strings.Contains(s, "a") }`},
		{"reading an error's text", good, "spec/a_test.go", `import "strings"; func f(err error) bool { return strings.Contains(err.Error(), "a") }`},

		{"comparing errors by identity", bad, "spec/a.go", `func f(err error) bool { return err == ErrGone }`},
		{"comparing errors by identity", bad, "spec/a_test.go", `func f(err error) bool { return store.ErrGone != err }`},
		{"comparing errors by identity", bad, "spec/a.go", `import "io"; func f(err error) bool { return err == io.EOF }`},
		{"comparing errors by identity", bad, "spec/a.go", `func f(err error) { switch err { case errGone: } }`},
		{"comparing errors by identity", good, "spec/a.go", `func f(err error) bool { return err == nil }`},
		{"comparing errors by identity", good, "spec/a.go", `import "errors"; func f(err error) { switch { case errors.Is(err, ErrGone): } }`},
		{"comparing errors by identity", good, "spec/a.go", `func (e e) Is(target error) bool { return target == ErrGone }`},

		{"lenient godog", bad, "steps/a.go", `import "github.com/cucumber/godog"; func f() { _ = godog.Options{Format: "x"} }`},
		{"lenient godog", bad, "steps/a_test.go", `import "github.com/cucumber/godog"; func f() { _ = &godog.Options{Strict: false} }`},
		{"lenient godog", good, "steps/a.go", `import "github.com/cucumber/godog"; func f() { _ = &godog.Options{Strict: true} }`},

		{"long file", bad, "spec/a.go", strings.Repeat("\n", 501)},
		{"long file", good, "spec/a.go", strings.Repeat("\n", 499)},
		{"long file", good, "spec/a_test.go", strings.Repeat("\n", 501)},

		{"note to self", bad, "spec/a.go", "// TODO later\nfunc f() {}"},
		{"note to self", bad, "spec/a.go", "func f() { /* FIXME */ }"},
		{"note to self", good, "spec/a.go", "// TODOS is a list.\nconst text = \"TODO\""},
	}

	type verdict struct {
		smell  string
		caught bool
	}
	tried := map[verdict]bool{}
	known := smells()
	for _, c := range cases {
		tried[verdict{c.smell, c.caught}] = true
		i := slices.IndexFunc(known, func(s smell) bool { return s.name == c.smell })
		if i < 0 {
			t.Fatalf("no smell is called %q", c.smell)
		}
		f, err := parseSource(c.path, []byte("package a\n"+c.source))
		if err != nil {
			t.Fatalf("%s: %v", c.source, err)
		}
		caught := false
		known[i].find(f, func(int, string) { caught = true })
		if caught != c.caught {
			t.Errorf("%s: caught %t, want %t in %s:\n%s", c.smell, caught, c.caught, c.path, c.source)
		}
	}
	for _, s := range known {
		if !tried[verdict{s.name, bad}] || !tried[verdict{s.name, good}] {
			t.Errorf("%s lacks source that must be caught or source that must pass", s.name)
		}
	}
}
