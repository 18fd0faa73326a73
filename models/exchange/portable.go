package exchange

import (
	"encoding/json"
	"fmt"
	"math"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/calibration"
	"labbook/models/exchange/portable"
	"labbook/models/formula"
)

// Portable is a whole bundle in the form of package portable.
type Portable struct {
	Document []byte // JSON
	Lists    []byte // packed
}

// A document is the bundle as its formula, its features' parts, and what becomes of
// scores: the values that package formula, features.Parts and bundle have them in.
type portableModel struct {
	Estimator   string             `json:"estimator"`
	Target      portableField      `json:"target"`
	Fields      []portableField    `json:"fields"`
	Classes     []string           `json:"classes,omitempty"`
	Transform   bundle.Transform   `json:"transform,omitempty"`
	Bounds      *bundle.Bounds     `json:"bounds,omitempty"`
	Calibration *calibration.Map   `json:"calibration,omitempty"`
	Threshold   *metrics.Threshold `json:"threshold,omitempty"`
	Prior       []float64          `json:"prior,omitempty"`
	Interval    *portableInterval  `json:"interval,omitempty"`
	Missing     bool               `json:"missing"` // takes NaN
	Features    *portableFeatures  `json:"features"`
	Formula     any                `json:"formula"`
}

type portableField struct {
	Name    string         `json:"name"`
	Type    table.Type     `json:"type"`
	Unit    string         `json:"unit,omitempty"`
	Doc     string         `json:"doc,omitempty"`
	Min     *float64       `json:"min,omitempty"`
	Max     *float64       `json:"max,omitempty"`
	Levels  []string       `json:"levels,omitempty"`
	Ordered bool           `json:"ordered,omitempty"`
	Integer bool           `json:"integer,omitempty"`
	Missing bool           `json:"missing,omitempty"`
	Layout  string         `json:"layout,omitempty"`
	Seen    *table.Summary `json:"seen,omitempty"`
}

func portableFieldOf(f table.Field) portableField {
	return portableField{f.Name, f.Type, f.Unit, f.Doc, f.Min, f.Max, f.Levels, f.Ordered, f.Integer, f.Missing, f.Layout, f.Seen}
}

// portableInterval is bundle.Ranges. Spread reads the main matrix, or, where it has
// Features, that of these.
type portableInterval struct {
	Level    float64           `json:"level"`
	Reach    float64           `json:"reach"`
	Abstain  bool              `json:"abstain,omitempty"`
	Spread   any               `json:"spread,omitempty"`
	Features *portableFeatures `json:"features,omitempty"`
}

// NewPortable gives the bundle in the form that pages predict by. What has no form
// there is a *diag.Error that names it. The same bundle gives the same bytes.
func NewPortable(b *bundle.Bundle) (*Portable, error) {
	f, err := formulaOf(b)
	if err != nil {
		return nil, err
	}
	w := &porter{}
	doc := &portableModel{Estimator: b.Estimator, Target: portableFieldOf(b.Features.Target), Classes: b.Features.Classes, Transform: b.Transform, Bounds: b.Bounds,
		Calibration: b.Calibration, Threshold: b.Threshold, Prior: b.Prior, Missing: models.Lookup(b.Estimator).Missing}
	doc.Target.Seen = nil
	for _, field := range b.Features.Inputs {
		if err := readableDate(field); err != nil {
			return nil, err
		}
		doc.Fields = append(doc.Fields, portableFieldOf(field))
	}
	if doc.Features, err = w.features(b.Features); err != nil {
		return nil, err
	}
	if doc.Formula, err = w.formula(f); err != nil {
		return nil, err
	}
	if doc.Interval, err = w.interval(b.Interval); err != nil {
		return nil, err
	}
	out := &Portable{}
	if out.Document, err = json.Marshal(doc); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	out.Lists, err = w.lists.Packed()
	return out, err
}

// porter gathers the lists of a document while it is written.
type porter struct{ lists portable.Arrays }

func (w *porter) interval(r *bundle.Ranges) (*portableInterval, error) {
	if r == nil {
		return nil, nil
	}
	out := &portableInterval{Level: r.Level, Reach: r.Reach, Abstain: r.Abstain}
	if r.Spread == nil {
		return out, nil
	}
	spread, err := r.Spread.(formula.Said).Formula()
	if err != nil {
		return nil, err
	}
	if out.Spread, err = w.formula(spread); err == nil && r.Apart {
		out.Features, err = w.features(r.Features)
	}
	return out, err
}

// portableFormula is a formula: k says which of package formula's.
type portableFormula struct {
	Kind    string         `json:"k"`
	Values  []float64      `json:"values,omitempty"`
	Weights *portable.Ref  `json:"weights,omitempty"`
	Bias    []float64      `json:"bias,omitempty"`
	Means   *portable.Ref  `json:"means,omitempty"`
	Link    *formula.Link  `json:"link,omitempty"`
	Base    []float64      `json:"base,omitempty"`
	Count   float64        `json:"count,omitempty"`
	Trees   *portableTrees `json:"trees,omitempty"`
	Parts   []portablePart `json:"parts,omitempty"`
	Outputs int            `json:"outputs,omitempty"`
	Most    float64        `json:"most,omitempty"`
}

