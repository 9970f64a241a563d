package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// names are the systems of the contract, in the order in which they are listed
// everywhere.
var names = []string{"subscriber", "digipay", "watch", "verifynow"}

// Contract is everything that the embedded files say.
type Contract struct {
	Systems   []*System
	Documents []Document
	// Rows are the readings: those of readings.yaml, then those derived from
	// the tolerances of the outcomes.
	Rows []Reading

	variants variants
}

// Load reads and checks the embedded contract.
func Load() (*Contract, error) { return LoadFS(files) }

// LoadFS reads and checks a contract from the root of fsys, which holds the
// files that doc.go lists. Every refusal names the file and the place.
func LoadFS(fsys fs.FS) (*Contract, error) {
	var documents struct {
		Documents []Document `json:"documents"`
	}
	if err := readYAML(fsys, "documents.yaml", &documents); err != nil {
		return nil, err
	}
	if err := checkDocuments(documents.Documents); err != nil {
		return nil, fmt.Errorf("spec/documents.yaml: %w", err)
	}
	c := &Contract{Documents: documents.Documents, Systems: make([]*System, len(names))}
	var readings struct {
		Readings []Reading `json:"readings"`
	}
	// The files are independent of each other, and reading them is most of what
	// a start of the program takes.
	refused := make([]error, len(names)+1)
	var reading sync.WaitGroup
	for i, name := range names {
		reading.Go(func() { c.Systems[i], refused[i] = c.readSystem(fsys, name) })
	}
	reading.Go(func() { refused[len(names)] = readYAML(fsys, "readings.yaml", &readings) })
	reading.Wait()
	if err := errors.Join(refused...); err != nil {
		return nil, err
	}
	c.Rows = append(readings.Readings, derivedReadings(c.Systems)...)
	if err := c.checkReadings(); err != nil {
		return nil, fmt.Errorf("spec/readings.yaml: %w", err)
	}
	c.variants.contract = c
	return c, nil
}

func (c *Contract) readSystem(fsys fs.FS, name string) (*System, error) {
	data, err := fs.ReadFile(fsys, name+".yaml")
	if err != nil {
		return nil, fmt.Errorf("read contract of %s: %w", name, err)
	}
	s, err := loadSystem(name, data, c.Documents)
	if err != nil {
		return nil, fmt.Errorf("spec/%s.yaml: %w", name, err)
	}
	return s, nil
}

func readYAML(fsys fs.FS, name string, into any) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read contract: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict(), yaml.UseJSONUnmarshaler()); err != nil {
		return fmt.Errorf("spec/%s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

// System returns the system with this name, or nil.
func (c *Contract) System(name string) *System {
	for _, s := range c.Systems {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Operations returns the operations that id names: "watch.login" is one,
// "login" one of each system that has it. It is empty for an unknown id.
func (c *Contract) Operations(id string) []*Operation {
	var found []*Operation
	for _, s := range c.Systems {
		for _, o := range s.Operations {
			if o.ID == id || o.Name() == id {
				found = append(found, o)
			}
		}
	}
	return found
}

// OperationNames lists "system.operation" of every operation.
func (c *Contract) OperationNames() []string {
	var all []string
	for _, s := range c.Systems {
		for _, o := range s.Operations {
			all = append(all, o.Name())
		}
	}
	return all
}

// ErrUnknown is in the chain of every error about a name that the contract
// does not hold.
var ErrUnknown = errors.New("not in the contract")
