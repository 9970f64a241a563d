package main

import (
	"regexp"
	"strings"

	"stagedoor/spec"
)

// ledgerRow is one row of the ledger, "**G6 Day quota.** No limit …".
type ledgerRow struct {
	id, title, text string
}

// ledgerHeading begins a row: its id and its title in bold.
var ledgerHeading = regexp.MustCompile(`(?m)^\*\*([A-Z][0-9]+) ([^*]+)\*\* `)

// loadLedger reads the rows from the embedded ledger.
func loadLedger() ([]ledgerRow, error) {
	data, err := spec.File("LEDGER.md")
	if err != nil {
		return nil, err
	}
	var rows []ledgerRow
	for block := range strings.SplitSeq(string(data), "\n\n") {
		block = strings.TrimSpace(block)
		head := ledgerHeading.FindStringSubmatch(block)
		if head == nil || !strings.HasPrefix(block, head[0]) {
			continue
		}
		rows = append(rows, ledgerRow{
			id: head[1], title: strings.TrimSuffix(plain(head[2]), "."), text: plain(strings.TrimPrefix(block, head[0])),
		})
	}
	return rows, nil
}

// plain takes the marks of emphasis and code out of a text.
func plain(markdown string) string {
	return strings.NewReplacer("**", "", "`", "").Replace(markdown)
}
