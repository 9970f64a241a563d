package mockserver_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "stagedoor"

// sourceFile is one Go file of the module, as the layering and the smell tests
// see it.
type sourceFile struct {
	path   string // from the top of the module, with slashes
	test   bool
	lines  int
	syntax *ast.File
	fset   *token.FileSet
}

func parseSource(name string, source []byte) (sourceFile, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	return sourceFile{
		path:   name,
		test:   strings.HasSuffix(name, "_test.go"),
		lines:  bytes.Count(source, []byte("\n")),
		syntax: syntax,
		fset:   fset,
	}, err
}

// dir is the package of the file, from the top of the module.
func (f sourceFile) dir() string { return path.Dir(f.path) }

func (f sourceFile) line(n ast.Node) int { return f.fset.Position(n.Pos()).Line }

// imports are the packages of this module that the file imports, from the top
// of the module.
func (f sourceFile) imports() []string {
	var inside []string
	for _, spec := range f.syntax.Imports {
		if name, ok := strings.CutPrefix(importPath(spec), modulePath+"/"); ok {
			inside = append(inside, name)
		}
	}
	return inside
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// selected is the import path and the name of a package-qualified identifier
// such as http.StatusOK, or two empty strings. It knows packages by their names
// in this file and does not look for variables that hide them.
func (f sourceFile) selected(n ast.Node) (pkg, name string) {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	qualifier, ok := selector.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	for _, spec := range f.syntax.Imports {
		imported := importPath(spec)
		local := path.Base(imported)
		if majorVersion.MatchString(local) {
			local = path.Base(path.Dir(imported))
		}
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local == qualifier.Name {
			return imported, selector.Sel.Name
		}
	}
	return "", ""
}

// selects says whether the node is one of the names of the package.
func (f sourceFile) selects(n ast.Node, pkg string, names ...string) bool {
	p, name := f.selected(n)
	return p == pkg && slices.Contains(names, name)
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

// sourceTree parses every Go file of the module, whatever its build tags.
func sourceTree(t *testing.T) []sourceFile {
	t.Helper()
	top := os.DirFS("..")
	mod, err := fs.ReadFile(top, "go.mod")
	if err != nil || !bytes.HasPrefix(mod, []byte("module "+modulePath+"\n")) {
		t.Fatalf("the folder above is not module %s (%v)", modulePath, err)
	}
	var files []sourceFile
	err = fs.WalkDir(top, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && outsideModule(entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(top, name)
		if err != nil {
			return err
		}
		f, err := parseSource(name, source)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatalf("reading the module: %v", err)
	}
	// A walk that misses this file would find nothing wrong anywhere.
	if !slices.ContainsFunc(files, func(f sourceFile) bool { return f.path == "mockserver/tree_test.go" }) {
		t.Fatal("the walk did not come past its own file")
	}
	return files
}

// outsideModule names the folders that hold no packages of the module.
func outsideModule(dir string) bool {
	return strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_") ||
		slices.Contains([]string{"bin", "node_modules", "testdata"}, dir)
}
