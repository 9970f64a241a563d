package steps

import (
	"testing"

	"stagedoor/spec"
)

func TestTheFeatureFilesKeepTheirRules(t *testing.T) {
	contract, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := Plan(Config{Contract: contract})
	if err != nil {
		t.Fatal(err)
	}
	if len(scenarios) < 100 {
		t.Errorf("%d scenarios; there are more", len(scenarios))
	}
}
