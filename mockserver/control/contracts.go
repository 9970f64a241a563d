package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"stagedoor/spec"
)

// servedUnder is where the contracts are.
const servedUnder = "/openapi/"

// library holds the contracts as they are served, by file name.
type library map[string]shelf

// shelf is one form of a contract. The JSON is made when it is first asked for.
type shelf struct {
	mediaType string
	read      func() ([]byte, error)
}

func newLibrary(contract *spec.Contract) library {
	l := library{}
	for _, system := range contract.Systems {
		l.add(system.Name, system.Source)
	}
	return l
}

func (l library) add(name string, source []byte) {
	l[name+".yaml"] = shelf{"application/yaml", func() ([]byte, error) { return source, nil }}
	l[name+".json"] = shelf{"application/json", sync.OnceValues(func() ([]byte, error) { return toJSON(source) })}
}

// find returns a contract as a reply.
func (l library) find(file string) (reply, error) {
	s, ok := l[file]
	if !ok {
		return reply{}, refuse(http.StatusNotFound, "file %q: there is none; there is %s", file, strings.Join(slices.Sorted(maps.Keys(l)), ", "))
	}
	body, err := s.read()
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {s.mediaType}}, body: body}, err
}

func (a *API) servedContract(_ context.Context, c *call) (reply, error) {
	return a.library.find(c.path["file"])
}

// WithContracts serves the contracts of the systems, for pages of any origin,
// beside the systems themselves: GET /openapi/{system}.yaml and .json.
// Everything else is next's.
func WithContracts(contract *spec.Contract, next http.Handler) http.Handler {
	l := newLibrary(contract)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, under := strings.CutPrefix(r.URL.Path, servedUnder)
		if !under || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		answer, err := l.find(file)
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		answer.header.Set("Access-Control-Allow-Origin", "*")
		answer.send(w)
	})
}

// toJSON turns YAML into JSON with the keys in the order of the file.
func toJSON(source []byte) ([]byte, error) {
	var value any
	if err := yaml.UnmarshalWithOptions(source, &value, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	var compact, indented bytes.Buffer
	if err := writeJSON(&compact, value); err != nil {
		return nil, err
	}
	err := json.Indent(&indented, compact.Bytes(), "", "  ")
	return indented.Bytes(), err
}

func writeJSON(out *bytes.Buffer, value any) error {
	switch value := value.(type) {
	case yaml.MapSlice:
		return writeAll(out, "{}", value, func(item yaml.MapItem) error {
			if err := writeJSON(out, fmt.Sprint(item.Key)); err != nil {
				return err
			}
			out.WriteByte(':')
			return writeJSON(out, item.Value)
		})
	case []any:
		return writeAll(out, "[]", value, func(child any) error { return writeJSON(out, child) })
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

func writeAll[T any](out *bytes.Buffer, brackets string, all []T, write func(T) error) error {
	out.WriteByte(brackets[0])
	for i, one := range all {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := write(one); err != nil {
			return err
		}
	}
	out.WriteByte(brackets[1])
	return nil
}
