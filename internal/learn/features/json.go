package features

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// formatVersion is the newest form of features.json. A document is written in
// the oldest that can hold it, so that what older programs read right they go on
// reading, and what they would read wrongly they refuse: form 2 has standardised
// parts of dates, form 3 views, form 4
// statistics and rare levels.
const formatVersion = 4

// document is the JSON form of Features.
type document struct {
	Version    int           `json:"version"`
	Task       metrics.Task  `json:"task"`
	Target     table.Field   `json:"target"`
	Classes    []string      `json:"classes,omitempty"`
	Inputs     []table.Field `json:"inputs"`
	Unread     []string      `json:"unread,omitempty"`
	Statistics []*statistic  `json:"statistics,omitempty"`
	Derived    []derived     `json:"derived,omitempty"`
	Encoders   []tagged      `json:"encoders"`
	Views      []viewForm    `json:"views,omitempty"`
}

// viewForm is the JSON form of a view.
type viewForm struct {
	Name     string   `json:"name"`
	Encoders []tagged `json:"encoders"`
}

// MarshalJSON gives the canonical form: equal Features give equal bytes.
func (f *Features) MarshalJSON() ([]byte, error) {
	d := document{1, f.Task, f.Target, f.Classes, f.Inputs, f.Unread, f.statistics, f.derived, nil, nil}
	encoders, version, err := f.tagEncoders()
	if err != nil {
		return nil, err
	}
	d.Encoders, d.Version = encoders, version
	for _, v := range f.views {
		encoders, version, err := v.tagEncoders()
		if err != nil {
			return nil, err
		}
		d.Views, d.Version = append(d.Views, viewForm{v.name, encoders}), max(d.Version, version, 3)
	}
	if len(f.statistics) > 0 {
		d.Version = 4
	}
	return json.Marshal(d)
}

// tagEncoders gives the JSON forms of the encoders, and the oldest form of a
// document that can hold them.
func (f *Features) tagEncoders() (all []tagged, version int, err error) {
	version = 1
	for _, e := range f.encoders {
		t, err := encodeEncoder(e)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, t)
		switch e := e.(type) {
		case *date:
			if e.Scales != nil {
				version = max(version, 2)
			}
		case interface{ merges() bool }:
			if e.merges() {
				version = 4
			}
		}
	}
	return all, version, nil
}

// UnmarshalJSON is the inverse, of features without text; with it, use Load. It
// survives any bytes.
func (f *Features) UnmarshalJSON(data []byte) error {
	var g Features
	if err := g.decode(data); err != nil {
		return err
	}
	for _, t := range g.texts() {
		return fmt.Errorf("features: column %q needs its vocabulary, which is in %s", t.source(), FileVocabulary)
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
	g := Features{Task: d.Task, Target: d.Target, Classes: d.Classes, Inputs: d.Inputs, Unread: d.Unread, statistics: d.Statistics, derived: d.Derived}
	known := slices.Clone(g.Inputs)
	for _, s := range g.statistics {
		if s == nil {
			return errors.New("features: a statistic that is none")
		}
		if err := s.valid(); err != nil {
			return fmt.Errorf("features: statistic %q: %w", s.Field.Name, err)
		}
		if err := s.readable(g.Inputs); err != nil {
			return fmt.Errorf("features: statistic %q: %w", s.Field.Name, err)
		}
		s.seal()
		known = append(known, s.Field)
	}
	if err := compile(g.derived, known); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	types, err := g.types()
	if err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if g.encoders, err = decodeEncoders(d.Encoders, types); err != nil {
		return err
	}
	if len(d.Views) > 0 && len(g.encoders) > 0 {
		return errors.New("features: encoders beside views")
	}
	for i, v := range d.Views {
		if v.Name == "" || slices.ContainsFunc(d.Views[:i], func(o viewForm) bool { return o.Name == v.Name }) {
			return fmt.Errorf("features: no view can be called %q here", v.Name)
		}
		own := &Features{}
		if own.encoders, err = decodeEncoders(v.Encoders, types); err != nil {
			return err
		}
		g.views = append(g.views, view{v.Name, own})
	}
	*f = g
	return nil
}

// decodeEncoders decodes encoders of columns that have these types.
func decodeEncoders(all []tagged, types map[string]table.Type) ([]encoder, error) {
	var encoders []encoder
	for _, t := range all {
		e, err := decodeEncoder(t)
		if err != nil {
			return nil, fmt.Errorf("features: %w", err)
		}
		if types[e.source()] != e.reads() {
			return nil, fmt.Errorf("features: encoder %s reads column %q, which is no %s of the inputs", t.Kind, e.source(), e.reads())
		}
		encoders = append(encoders, e)
	}
	return encoders, nil
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
	for _, s := range f.statistics {
		if err := add(s.Field); err != nil {
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
