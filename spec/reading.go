package spec

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Reading is one contested or silent place of the documents with the honest
// ways to understand it.
type Reading struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	// Systems and Operations ("subscriber.login") are what it touches; a
	// reading without operations touches its systems as a whole.
	Systems    []string `json:"systems,omitempty"`
	Operations []string `json:"operations,omitempty"`
	// Options, the canonical one first.
	Options []Option `json:"options"`
	// Open admits any integer that is not a code of success, besides Options.
	Open bool `json:"-"`
}

// Option is one way to understand a reading. One without effects is a switch
// that a behaviour reads.
type Option struct {
	ID      string `json:"id"`
	Summary string `json:"summary"`
	// Status and Code move an outcome to another HTTP status or application code.
	Status map[string]int `json:"status,omitempty"`
	Code   map[string]int `json:"code,omitempty"`
	// Rename gives top-level fields of replies another name.
	Rename map[string]string `json:"rename,omitempty"`
	// Omit leaves fields out of replies, by JSON pointer.
	Omit []string `json:"omit,omitempty"`
	// Required replaces the required fields of a request schema.
	Required map[string][]string `json:"required,omitempty"`
	// Admit makes named schemas take any text of up to 64 characters.
	Admit []string `json:"admit,omitempty"`
}

// The prefixes of the readings that are derived from tolerances.
const (
	statusReading = "status."
	codeReading   = "code."
)

// derivedReadings are those that x-tolerate implies: one for each outcome name
// whose status or application code may be another.
func derivedReadings(systems []*System) []Reading {
	var rows []Reading
	for _, s := range systems {
		for _, o := range s.Operations {
			for _, outcome := range o.Outcomes {
				rows = derive(rows, s, []string{o.Name()}, outcome)
			}
		}
		for _, outcome := range s.Outcomes {
			rows = derive(rows, s, nil, outcome)
		}
	}
	return rows
}

func index(rows []Reading, id string) int {
	return slices.IndexFunc(rows, func(r Reading) bool { return r.ID == id })
}

// derive adds what the tolerance of one outcome implies.
func derive(rows []Reading, s *System, operations []string, o *Outcome) []Reading {
	row := Reading{Systems: []string{s.Name}, Operations: operations}
	if len(o.Tolerate.Status) > 0 {
		row.ID, row.Question = statusReading+o.Name, "With which HTTP status is "+o.Name+" answered?"
		row.Options = statusOptions(o)
		rows = merge(rows, row)
	}
	if code, ok := o.Code.(int); ok && (len(o.Tolerate.Codes) > 0 || o.Tolerate.Failing) {
		row.ID, row.Question = codeReading+o.Name, "With which application code is "+o.Name+" answered?"
		row.Options, row.Open = codeOptions(o, code), o.Tolerate.Failing
		rows = merge(rows, row)
	}
	return rows
}

// merge adds a row, or what it adds to the row of the same id.
func merge(rows []Reading, row Reading) []Reading {
	i := index(rows, row.ID)
	if i < 0 {
		return append(rows, row)
	}
	r := &rows[i]
	r.Open = r.Open || row.Open
	r.Operations = slices.Concat(r.Operations, row.Operations)
	if !slices.Contains(r.Systems, row.Systems[0]) {
		r.Systems = slices.Concat(r.Systems, row.Systems)
	}
	for _, option := range row.Options {
		if !slices.ContainsFunc(r.Options, func(have Option) bool { return have.ID == option.ID }) {
			r.Options = append(r.Options, option)
		}
	}
	return rows
}

func statusOptions(o *Outcome) []Option {
	options := make([]Option, 0, 1+len(o.Tolerate.Status))
	for _, status := range slices.Concat([]int{o.Status}, o.Tolerate.Status) {
		options = append(options, Option{ID: strconv.Itoa(status), Summary: "HTTP " + strconv.Itoa(status), Status: map[string]int{o.Name: status}})
	}
	return options
}

// codeOptions lists, for an outcome that tolerates every failing code, the two
// that stand for all: 0, and one that no document knows.
func codeOptions(o *Outcome, canonical int) []Option {
	codes := slices.Concat([]int{canonical}, o.Tolerate.Codes)
	if o.Tolerate.Failing {
		codes = append(codes, 0, 2)
	}
	slices.Sort(codes[1:])
	codes = append(codes[:1], slices.DeleteFunc(slices.Compact(codes[1:]), func(c int) bool { return c == canonical })...)
	options := make([]Option, 0, len(codes))
	for _, code := range codes {
		options = append(options, Option{ID: strconv.Itoa(code), Summary: "code " + strconv.Itoa(code), Code: map[string]int{o.Name: code}})
	}
	return options
}

