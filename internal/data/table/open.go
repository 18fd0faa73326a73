package table

import (
	"fmt"

	"labbook/internal/base/artifact"
)

// File is the file of an artifact of the type table.
const File = "table.arrow"

// Open reads an artifact of the type table.
func Open(a *artifact.Artifact) (*Table, error) { return OpenFile(a, File) }

// OpenFile reads a table under a name that ends in .arrow, or what the file was
// called when tables had a form of labbook's own.
func OpenFile(a *artifact.Artifact, name string) (*Table, error) {
	blob, err := BlobOf(a, name)
	if err != nil {
		return nil, err
	}
	t, err := readFile(blob.Path, a.Room)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Stage, err)
	}
	return t, nil
}

// BlobOf gives the file that OpenFile reads.
func BlobOf(a *artifact.Artifact, name string) (artifact.Blob, error) {
	return a.Blob(name, name[:len(name)-len(".arrow")]+".lbt")
}
