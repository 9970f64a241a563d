package mockserver_test

import (
	"go/ast"
	"go/token"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// smell is a habit that the code does without, and what to do instead.
type smell struct {
	name, instead string
	// find reports the places; a zero line is the file as a whole.
	find func(f sourceFile, report func(line int, what string))
}

func smells() []smell {
	return []smell{
		{"hidden clock", "take the time from a clock.Clock or from the call", hiddenClock},
		{"init function", "build it in a constructor", initFunction},
		{"mutable package variable", "make it a constant, a function or a field", packageVariable},
		{"HTTP in a behaviour", "return an outcome by name; the contract has its status", behaviourHTTP},
		{"process access outside cmd", "take a writer, a logger or a value from the caller", processAccess},
		{"reading an error's text", "use errors.Is or errors.As", errorText},
		{"comparing errors by identity", "use errors.Is", errorIdentity},
		{"lenient godog", "set Strict: true, or undefined steps pass", lenientGodog},
		{"long file", "split it by subject; 500 lines are the limit", longFile},
		{"note to self", "do it or drop it", noteToSelf},
	}
}

func TestSourceHasNoSmells(t *testing.T) {
	for _, f := range sourceTree(t) {
		for _, s := range smells() {
			s.find(f, func(line int, what string) {
				t.Errorf("%s:%d: %s: %s; %s", f.path, line, s.name, what, s.instead)
			})
		}
	}
}

func hiddenClock(f sourceFile, report func(int, string)) {
	if f.dir() == "mockserver/clock" {
		return
	}
	each(f, func(n ast.Node) {
		if f.selects(n, "time", "Now", "Sleep", "Since", "Until") {
			report(f.line(n), spelled(n))
		}
	})
}

func initFunction(f sourceFile, report func(int, string)) {
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			report(f.line(fn), "func init")
		}
	}
}

// packageVariable knows what a package variable may be: a value that its
// package never changes and that Go has no constant for.
func packageVariable(f sourceFile, report func(int, string)) {
	for _, d := range f.syntax.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if embedded(decl.Doc) || embedded(spec.Doc) {
				continue
			}
			for i, name := range spec.Names {
				value := ast.Expr(nil)
				if len(spec.Values) == len(spec.Names) {
					value = spec.Values[i]
				}
				if name.Name != "_" && !constantLike(f, name, value) {
					report(f.line(name), "var "+name.Name)
				}
			}
		}
	}
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

func constantLike(f sourceFile, name *ast.Ident, value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CompositeLit:
		// An empty table waits for somebody to fill it.
		return !name.IsExported() && len(v.Elts) > 0
	case *ast.CallExpr:
		if _, conversion := v.Fun.(*ast.ArrayType); conversion {
			return !name.IsExported()
		}
		return f.selects(v.Fun, "errors", "New") || f.selects(v.Fun, "fmt", "Errorf") ||
			f.selects(v.Fun, "regexp", "MustCompile") || f.selects(v.Fun, "strings", "NewReplacer") ||
			f.selects(v.Fun, "html/template", "Must") || f.selects(v.Fun, "text/template", "Must") ||
			f.selects(v.Fun, "time", "Date") && !name.IsExported() ||
			f.selects(v.Fun, "flag", "Bool", "String", "Int") && f.test ||
			f.selects(v.Fun, "sync", "OnceValue", "OnceValues") && f.test
	}
	return false
}

func behaviourHTTP(f sourceFile, report func(int, string)) {
	if f.test || !slices.Contains(behaviours(), f.dir()) {
		return
	}
	durations := map[ast.Node]bool{}
	each(f, func(n ast.Node) {
		pkg, name := f.selected(n)
		literal, isLiteral := n.(*ast.BasicLit)
		product, isProduct := n.(*ast.BinaryExpr)
		switch {
		case pkg == "net/http" && (name == "ResponseWriter" || strings.HasPrefix(name, "Status")):
			report(f.line(n), spelled(n))
		case isProduct && product.Op == token.MUL:
			// 300 * time.Second is no status.
			x, _ := f.selected(product.X)
			y, _ := f.selected(product.Y)
			durations[product.X], durations[product.Y] = y == "time", x == "time"
		case isLiteral && literal.Kind == token.INT && !durations[n]:
			if code, err := strconv.Atoi(literal.Value); err == nil && code >= 200 && http.StatusText(code) != "" {
				report(f.line(n), literal.Value)
			}
		}
	})
}

