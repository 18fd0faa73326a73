package training

import (
	"slices"

	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/ensemble"
	"labbook/models/estimator"
	"labbook/models/selection"
)

// member is one of an ensemble whose members answer on their own.
type member struct {
	of     ensemble.Member
	weight float64           // its share of the whole
	said   []*metrics.Sample // of what each division held out; nil where it has no part
}

// members gives what each member of an ensemble said of the rows that divisions
// held out, by the models that were fitted to the others; nil of other models.
func (r *Recipe) members(fitted []estimator.Model, divisions []Holdout) ([]member, error) {
	p, ok := r.Params.(*ensemble.Params)
	if !ok || !p.Averages() {
		return nil, nil
	}
	members, total := make([]member, len(p.Of)), 0.0
	for m, of := range p.Of {
		if of.View == "" && models.Lookup(of.Model).Views == nil {
			of.View = divisions[0].Features.MainView()
		}
		members[m].of, members[m].weight = of, of.Weight
		total += of.Weight
		for d, model := range fitted {
			if alone := ensemble.Alone(model, m); alone != nil {
				said, err := r.Sample(alone, divisions[d])
				if err != nil {
					return nil, err
				}
				members[m].said = append(members[m].said, said)
			}
		}
		if len(members[m].said) < len(fitted) {
			members[m].said = nil
		}
	}
	for m := range members {
		members[m].weight /= total
	}
	return members, nil
}

// selects says whether the weights of members are to be learned from rows held out.
func (r *Recipe) selects() bool {
	p, ok := r.Params.(*ensemble.Params)
	return ok && p.Selects()
}

// weighMembers gives the members the weights that do best on the rows held out, which
// belong together as held says, and the recipe the mean with these weights. What
// that says of the rows held out it gives with the weights that other rows gave,
// so that no row is judged by what it has decided.
func (r *Recipe) weighMembers(members []member, held *partition.Layout) []*metrics.Sample {
	pools := make([]*metrics.Sample, len(members))
	for m := range members {
		pools[m] = Pool(members[m].said)
	}
	metric := weighedBy(pools[0].Classes)
	weights := selection.Greedy(pools, metric)
	for m := range members {
		members[m].weight = weights[m]
	}
	r.Params = r.Params.(*ensemble.Params).Weighted(weights)

	whole, part := r.mean(pools, weights), parts(members[0].said, held, r.Seed)
	for p := range slices.Max(part) + 1 {
		var own, others []int
		for row, q := range part {
			if q == p {
				own = append(own, row)
			} else {
				others = append(others, row)
			}
		}
		if len(own) == 0 || len(others) == 0 {
			continue
		}
		put(whole, own, r.mean(rowsOf(pools, own), selection.Greedy(rowsOf(pools, others), metric)))
	}
	return apart(whole, members[0].said)
}

// mean gives what the mean of models would have said, which is taken on the scale
// that is learned.
func (r *Recipe) mean(said []*metrics.Sample, weights []float64) *metrics.Sample {
	if r.Transform == bundle.None || r.Transform == "" {
		return selection.Mean(said, weights)
	}
	learned := make([]*metrics.Sample, len(said))
	for m, s := range said {
		values, err := r.Transform.Forward(s.Predicted)
		if err != nil { // only of what no model of a logarithm says
			return selection.Mean(said, weights)
		}
		learned[m] = metrics.NewRegression(s.Actual, values)
	}
	mean := selection.Mean(learned, weights)
	r.Transform.Inverse(mean.Predicted)
	return mean
}

func rowsOf(said []*metrics.Sample, rows []int) []*metrics.Sample {
	some := make([]*metrics.Sample, len(said))
	for m, s := range said {
		some[m] = s.Take(rows)
	}
	return some
}

// put has a sample say of some rows what another says of them, its rows in order.
func put(into *metrics.Sample, rows []int, said *metrics.Sample) {
	k := len(into.Classes)
	for at, row := range rows {
		into.Predicted[row] = said.Predicted[at]
		if k > 0 {
			copy(into.Probabilities[row*k:(row+1)*k], said.Probabilities[at*k:(at+1)*k])
		}
	}
}

// weighedBy gives the score by which members are weighed, a proper one: what they
// say is a mean or a probability.
func weighedBy(classes []string) *metrics.Metric {
	name := "rmse"
	if classes != nil {
		name = "log_loss"
	}
	m, _ := metrics.Lookup(name)
	return m
}

// MemberFacts is a member of an ensemble: what it counts, and how good it was alone
// on the rows held out.
type MemberFacts struct {
	Model  string       `json:"model"`
	View   string       `json:"view,omitempty"`
	Weight facts.Number `json:"weight"` // its share; 0 where it was left out
	// Scores are by the metrics of Facts.Validation.
	Scores []facts.Number `json:"scores,omitempty"`
}

// tell gives the facts of members.
func tell(members []member, unit string) []MemberFacts {
	var all []MemberFacts
	for _, m := range members {
		f := MemberFacts{Model: m.of.Model, View: m.of.View, Weight: facts.Number(m.weight)}
		if m.said != nil {
			for _, j := range judge(m.said, unit) {
				f.Scores = append(f.Scores, j.Pooled)
			}
		}
		all = append(all, f)
	}
	return all
}

// stacked gives the members of a stack what they count, which its own fit found.
func stacked(params any, of estimator.Model, members []MemberFacts) {
	if p, ok := params.(*ensemble.Params); !ok || p.Method != "stack" {
		return
	}
	for m, w := range ensemble.Weights(of, len(members)) {
		members[m].Weight = facts.Number(w)
	}
}