type portablePart struct {
	Formula any     `json:"formula"`
	Weight  float64 `json:"weight"`
	View    string  `json:"view,omitempty"`
	Step    int     `json:"step,omitempty"`
	Missing bool    `json:"missing,omitempty"`
	Name    string  `json:"name"`
}

// portableTrees are nodes in preorder, of all trees one after another. Column is 1
// more than that of a split, and 0 of a leaf; Skip is how far its right child is, and
// Value its threshold, or its place among Sets. That of a leaf is what it adds, or,
// with Width, its place among the lists in Leaves.
type portableTrees struct {
	Starts portable.Ref  `json:"starts"`
	Scores portable.Ref  `json:"scores"`
	Column portable.Ref  `json:"column"`
	Skip   portable.Ref  `json:"skip"`
	Value  portable.Ref  `json:"value"`
	Flags  portable.Ref  `json:"flags"` // 1: what is missing goes left; 2: a set
	Sets   [][]int       `json:"sets,omitempty"`
	Width  int           `json:"width,omitempty"`
	Leaves *portable.Ref `json:"leaves,omitempty"`
	Cover  *portable.Ref `json:"cover,omitempty"`
	Mean   *portable.Ref `json:"mean,omitempty"`
}

func (w *porter) formula(f formula.Formula) (any, error) {
	switch f := f.(type) {
	case *formula.Constant:
		return &portableFormula{Kind: "constant", Values: f.Values}, nil
	case *formula.Affine:
		weights := w.lists.Doubles(f.Weights)
		out := &portableFormula{Kind: "affine", Weights: &weights, Bias: f.Bias, Link: &f.Link}
		if f.Means != nil {
			means := w.lists.Doubles(f.Means)
			out.Means = &means
		}
		return out, nil
	case *formula.Trees:
		return &portableFormula{Kind: "trees", Base: f.Base, Count: f.Count, Link: &f.Link, Trees: w.trees(f)}, nil
	case *formula.Sum:
		out := &portableFormula{Kind: "sum", Outputs: f.Outputs, Most: f.Most}
		for _, p := range f.Parts {
			part, err := w.formula(p.Formula)
			if err != nil {
				return nil, err
			}
			out.Parts = append(out.Parts, portablePart{part, p.Weight, p.View, p.Step, p.Missing, p.Name})
		}
		return out, nil
	}
	return nil, diag.New("a model of a kind that has no form in a page", "export a version of another model")
}

func (w *porter) trees(f *formula.Trees) *portableTrees {
	t := &portableTrees{}
	var starts, scores, columns, skips []uint32
	var values, leaves, covers, means []float32
	var flags []byte
	for _, tree := range f.Trees {
		starts, scores = append(starts, uint32(len(columns))), append(scores, uint32(tree.Score))
		var visit func(i int)
		visit = func(i int) {
			n, at := &tree.Nodes[i], len(columns)
			columns, skips, flags = append(columns, 0), append(skips, 0), append(flags, 0)
			values, covers, means = append(values, 0), append(covers, n.Cover), append(means, n.Mean)
			switch {
			case len(n.Values) == 1:
				values[at] = n.Values[0]
				return
			case n.Values != nil:
				t.Width = len(n.Values)
				values[at] = float32(len(leaves) / t.Width)
				leaves = append(leaves, n.Values...)
				return
			}
			columns[at], values[at] = uint32(n.Column+1), n.Threshold
			if n.MissingLeft {
				flags[at] = 1
			}
			if n.Codes != nil {
				flags[at] |= 2
				values[at] = float32(len(t.Sets))
				t.Sets = append(t.Sets, n.Codes)
			}
			visit(n.Left)
			skips[at] = uint32(len(columns) - at)
			visit(n.Right)
		}
		visit(0)
	}
	t.Starts, t.Scores, t.Column, t.Skip = w.lists.Words(starts), w.lists.Words(scores), w.lists.Words(columns), w.lists.Words(skips)
	t.Value, t.Flags = w.lists.Floats(values), w.lists.Bytes(flags)
	keep := func(when bool, list []float32) *portable.Ref {
		if !when {
			return nil
		}
		ref := w.lists.Floats(list)
		return &ref
	}
	t.Leaves, t.Cover, t.Mean = keep(t.Width > 0, leaves), keep(f.Covers, covers), keep(f.Means, means)
	return t
}

// readableDate says that a date is written in a form that a page does not read.
func readableDate(f table.Field) error {
	if f.Type != table.Date || portable.Reads(f.Layout) {
		return nil
	}
	return &diag.Error{What: fmt.Sprintf("the dates of %s have no form in a page", f.Name), Found: "layout: " + f.Layout,
		Wanted: "days and times of the calendar, in numbers", Hint: "write them as 2006-01-02 in the data, and train again"}
}

// noForm says what of a column has no form in a page.
func noForm(what, found, wanted, hint string) error {
	return &diag.Error{What: what + " has no form in a page", Found: found, Wanted: wanted, Hint: hint + ", and train again"}
}

// finite stands for numbers that JSON has none for.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