// Reading returns the reading with this id.
func (c *Contract) Reading(id string) (Reading, error) {
	if i := index(c.Rows, id); i >= 0 {
		return c.Rows[i], nil
	}
	ids := make([]string, len(c.Rows))
	for i, r := range c.Rows {
		ids[i] = r.ID
	}
	return Reading{}, fmt.Errorf("reading %q: %w%s (see stagedoor spec questions)", id, ErrUnknown, hint(id, ids))
}

// option finds one of the reading's options by id.
func (r Reading) option(id string) (Option, error) {
	ids := make([]string, len(r.Options))
	for i, o := range r.Options {
		if o.ID == id {
			return o, nil
		}
		ids[i] = o.ID
	}
	if code, err := strconv.Atoi(id); r.Open && err == nil && code >= 0 && !slices.Contains(successCodes, code) {
		outcome := strings.TrimPrefix(r.ID, codeReading)
		return Option{ID: id, Summary: "code " + id, Code: map[string]int{outcome: code}}, nil
	}
	return Option{}, fmt.Errorf("reading %s: option %q: %w; it has %s%s", r.ID, id, ErrUnknown, strings.Join(ids, ", "), hint(id, ids))
}

// ReadingSet is one option for each reading. [Contract.Resolve] makes it.
type ReadingSet struct {
	contract *Contract
	chosen   map[string]string
	// status and code are by "system/outcome". Those of derived readings hold
	// only for wire forms that tolerate them.
	status, derivedStatus map[string]int
	code, derivedCode     map[string]int
	rename                map[string]map[string]string // operation → names
	omit                  map[string][]string          // operation → pointers
	variant               map[string]*System           // system → the one with other request schemas
}

// Resolve makes a set of the given options by reading id; the others stay
// canonical. It refuses an unknown id or option and names the known ones.
func (c *Contract) Resolve(options map[string]string) (*ReadingSet, error) {
	set := &ReadingSet{
		contract: c, chosen: map[string]string{}, rename: map[string]map[string]string{}, omit: map[string][]string{}, variant: map[string]*System{},
		status: map[string]int{}, derivedStatus: map[string]int{}, code: map[string]int{}, derivedCode: map[string]int{},
	}
	// The derived readings speak of one outcome and come last: they win.
	ids := slices.SortedFunc(maps.Keys(options), func(a, b string) int {
		return cmp.Or(index(c.Rows, a)-index(c.Rows, b), strings.Compare(a, b))
	})
	changes := map[string]schemaChange{}
	for _, id := range ids {
		r, err := c.Reading(id)
		if err != nil {
			return nil, err
		}
		option, err := r.option(options[id])
		if err != nil {
			return nil, err
		}
		if option.ID == r.Options[0].ID && !strings.Contains(id, ".") {
			continue
		}
		set.chosen[id] = option.ID
		set.apply(r, option)
		for name, fields := range option.Required {
			changes[name] = schemaChange{required: fields}
		}
		for _, name := range option.Admit {
			changes[name] = schemaChange{anyText: true}
		}
	}
	return set, set.changeSchemas(changes)
}

func (s *ReadingSet) apply(r Reading, option Option) {
	for _, operation := range r.Operations {
		if len(option.Rename) > 0 {
			s.rename[operation] = option.Rename
		}
		s.omit[operation] = append(s.omit[operation], option.Omit...)
	}
	status, code := s.status, s.code
	if r.Derived() {
		status, code = s.derivedStatus, s.derivedCode
	}
	for _, system := range s.contract.Systems {
		if len(r.Systems) > 0 && !slices.Contains(r.Systems, system.Name) {
			continue
		}
		for outcome, to := range option.Status {
			status[system.Name+"/"+outcome] = to
		}
		for outcome, to := range option.Code {
			code[system.Name+"/"+outcome] = to
		}
	}
}

// Option is the chosen option of a reading, the canonical one by default. It
// is "" for an id that is no reading.
func (s *ReadingSet) Option(id string) string {
	if option, ok := s.chosen[id]; ok {
		return option
	}
	if r, err := s.contract.Reading(id); err == nil {
		return r.Options[0].ID
	}
	return ""
}

// Chosen lists the options that were asked for, by reading id, without the
// canonical ones; of a derived reading the canonical one counts as well, since
// it holds against the readings of readings.yaml.
func (s *ReadingSet) Chosen() map[string]string { return maps.Clone(s.chosen) }

