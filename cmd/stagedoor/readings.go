package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// chooseReadings follows --readings, then --reading, on top of what the
// document says.
func (f *mockFlags) chooseReadings(contract *spec.Contract, d *sandbox.Document) error {
	chosen := sandbox.Readings{}
	maps.Copy(chosen, d.Readings)
	if f.readings != "" {
		options, err := loadReadings(contract, f.readings)
		if err != nil {
			return usagef("%s %s: %w", f.origin("readings"), f.readings, err)
		}
		maps.Copy(chosen, options)
	}
	for _, one := range f.reading {
		id, option, ok := strings.Cut(one, "=")
		if !ok {
			return usagef("%s: %q is not of the form ID=OPTION", f.origin("reading"), one)
		}
		if _, err := contract.Resolve(map[string]string{id: option}); err != nil {
			return usagef("%s: %w", f.origin("reading"), err)
		}
		chosen[id] = option
	}
	if len(chosen) > 0 {
		d.Readings = chosen
	}
	return nil
}

// loadReadings reads the value of --readings: random:SEED, or a YAML or JSON
// file that maps ids to options, under the key "readings" or as a whole.
func loadReadings(contract *spec.Contract, value string) (sandbox.Readings, error) {
	if seed, ok := strings.CutPrefix(value, "random:"); ok {
		n, err := strconv.ParseUint(seed, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no seed; use a whole number", seed)
		}
		return contract.Random(n), nil
	}
	data, err := os.ReadFile(value)
	if err != nil {
		return nil, err
	}
	options, err := parseReadings(data)
	if err != nil {
		return nil, err
	}
	_, err = contract.Resolve(options)
	return options, err
}

func parseReadings(data []byte) (sandbox.Readings, error) {
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(asJSON, &file); err != nil {
		return nil, errors.New("holds no map from readings to options")
	}
	if inner, ok := file["readings"]; ok {
		if len(file) > 1 {
			return nil, errors.New("has other keys beside readings")
		}
		asJSON = inner
	}
	var options sandbox.Readings
	if err := json.Unmarshal(asJSON, &options); err != nil {
		return nil, fmt.Errorf("readings: %w", err)
	}
	return options, nil
}
