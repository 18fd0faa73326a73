package offer

import (
	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
)

// Open reads an artifact of the type service.
func Open(a *artifact.Artifact) (*Offer, error) {
	data, err := a.ReadFile(File)
	if err != nil {
		return nil, err
	}
	return Decode(data)
}

// OpenIndex reads the rows that Offer.Similar is about, by likeness.
func OpenIndex(a *artifact.Artifact) (*table.Table, error) { return table.OpenFile(a, FileIndex) }
