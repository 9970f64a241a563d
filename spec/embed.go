package spec

import "embed"

//go:embed *.yaml LEDGER.md
var files embed.FS

// File returns one of the embedded files by name, "subscriber.yaml" for
// example, or an error that satisfies [io/fs.ErrNotExist].
func File(name string) ([]byte, error) { return files.ReadFile(name) }
