package mockserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// layer says which packages of the module some packages may import. A pattern
// is a package, or a package and all below it ("steps/..."), or all ("...").
type layer struct {
	packages string
	imports  []string
	tests    []string // what their tests may import besides
}

// across is what tests inside the mock and of the suite may use: the whole mock,
// since a test is a client of it, and what helps to write tests.
func across() []string {
	return []string{"spec", "spec/spectest", "fixtures", "mockserver/..."}
}

// behaviours are the packages that only say what an operation does.
func behaviours() []string {
	return []string{"mockserver/subscriber", "mockserver/digipay", "mockserver/watch", "mockserver/verifynow"}
}

// layers is the layering of the module from the bottom up; the first row that
// matches a package is its row. A package may always import itself.
func layers() []layer {
	rows := []layer{
		{"spec", nil, []string{"spec/spectest"}},
		{"spec/spectest", []string{"spec"}, nil},
		{"fixtures", []string{"spec"}, across()},

		{"mockserver/clock", nil, across()},
		{"mockserver/feed", nil, across()},
		{"mockserver/store", nil, across()},
		{"mockserver/store/...", []string{"mockserver/store"}, across()},
		{"mockserver/variant", nil, across()},

		{"mockserver/inbox", []string{"mockserver/feed"}, across()},
		{"mockserver/journal", []string{"spec", "mockserver/feed"}, across()},
		{"mockserver/session", nil, across()},
		{"mockserver/account", []string{"mockserver/session", "mockserver/store"}, across()},
		{"mockserver/otp", []string{"mockserver/store"}, across()},
		{"mockserver/fault", []string{"spec", "mockserver/clock"}, across()},
		{"mockserver/sandbox", []string{
			"spec", "fixtures", "mockserver/clock", "mockserver/store", "mockserver/account", "mockserver/session",
			"mockserver/otp", "mockserver/feed", "mockserver/inbox", "mockserver/journal", "mockserver/fault",
		}, across()},
		{"mockserver/pipeline", []string{
			"spec", "mockserver/sandbox", "mockserver/account", "mockserver/session", "mockserver/otp",
			"mockserver/inbox", "mockserver/journal", "mockserver/clock", "mockserver/fault", "mockserver/variant",
		}, across()},
	}
	for _, b := range behaviours() {
		rows = append(rows, layer{b, []string{
			"spec", "mockserver/pipeline", "mockserver/account", "mockserver/session", "mockserver/otp",
		}, across()})
	}
	return append(rows,
		layer{"mockserver/console", nil, across()},
		layer{"mockserver/control", []string{
			"spec", "mockserver/sandbox", "mockserver/account", "mockserver/inbox", "mockserver/journal",
			"mockserver/clock", "mockserver/pipeline", "mockserver/session", "mockserver/store", "mockserver/otp",
			"mockserver/feed", "mockserver/fault", "mockserver/console",
		}, across()},
		layer{"mockserver/control/client", []string{
			"mockserver/sandbox", "mockserver/account", "mockserver/inbox", "mockserver/journal", "mockserver/fault", "mockserver/clock",
		}, across()},
		layer{"mockserver", []string{"spec", "fixtures", "mockserver/..."}, across()},
		layer{"mockserver/mocktest", []string{"mockserver", "mockserver/sandbox"}, across()},

		layer{"features", nil, []string{"spec"}},
		layer{"steps/mutant", []string{"spec", "features", "steps/...", "mockserver/..."}, across()},
		layer{"steps/...", []string{"spec", "features", "steps/..."}, across()},
		layer{"cmd/stagedoor/...", []string{"..."}, nil},
	)
}

func TestImportsPointDown(t *testing.T) {
	for _, f := range sourceTree(t) {
		for _, complaint := range misplaced(f) {
			t.Error(complaint)
		}
	}
}

// misplaced is what the layering has against a file.
func misplaced(f sourceFile) []string {
	rows := layers()
	row := slices.IndexFunc(rows, func(l layer) bool { return covers(l.packages, f.dir()) })
	if row < 0 {
		return []string{fmt.Sprintf("%s: package %s is in no layer; give it a row in mockserver/layering_test.go", f.path, f.dir())}
	}
	allowed := rows[row].imports
	if f.test {
		allowed = slices.Concat(allowed, rows[row].tests)
	}
	var complaints []string
	for _, imported := range f.imports() {
		if imported == f.dir() || slices.ContainsFunc(allowed, func(p string) bool { return covers(p, imported) }) {
			continue
		}
		complaints = append(complaints, fmt.Sprintf("%s: %s may not import %s, only %s",
			f.path, f.dir(), imported, orNothing(allowed)))
	}
	return complaints
}

