package stages

import (
	"encoding/json"
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/facts"
	"labbook/internal/data/table"
	"labbook/runner/stage"
)

// writeFacts encodes facts as a file of the output.
func writeFacts(c *stage.Context, name string, of any) error {
	data, err := facts.Encode(of)
	if err != nil {
		return err
	}
	return c.WriteFile(name, data)
}

// keepTable writes a table as a file of the output.
func keepTable(c *stage.Context, name string, t *table.Table) error {
	f, err := c.Create(name)
	if err != nil {
		return err
	}
	if err := t.Write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// openFacts decodes a file of facts of an output.
func openFacts(out *artifact.Artifact, name string, into any) error {
	data, err := out.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