func processAccess(f sourceFile, report func(int, string)) {
	if strings.HasPrefix(f.path, "cmd/") {
		return
	}
	for _, d := range f.syntax.Decls {
		fn, ok := d.(*ast.FuncDecl)
		// The output of an example is its assertion.
		example := ok && f.test && strings.HasPrefix(fn.Name.Name, "Example")
		ast.Inspect(d, func(n ast.Node) bool {
			pkg, _ := f.selected(n)
			if pkg == "log" ||
				f.selects(n, "fmt", "Print", "Printf", "Println") && !example ||
				f.selects(n, "os", "Exit", "Getenv", "LookupEnv", "Environ") {
				report(f.line(n), spelled(n))
			}
			return true
		})
	}
}

// errorText leaves tests alone: what an error tells people is theirs to check.
func errorText(f sourceFile, report func(int, string)) {
	if f.test {
		return
	}
	each(f, func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		if pkg, _ := f.selected(call.Fun); pkg == "strings" && slices.ContainsFunc(call.Args, isErrorText) {
			report(f.line(n), spelled(call.Fun)+" of Error()")
		}
		if pkg, _ := f.selected(call.Fun); pkg == "regexp" && slices.ContainsFunc(call.Args, isErrorText) {
			report(f.line(n), spelled(call.Fun)+" of Error()")
		}
	})
}

func isErrorText(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 0 {
		return false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && method.Sel.Name == "Error"
}

func errorIdentity(f sourceFile, report func(int, string)) {
	for _, d := range f.syntax.Decls {
		// An Is method is where identity is decided.
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Is" {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					reportSentinels(f, []ast.Expr{n.X, n.Y}, report)
				}
			case *ast.SwitchStmt:
				for _, c := range n.Body.List {
					if n.Tag != nil {
						reportSentinels(f, c.(*ast.CaseClause).List, report)
					}
				}
			}
			return true
		})
	}
}

var sentinelName = regexp.MustCompile(`^[eE]rr[A-Z]`)

func reportSentinels(f sourceFile, operands []ast.Expr, report func(int, string)) {
	for _, e := range operands {
		name := spelled(e)
		if sentinelName.MatchString(name[strings.LastIndex(name, ".")+1:]) || f.selects(e, "io", "EOF", "ErrUnexpectedEOF") {
			report(f.line(e), name)
		}
	}
}

func lenientGodog(f sourceFile, report func(int, string)) {
	each(f, func(n ast.Node) {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || !f.selects(literal.Type, "github.com/cucumber/godog", "Options") {
			return
		}
		strict := slices.ContainsFunc(literal.Elts, func(e ast.Expr) bool {
			field, ok := e.(*ast.KeyValueExpr)
			return ok && spelled(field.Key) == "Strict" && spelled(field.Value) == "true"
		})
		if !strict {
			report(f.line(n), "godog.Options")
		}
	})
}

func longFile(f sourceFile, report func(int, string)) {
	if !f.test && !ast.IsGenerated(f.syntax) && f.lines > 500 {
		report(0, strconv.Itoa(f.lines)+" lines")
	}
}

var selfNote = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func noteToSelf(f sourceFile, report func(int, string)) {
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			if word := selfNote.FindString(c.Text); word != "" {
				report(f.line(c), word)
			}
		}
	}
}

// each visits every node of the file.
func each(f sourceFile, visit func(ast.Node)) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if n != nil {
			visit(n)
		}
		return true
	})
}

// spelled is the text of an identifier, qualified or not, and empty for any
// other node.
func spelled(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return spelled(n.X) + "." + n.Sel.Name
	}
	return ""
}
