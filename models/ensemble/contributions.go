package ensemble

import (
	"maps"
	"math"
	"slices"

	"labbook/models/estimator"
)

// explained is a regression over one matrix whose parts can all take their
// predictions apart.
type explained struct{ *model }

// sums says whether all parts can do that.
func (m *model) sums() bool {
	for _, p := range m.parts {
		if _, ok := p.model.(estimator.Contributions); !ok {
			return false
		}
	}
	return true
}

// Contributions implements estimator.Contributions. What the predictions so far
// add, as a column of a cascade, is spread over the columns that made them.
func (m explained) Contributions(dst []float64, row []float64) {
	clear(dst)
	one := make([]float64, len(dst)+1)
	base, step := len(row), 0
	var made []float64 // by the steps before
	for _, p := range m.parts {
		if p.step == 0 {
			p.model.(estimator.Contributions).Contributions(one[:base+1], row)
			add(dst, one[:base+1], p.weight)
			continue
		}
		if p.step > step {
			made, step = slices.Clone(dst), p.step
			row = append(slices.Clip(row[:base]), sum(made))
		}
		p.model.(estimator.Contributions).Contributions(one, row)
		add(dst[:base], one[:base], p.weight)
		dst[base] += p.weight * one[base+1]
		if !spread(dst[:base], made[:base], p.weight*one[base]) {
			dst[base] += p.weight * one[base]
		}
	}
}

// Importances gives, under each name, the weighted sum over the parts that
// know it, by magnitude: parts may pull in different directions. What the predictions so far count, as a column of a cascade, is
// spread over the columns that count for them.
func (m *model) Importances() map[string][]float64 {
	all := map[string][]float64{}
	step := 0
	now, made := make([]float64, m.columns), []float64(nil) // shares of the columns: so far, and before this step
	for _, p := range m.parts {
		if p.step > step {
			made, step = slices.Clone(now), p.step
		}
		known, ok := p.model.(estimator.Importances)
		if !ok {
			continue
		}
		for name, values := range known.Importances() {
			if all[name] == nil {
				all[name] = make([]float64, m.columns)
			}
			for j := range values {
				values[j] = math.Abs(values[j])
			}
			first, n, _ := m.place(p.view)
			add(all[name][first:], values[:n], p.weight)
			if len(values) > n {
				spread(all[name], made, p.weight*values[n])
			}
			spread(now[first:first+n], values[:n], p.weight)
		}
	}
	if m.views != nil {
		all[Share] = m.shares()
	}
	return all
}

// Share names the importances that can be compared over members of different
// kinds: what each column counts for a member, of all that its columns count, times
// the member's weight.
const Share = "share"

// shares gives the importances of that name. Members that do not say what their
// columns count leave theirs out.
func (m *model) shares() []float64 {
	all, total := make([]float64, m.columns), 0.0
	for _, p := range m.parts {
		total += p.weight
		known, ok := p.model.(estimator.Importances)
		if !ok {
			continue
		}
		by := known.Importances()
		if len(by) == 0 {
			continue
		}
		values := by[slices.Sorted(maps.Keys(by))[0]]
		for _, main := range []string{"coefficient", "gain", Share} {
			if of, ok := by[main]; ok {
				values = of
			}
		}
		first, n, _ := m.place(p.view)
		spread(all[first:first+n], values[:n], p.weight)
	}
	for j := range all {
		all[j] /= total
	}
	return all
}

// add adds weight times values to dst.
func add(dst, values []float64, weight float64) {
	for j, v := range values {
		dst[j] += weight * v
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// spread parts credit among the columns of dst in proportion to the magnitudes
// of made. It is false where those are all 0, and dst stays.
func spread(dst, made []float64, credit float64) bool {
	total := 0.0
	for _, v := range made {
		total += math.Abs(v)
	}
	if total == 0 {
		return false
	}
	for j, v := range made {
		dst[j] += credit * math.Abs(v) / total
	}
	return true
}
