package registry

import (
	"encoding/json"

	"labbook/internal/data/record"
)

// StageImport stands in a version's Stage when no stage trained it.
const StageImport = "import"

// Imported says where a version comes from that was trained elsewhere, and on
// what grounds it became champion or not. It is kept in the version's Details.
type Imported struct {
	Decision
	File   string `json:"file"`   // as it was named
	Digest string `json:"digest"` // SHA-256 of its bytes
	Format string `json:"format"` // "xgboost"
	// Like is the version whose features it took over, "m@3"; "" if none.
	Like string `json:"like,omitempty"`
}

// ImportOf says where a version comes from, or gives nil for one that a
// pipeline trained.
func ImportOf(v *record.Version) *Imported {
	var i Imported
	if v.Stage != StageImport || v.Run != "" || json.Unmarshal(v.Details, &i) != nil {
		return nil
	}
	return &i
}
