// Package features owns what is asked of an implementation, in Gherkin: one
// folder per system, one file per area. The files are embedded, so that the
// suite needs nothing but its binary. Package steps gives them meaning.
package features

import (
	"embed"
	"io/fs"
)

//go:embed */*.feature
var files embed.FS

// FS holds the feature files, "subscriber/login.feature" for example.
func FS() fs.FS { return files }
