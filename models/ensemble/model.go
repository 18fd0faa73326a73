package ensemble

import (
	"fmt"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// part is a fitted member and what it counts.
type part struct {
	name   string
	view   string // that it reads; "": the whole matrix
	weight float64
	// step is 0 of a part that reads the columns and no more. A later one reads
	// as one more column the sum of all parts of the steps before its own.
	step  int
	model estimator.Model
	// member is whose it is among Params.Of; -1 where an older program did not say.
	member int
}

// model is a weighted sum of models, in the order of their steps. It is
// immutable.
type model struct {
	specs   func(name string) *estimator.Spec
	parts   []part
	outputs int
	shape
}

// newModel gives a *model, or one that can say more of its predictions.
func (e *ensemble) newModel(parts []part, outputs int, of shape) estimator.Model {
	m := &model{e.lookup, parts, outputs, of}
	switch {
	case outputs == 1 && of.views == nil && m.sums():
		return explained{m}
	case m.tells() && m.slow():
		return dear{telling{m}}
	case m.tells():
		return telling{m}
	}
	return m
}

func (m *model) Outputs() int { return m.outputs }
func (m *model) Columns() int { return m.columns }

// CheckMatrix implements estimator.Checker: every part must take x.
func (m *model) CheckMatrix(x *matrix.Matrix) error {
	for _, p := range m.parts {
		x := sees(x, p.view)
		if err := m.specs(p.name).CheckMatrix(x); err != nil {
			return err
		}
		if own, ok := p.model.(estimator.Checker); ok {
			if err := own.CheckMatrix(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// Predict implements estimator.Model.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	clear(dst)
	one := make([]float64, len(dst))
	var made []float64 // by the steps before
	step := 0
	for _, p := range m.parts {
		if p.step > step {
			made, step = slices.Clone(dst), p.step
		}
		seen := sees(x, p.view)
		if p.step > 0 {
			seen = seen.Append(sofar, made)
		}
		p.model.Predict(one, seen)
		for i, v := range one {
			dst[i] += p.weight * v
		}
	}
	if m.outputs == 1 {
		return
	}
	// The weights sum to 1 but for rounding, which must not leave a
	// probability above 1.
	for i, v := range dst {
		dst[i] = min(v, 1)
	}
}

// Summary lists the parts, those of a member in one row.
func (m *model) Summary() []estimator.Learned {
	var rows []estimator.Learned
	for i := 0; i < len(m.parts); {
		p, n := m.parts[i], 0
		for i < len(m.parts) && m.parts[i].name == p.name && m.parts[i].member == p.member && m.parts[i].weight == p.weight {
			i, n = i+1, n+1
		}
		name := p.name
		if p.view != "" {
			name += " on " + p.view
		}
		if n > 1 {
			name += fmt.Sprintf(", %d times", n)
		}
		rows = append(rows, estimator.Learned{Name: name, Value: notebook.Numeral(p.weight*float64(n), 3).Named("weight")})
	}
	return rows
}

// Findings gives what the parts noticed, each remark once.
func (m *model) Findings() []notebook.Finding {
	var all []notebook.Finding
	seen := map[string]bool{}
	for _, p := range m.parts {
		advisor, ok := p.model.(estimator.Advisor)
		if !ok {
			continue
		}
		for _, f := range advisor.Findings() {
			if !seen[f.Text] {
				seen[f.Text] = true
				all = append(all, f)
			}
		}
	}
	return all
}