// covers says whether a pattern of the table means the package.
func covers(pattern, pkg string) bool {
	below, tree := strings.CutSuffix(pattern, "...")
	if !tree {
		return pattern == pkg
	}
	return strings.HasPrefix(pkg+"/", below)
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing of this module"
	}
	return strings.Join(names, ", ")
}

func TestLayeringCatchesWhatPointsUp(t *testing.T) {
	for _, c := range []struct {
		path, imports string
		complaint     string // a part of it; empty: none
	}{
		{"spec/a.go", "fixtures", "spec may not import fixtures, only nothing of this module"},
		{"spec/a.go", "spec/spectest", "spec may not import spec/spectest"},
		{"spec/a_test.go", "spec/spectest", ""},
		{"spec/a_test.go", "mockserver", "spec may not import mockserver"},
		{"fixtures/a.go", "spec", ""},
		{"fixtures/a.go", "mockserver/account", "fixtures may not import mockserver/account"},
		{"mockserver/store/bolt/a.go", "mockserver/store", ""},
		{"mockserver/store/bolt/a.go", "mockserver/clock", "mockserver/store/bolt may not import mockserver/clock"},
		{"mockserver/session/a.go", "mockserver/clock", "mockserver/session may not import mockserver/clock"},
		{"mockserver/otp/a.go", "mockserver/account", "mockserver/otp may not import mockserver/account"},
		{"mockserver/watch/a.go", "mockserver/pipeline", ""},
		{"mockserver/watch/a.go", "mockserver/digipay", "mockserver/watch may not import mockserver/digipay"},
		{"mockserver/watch/a.go", "mockserver/clock", "mockserver/watch may not import mockserver/clock"},
		{"mockserver/watch/a.go", "mockserver/inbox", "mockserver/watch may not import mockserver/inbox"},
		{"mockserver/watch/a.go", "mockserver/sandbox", "mockserver/watch may not import mockserver/sandbox"},
		{"mockserver/watch/a_test.go", "mockserver/mocktest", ""},
		{"mockserver/watch/a_test.go", "steps/target", "mockserver/watch may not import steps/target"},
		{"mockserver/pipeline/a.go", "mockserver/subscriber", "mockserver/pipeline may not import mockserver/subscriber"},
		{"mockserver/control/a.go", "mockserver/pipeline", ""},
		{"mockserver/a.go", "mockserver/watch", ""},
		{"mockserver/a.go", "steps", "mockserver may not import steps"},
		{"features/features.go", "spec", "features may not import spec"},
		{"steps/target/a.go", "steps/profile", ""},
		{"steps/target/a.go", "mockserver", "steps/target may not import mockserver"},
		{"steps/target/a.go", "fixtures", "steps/target may not import fixtures"},
		{"steps/a_test.go", "mockserver/mocktest", ""},
		{"steps/mutant/a.go", "mockserver", ""},
		{"cmd/stagedoor/mock.go", "mockserver", ""},
		{"cmd/stagedoor/internal/a/a.go", "steps", ""},
		{"cmd/other/a.go", "spec", "package cmd/other is in no layer"},
		{"mockserver/stray/a.go", "spec", "package mockserver/stray is in no layer"},
		{"a.go", "spec", "package . is in no layer"},
		{"stepsibling/a.go", "spec", "package stepsibling is in no layer"},
	} {
		f, err := parseSource(c.path, []byte("package a\nimport _ \""+modulePath+"/"+c.imports+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		complaints := strings.Join(misplaced(f), "\n")
		if c.complaint == "" && complaints != "" {
			t.Errorf("%s importing %s is refused: %s", c.path, c.imports, complaints)
		}
		if !strings.Contains(complaints, c.complaint) {
			t.Errorf("%s importing %s: got %q, want %q", c.path, c.imports, complaints, c.complaint)
		}
	}
}
