package features

import (
	"encoding/json"
	"fmt"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// formatVersion is the newest form of features.json. A document is written in
// the oldest that can hold it, so that what older programs read right they go on
// reading, and what they would read wrongly they refuse: form 2 has standardised
// parts of dates.
const formatVersion = 2

// document is the JSON form of Features.
type document struct {
	Version  int           `json:"version"`
	Task     metrics.Task  `json:"task"`
	Target   table.Field   `json:"target"`
	Classes  []string      `json:"classes,omitempty"`
	Inputs   []table.Field `json:"inputs"`
	Unread   []string      `json:"unread,omitempty"`
	Derived  []derived     `json:"derived,omitempty"`
	Encoders []tagged      `json:"encoders"`
}

// MarshalJSON gives the canonical form: equal Features give equal bytes.
func (f *Features) MarshalJSON() ([]byte, error) {
	d := document{1, f.Task, f.Target, f.Classes, f.Inputs, f.Unread, f.derived, nil}
	for _, e := range f.encoders {
		t, err := encodeEncoder(e)
		if err != nil {
			return nil, err
		}
		d.Encoders = append(d.Encoders, t)
		if scaled, ok := e.(*date); ok && scaled.Scales != nil {
			d.Version = 2
		}
	}
	return json.Marshal(d)
}

// UnmarshalJSON is the inverse, of features without text; with it, use Load. It
// survives any bytes.
func (f *Features) UnmarshalJSON(data []byte) error {
	var g Features
	if err := g.decode(data); err != nil {
		return err
	}
	for _, e := range g.encoders {
		if _, ok := e.(*terms); ok {
			return fmt.Errorf("features: column %q needs its vocabulary, which is in %s", e.source(), FileVocabulary)
		}
	}
	g.seal()
	*f = g
	return nil
}

// decode reads the JSON form; the encoders of texts lack their vocabularies yet.
func (f *Features) decode(data []byte) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if d.Version < 1 || d.Version > formatVersion {
		return fmt.Errorf("features: format %d, this program reads up to %d", d.Version, formatVersion)
	}
	if d.Task != metrics.Regression && d.Task != metrics.Classification {
		return fmt.Errorf("features: no task is called %q", d.Task)
	}
	g := Features{Task: d.Task, Target: d.Target, Classes: d.Classes, Inputs: d.Inputs, Unread: d.Unread, derived: d.Derived}
	if err := compile(g.derived, g.Inputs); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	types, err := g.types()
	if err != nil {
		return fmt.Errorf("features: %w", err)
	}
	for _, t := range d.Encoders {
		e, err := decodeEncoder(t)
		if err != nil {
			return fmt.Errorf("features: %w", err)
		}
		if types[e.source()] != e.reads() {
			return fmt.Errorf("features: encoder %s reads column %q, which is no %s of the inputs", t.Kind, e.source(), e.reads())
		}
		g.encoders = append(g.encoders, e)
	}
	*f = g
	return nil
}

// types gives the type of each column that encoders can read.
func (f *Features) types() (map[string]table.Type, error) {
	types := map[string]table.Type{}
	add := func(field table.Field) error {
		if _, twice := types[field.Name]; twice {
			return fmt.Errorf("two columns are called %q", field.Name)
		}
		types[field.Name] = field.Type
		return nil
	}
	for _, field := range f.Inputs {
		if err := add(field); err != nil {
			return nil, err
		}
	}
	for _, d := range f.derived {
		if err := add(d.Field); err != nil {
			return nil, err
		}
		if d.Field.Type != d.gives() {
			return nil, fmt.Errorf("the derived column %q is a %s, and its formula gives a %s", d.Field.Name, d.Field.Type, d.gives())
		}
	}
	return types, nil
}
