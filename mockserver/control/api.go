package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// Config is what the control API stands on.
type Config struct {
	// Contract is that of the systems, to be served.
	Contract *spec.Contract
	// Systems are those that are answered, which coverage is counted over; nil
	// means all of the contract.
	Systems   []*spec.System
	Sandboxes *sandbox.Registry
	Clock     clock.Clock
	// Metrics are shown to Prometheus; nil means ones that count nothing.
	Metrics *Metrics
	// Pprof serves the profiles of the Go runtime under /debug/pprof/. They are
	// for whoever develops the server, and no part of the contract.
	Pprof bool
	// Token, where set, must come with every call but those of health.
	Token string
	// Hosts are names, besides localhost, by which the API may be called.
	Hosts []string
	// Log gets what a reply does not show: why the store failed. Nil is silence.
	Log *slog.Logger
}

// API answers the control API.
type API struct {
	config  Config
	guard   guard
	library library
	router  *mux.Router
	open    map[string]bool // paths that are answered without a token, to any host
	version string          // of this API
}

// handler answers one operation. ctx does not end when the client goes away, so
// that no change is left halfway; what waits for the client asks c for its own.
type handler func(ctx context.Context, c *call) (reply, error)

// New makes the control API. It panics when the embedded contract and the
// handlers do not cover each other, which is a fault of the build.
func New(config Config) *API {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Systems == nil {
		config.Systems = config.Contract.Systems
	}
	if config.Metrics == nil {
		config.Metrics = NewMetrics()
	}
	a := &API{
		config: config, guard: newGuard(config.Token, config.Hosts), library: newLibrary(config.Contract),
		// Escaped slashes belong to a parameter, and nothing is redirected.
		router: mux.NewRouter().SkipClean(true).UseEncodedPath(), open: map[string]bool{},
	}
	a.router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, refuse(http.StatusNotFound, "path %q: there is none; /openapi/control.yaml lists those that are", r.URL.Path))
	})
	if config.Pprof {
		a.router.PathPrefix(profilesUnder).Handler(profiles())
	}
	own, source := ownContract()
	a.version = own.Info.Version
	a.library.add("control", source)
	handlers := a.handlers()
	for path, item := range own.Paths.Map() {
		resource := resource{api: a, operations: map[string]*operation{}}
		for method, o := range item.Operations() {
			handle := handlers[o.OperationID]
			if handle == nil {
				panic(fmt.Sprintf("spec/control.yaml: operation %q has no handler", o.OperationID))
			}
			delete(handlers, o.OperationID)
			resource.operations[method] = newOperation(item, o, handle)
			a.open[path] = o.Security != nil && len(*o.Security) == 0
		}
		a.router.Path(path).Handler(resource)
	}
	for id := range handlers {
		panic(fmt.Sprintf("spec/control.yaml: handler %q has no operation", id))
	}
	return a
}

func (a *API) handlers() map[string]handler {
	return map[string]handler{
		"healthz": a.healthz, "readyz": a.readyz, "metrics": a.metrics,
		"listSandboxes": a.listSandboxes, "createSandbox": a.createSandbox, "sandbox": a.showSandbox, "putSandbox": a.putSandbox,
		"patchSandbox": a.patchSandbox, "deleteSandbox": a.deleteSandbox, "resetSandbox": a.resetSandbox,
		"exportState": a.exportState, "importState": a.importState,
		"listMessages": a.listMessages, "latestCode": a.latestCode, "loginQr": a.loginQR,
		"clock": a.showClock, "moveClock": a.moveClock,
		"listFaults": a.listFaults, "replaceFaults": a.replaceFaults,
		"listAccounts": a.listAccounts, "createAccount": a.createAccount, "account": a.showAccount,
		"patchAccount": a.patchAccount, "deleteAccount": a.deleteAccount,
		"listRequests": a.listRequests, "clearRequests": a.clearRequests, "requestsArchive": a.requestsArchive,
		"coverage": a.coverage, "events": a.events,
		"servedContract": a.servedContract,
	}
}

// ownContract reads spec/control.yaml.
func ownContract() (doc *openapi3.T, source []byte) {
	source, err := spec.File("control.yaml")
	if err == nil {
		doc, err = openapi3.NewLoader().LoadFromData(source)
	}
	if err != nil {
		panic(fmt.Sprintf("spec/control.yaml: %v", err))
	}
	return doc, source
}

// ServeHTTP answers one call.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !a.open[r.URL.Path] {
		if err := a.guard.check(r); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	a.router.ServeHTTP(w, r)
}

// resource is a path of the contract with its operations by method.
type resource struct {
	api        *API
	operations map[string]*operation
}

// ServeHTTP picks the operation, reads what the contract says that it takes,
// and answers.
func (s resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	o := s.operations[method]
	if o == nil {
		s.api.fail(w, r, s.wrongMethod(r.Method))
		return
	}
	c, err := o.read(w, r)
	if err != nil {
		s.api.fail(w, r, err)
		return
	}
	answer, err := o.handle(context.WithoutCancel(r.Context()), c)
	if err != nil {
		s.api.fail(w, r, err)
		return
	}
	answer.send(w)
}

func (s resource) wrongMethod(method string) error {
	allowed := slices.Collect(maps.Keys(s.operations))
	if s.operations[http.MethodGet] != nil {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	p := refuse(http.StatusMethodNotAllowed, "method %s: this path takes %s", method, strings.Join(allowed, ", "))
	p.header.Set("Allow", strings.Join(allowed, ", "))
	return p
}

// call is a request as a handler sees it: held against the contract.
type call struct {
	request *http.Request
	path    map[string]string
	query   url.Values
	body    []byte
}

// reply is what a handler answers.
type reply struct {
	status int
	header http.Header
	body   []byte
	// serve, where set, answers in place of the others.
	serve func(http.ResponseWriter)
}

func (r reply) send(w http.ResponseWriter) {
	if r.serve != nil {
		r.serve(w)
		return
	}
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	// A client that has gone away is nobody's error.
	_, _ = w.Write(r.body)
}

// shown is a reply that shows a value as JSON.
func shown(status int, value any) (reply, error) {
	body, err := encode(value)
	return reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}, err
}

// made shows what is new, and where it is from now on.
func made(location string, value any) (reply, error) {
	r, err := shown(http.StatusCreated, value)
	r.header.Set("Location", location)
	return r, err
}

// gone is the reply when there is nothing left to show.
func gone() reply { return reply{status: http.StatusNoContent} }

func encode(value any) ([]byte, error) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(value)
	return body.Bytes(), err
}
