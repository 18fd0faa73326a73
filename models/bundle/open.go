package bundle

import (
	"fmt"

	"labbook/internal/base/artifact"
)

// Open reads an artifact of the type model.
func Open(a *artifact.Artifact) (*Bundle, error) {
	b, err := Load(a.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Stage, err)
	}
	return b, nil
}