// Status is the HTTP status of an outcome of a system under these readings.
func (s *ReadingSet) Status(system *System, o *Outcome) int {
	key := system.Name + "/" + o.Name
	if status, ok := s.derivedStatus[key]; ok && (status == o.Status || slices.Contains(o.Tolerate.Status, status)) {
		return status
	}
	if status, ok := s.status[key]; ok {
		return status
	}
	return o.Status
}

// codeOf is the application code of an outcome under these readings, and
// whether it differs from the sample's.
func (s *ReadingSet) codeOf(system *System, o *Outcome) (int, bool) {
	canonical, ok := o.Code.(int)
	if !ok {
		return 0, false
	}
	key := system.Name + "/" + o.Name
	if code, ok := s.derivedCode[key]; ok && (o.Tolerate.Failing || slices.Contains(o.Tolerate.Codes, code)) {
		return code, code != canonical
	}
	code, ok := s.code[key]
	return code, ok && code != canonical
}

// Render is the outcome's JSON as these readings have it. canonical is what
// [Outcome.Render] made of the same reply. at is nil for a reply that is no
// operation's.
func (s *ReadingSet) Render(system *System, at *Operation, o *Outcome, r Reply, canonical []byte) ([]byte, error) {
	var names map[string]string
	var omitted []string
	if at != nil && len(s.rename)+len(s.omit) > 0 {
		names, omitted = s.rename[at.Name()], s.omit[at.Name()]
	}
	code, moved := s.codeOf(system, o)
	if !moved && len(names)+len(omitted) == 0 {
		return canonical, nil
	}
	for _, pointer := range omitted {
		o, r.Fields = o.without(pointer), r.Fields.without(pointer)
	}
	if moved {
		fields := maps.Clone(r.Fields)
		if fields == nil {
			fields = Fields{}
		}
		fields["/"+o.codeField] = code
		r.Fields = fields
	}
	return o.renamed(names).Render(r)
}

// Operation is o as these readings understand it: the same, or one with another
// request schema.
func (s *ReadingSet) Operation(o *Operation) *Operation {
	if system := s.variant[o.System.Name]; system != nil {
		return system.Operation(o.ID)
	}
	return o
}

// Random chooses an option for every reading, reproducibly by seed.
func (c *Contract) Random(seed uint64) map[string]string {
	rng := rand.New(rand.NewPCG(seed, uint64(len("readings"))))
	options := map[string]string{}
	for _, r := range c.Rows {
		options[r.ID] = r.Options[rng.IntN(len(r.Options))].ID
	}
	return options
}

// variants keeps the systems that were loaded with other request schemas: a
// sandbox may be made with the same readings a thousand times.
type variants struct {
	contract *Contract
	mu       sync.Mutex
	loaded   map[string]*System
}

// schemaChange is what a reading does to a named request schema.
type schemaChange struct {
	required []string
	anyText  bool
}

func (c schemaChange) apply(schema *openapi3.Schema) {
	if !c.anyText {
		schema.Required = c.required
		return
	}
	most := uint64(64)
	*schema = openapi3.Schema{Type: schema.Type, Description: schema.Description, MinLength: 1, MaxLength: &most}
}

func (s *ReadingSet) changeSchemas(changes map[string]schemaChange) error {
	for _, system := range s.contract.Systems {
		touched := map[string]schemaChange{}
		for name, change := range changes {
			if system.Doc.Components.Schemas[name] != nil {
				touched[name] = change
			}
		}
		if len(touched) == 0 {
			continue
		}
		variant, err := s.contract.variants.load(system, touched)
		if err != nil {
			return err
		}
		s.variant[system.Name] = variant
	}
	return nil
}

func (v *variants) load(system *System, changes map[string]schemaChange) (*System, error) {
	key := system.Name + fmt.Sprint(changes)
	v.mu.Lock()
	defer v.mu.Unlock()
	if loaded := v.loaded[key]; loaded != nil {
		return loaded, nil
	}
	loaded, err := loadVariant(system, func(schemas openapi3.Schemas) {
		for name, change := range changes {
			change.apply(schemas[name].Value)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("readings of %s: %w", system.Name, err)
	}
	if v.loaded == nil {
		v.loaded = map[string]*System{}
	}
	v.loaded[key] = loaded
	return loaded, nil
}

// Derived says whether the reading follows from a tolerance, and not from a row
// of readings.yaml.
func (r Reading) Derived() bool {
	return strings.HasPrefix(r.ID, statusReading) || strings.HasPrefix(r.ID, codeReading)
}
