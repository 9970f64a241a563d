package sandbox

import (
	"fmt"

	"stagedoor/fixtures"
)

// Fixture is the default sandbox as the fixtures have it.
func Fixture() (Document, error) {
	d, err := DecodeDocument(fixtures.Default())
	if err != nil {
		return Document{}, fmt.Errorf("fixtures/default.json: %w", err)
	}
	return d, nil
}
