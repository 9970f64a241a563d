package pipeline

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"stagedoor/spec"
)

// router finds the operation of a request, with the contract's templates.
type router struct {
	mux        *mux.Router
	systems    []*spec.System
	operations map[*mux.Route]*spec.Operation
	methods    []string
}

func newRouter(systems []*spec.System) *router {
	// Escaped slashes belong to a parameter, and nothing is redirected.
	r := &router{mux: mux.NewRouter().SkipClean(true).UseEncodedPath(), systems: systems, operations: map[*mux.Route]*spec.Operation{}}
	for _, system := range systems {
		for _, o := range system.Operations {
			for _, template := range append([]string{o.Path}, o.Aliases...) {
				route := r.mux.NewRoute().Methods(o.Method).Path(template).HandlerFunc(http.NotFound)
				r.operations[route] = o
			}
			if !slices.Contains(r.methods, o.Method) {
				r.methods = append(r.methods, o.Method)
			}
		}
	}
	slices.Sort(r.methods)
	return r
}

// target is where a request leads.
type target struct {
	system    *spec.System    // nil for a path under no system
	operation *spec.Operation // nil for a path or method that is none
	path      map[string]string
	allow     []string // the methods that the path has, where the method is wrong
}

func (r *router) find(req *http.Request) target {
	var match mux.RouteMatch
	if r.mux.Match(req, &match) && match.MatchErr == nil {
		o := r.operations[match.Route]
		if path, ok := unescape(match.Vars); ok {
			return target{system: o.System, operation: o, path: path}
		}
	}
	t := target{allow: r.allowed(req)}
	// The longest prefix wins: a system at the root holds what no other does.
	longest := -1
	for _, system := range r.systems {
		for _, prefix := range system.Prefixes {
			if under(req.URL.Path, prefix) && len(prefix) > longest {
				t.system, longest = system, len(prefix)
			}
		}
	}
	return t
}

func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// allowed lists the methods with which the path is an operation.
func (r *router) allowed(req *http.Request) []string {
	var allow []string
	for _, method := range r.methods {
		if method == req.Method {
			continue
		}
		var match mux.RouteMatch
		other := &http.Request{Method: method, URL: req.URL, Host: req.Host, Header: req.Header}
		if r.mux.Match(other, &match) && match.MatchErr == nil {
			allow = append(allow, method)
		}
	}
	return allow
}

func unescape(vars map[string]string) (map[string]string, bool) {
	for name, value := range vars {
		if !strings.ContainsRune(value, '%') {
			continue
		}
		plain, err := url.PathUnescape(value)
		if err != nil {
			return nil, false
		}
		vars[name] = plain
	}
	return vars, true
}
