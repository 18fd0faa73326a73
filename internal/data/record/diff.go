package record

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
)

// Change is a value that differs between two runs; "" where one lacks it.
type Change struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// StageChange is a stage that differs between two runs; nil where one lacks
// it.
type StageChange struct {
	Name string `json:"name"`
	A    *Stage `json:"a"`
	B    *Stage `json:"b"`
	// Key and Output say whether other things were asked, and came out.
	Key    bool `json:"key_differs"`
	Output bool `json:"output_differs"`
}

// MetricChange is a metric of two runs side by side, equal or not; nil where
// one lacks it.
type MetricChange struct {
	Stage   string          `json:"stage"`
	Kind    string          `json:"kind"` // of the stage
	Makes   []artifact.Type `json:"-"`    // likewise
	Name    string          `json:"name"`
	Subject string          `json:"subject,omitempty"`
	A       *metrics.Value  `json:"a"`
	B       *metrics.Value  `json:"b"`
}

// Differs says whether the two are not the same number.
func (m *MetricChange) Differs() bool {
	if m.A == nil || m.B == nil {
		return true
	}
	return m.A.Value != m.B.Value && !(math.IsNaN(m.A.Value) && math.IsNaN(m.B.Value))
}

// Difference is what changed from a run A to a run B.
type Difference struct {
	A *Run `json:"a"`
	B *Run `json:"b"`
	// Params are the parameters that differ, and Versions, Commit among them,
	// the programs; both sorted by name.
	Params   []Change `json:"params"`
	Versions []Change `json:"versions"`
	// Stages are those that differ, in A's order, then those that B alone has.
	Stages []StageChange `json:"stages"`
	// Metrics are all of them, in the order of the stages.
	Metrics []MetricChange `json:"metrics"`
}

// Diff compares two runs, given with the stages that stand for them.
func Diff(a, b *Run, stagesA, stagesB []*Stage) *Difference {
	d := &Difference{A: a, B: b, Params: changes(a.Params, b.Params)}
	programs := func(r *Run) map[string]string {
		all := map[string]string{"commit": r.Commit}
		if r.Dirty {
			all["commit"] += " with changes"
		}
		maps.Copy(all, r.Versions)
		return all
	}
	d.Versions = changes(programs(a), programs(b))

	other := make(map[string]*Stage, len(stagesB))
	for _, s := range stagesB {
		other[s.Name] = s
	}
	for _, s := range stagesA {
		d.add(s.Name, s, other[s.Name])
		delete(other, s.Name)
	}
	for _, s := range stagesB {
		if other[s.Name] != nil {
			d.add(s.Name, nil, s)
		}
	}
	return d
}

// add compares a stage; one of a and b may be nil.
func (d *Difference) add(name string, a, b *Stage) {
	c := StageChange{Name: name, A: a, B: b, Key: true, Output: true}
	if a != nil && b != nil {
		c.Key, c.Output = a.Key != b.Key, a.Output != b.Output
	}
	if c.Key || c.Output {
		d.Stages = append(d.Stages, c)
	}
	type id struct{ name, subject string }
	var order []id
	sides := [2]map[id]*metrics.Value{{}, {}}
	for side, s := range []*Stage{a, b} {
		if s == nil {
			continue
		}
		for i := range s.Metrics {
			m := &s.Metrics[i]
			key := id{m.Name, m.Subject}
			if sides[0][key] == nil && sides[1][key] == nil {
				order = append(order, key)
			}
			sides[side][key] = m
		}
	}
	for _, key := range order {
		d.Metrics = append(d.Metrics, MetricChange{
			Stage: name, Kind: cmp.Or(b, a).Kind, Makes: cmp.Or(b, a).Makes, Name: key.name, Subject: key.subject, A: sides[0][key], B: sides[1][key],
		})
	}
}

// changes gives the entries that differ, sorted by name.
func changes(a, b map[string]string) []Change {
	var found []Change
	for name, value := range a {
		if other, ok := b[name]; !ok || other != value {
			found = append(found, Change{name, value, other})
		}
	}
	for name, value := range b {
		if _, ok := a[name]; !ok {
			found = append(found, Change{name, "", value})
		}
	}
	slices.SortFunc(found, func(x, y Change) int { return cmp.Compare(x.Name, y.Name) })
	return found
}
