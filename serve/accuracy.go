package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/store/requests"
)

// Accuracy is how good saved predictions turned out to be.
type Accuracy struct {
	Version int             `json:"version" doc:"Of the model that made them."`
	Rows    int             `json:"rows"`
	Metrics []metrics.Value `json:"metrics"`
	// Coverage has a value for each level that was promised.
	Coverage []metrics.Value `json:"coverage,omitempty" doc:"Share of the intervals or sets answered that the truth lay in, with its own 95 % interval; coverage_90 is of those that promise 90 %."`
}

// Accuracy measures the newest saved predictions whose outcome is known, for
// each version of the model, the newest first: by the usual metrics, and by how
// often the truth lay in the intervals or sets that were answered with them.
func (s *Server) Accuracy(ctx context.Context, made *Endpoint, last int) ([]Accuracy, error) {
	known, outcomes := true, map[int]*outcomes{}
	f := requests.PredictionFilter{Pipeline: made.Name, Known: &known}
	for last > 0 {
		f.Limit = min(last, 500)
		found, err := s.options.Requests.Predictions(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			outcomes[p.Version] = outcomes[p.Version].add(made, p)
		}
		if len(found) < f.Limit {
			break
		}
		last -= len(found)
		f.Before = found[len(found)-1].ID
	}
	all := []Accuracy{}
	for version, o := range outcomes {
		if o != nil {
			all = append(all, o.measure(made, version))
		}
	}
	slices.SortFunc(all, func(a, b Accuracy) int { return cmp.Compare(b.Version, a.Version) })
	return all, nil
}

// outcomes are what was said and what came true.
type outcomes struct {
	actual, predicted, probabilities []float64
	promises                         map[float64]*promise // by their level
}

// promise is how many intervals or sets were answered, and how many of them the
// truth lay in.
type promise struct{ made, kept float64 }

// keep counts a promise of that level, if the answer made one.
func (o *outcomes) keep(level float64, kept bool) {
	if level == 0 {
		return
	}
	if o.promises == nil {
		o.promises = map[float64]*promise{}
	}
	if o.promises[level] == nil {
		o.promises[level] = &promise{}
	}
	o.promises[level].made++
	if kept {
		o.promises[level].kept++
	}
}

// add adds a prediction, unless its answer is of another kind than the model's
// today.
func (o *outcomes) add(made *Endpoint, p *requests.Prediction) *outcomes {
	said, err := readAnswer(made, p.Answer)
	if err != nil {
		return o
	}
	if o == nil {
		o = &outcomes{}
	}
	classes := made.Features().Classes
	if classes == nil {
		var v float64
		if json.Unmarshal(p.Outcome, &v) == nil {
			o.actual, o.predicted = append(o.actual, v), append(o.predicted, said.value)
			o.keep(said.level, said.low <= v && v <= said.high)
		}
		return o
	}
	var label string
	if json.Unmarshal(p.Outcome, &label) != nil || !slices.Contains(classes, label) {
		return o
	}
	row := make([]float64, len(classes))
	for c, class := range classes {
		row[c] = said.probabilities[class]
	}
	predicted := slices.Index(classes, said.label)
	if predicted < 0 { // it abstained: what it would have said
		predicted = (*metrics.Threshold)(nil).Label(row)
	}
	o.actual, o.predicted = append(o.actual, float64(slices.Index(classes, label))), append(o.predicted, float64(predicted))
	o.probabilities = append(o.probabilities, row...)
	o.keep(said.level, slices.Contains(said.set, label))
	return o
}

func (o *outcomes) measure(made *Endpoint, version int) Accuracy {
	f := made.Features()
	a := Accuracy{Version: version, Rows: len(o.actual), Metrics: []metrics.Value{}}
	sample := &metrics.Sample{Actual: o.actual, Predicted: o.predicted, Classes: f.Classes, Probabilities: o.probabilities}
	weights := metrics.Ones(len(o.actual))
	for _, name := range metrics.Defaults(sample.Task()) {
		m, _ := metrics.Lookup(name)
		v := m.Prepare(sample)(weights)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		value := metrics.Value{Name: name, Value: v, Better: m.Better}
		if m.Scale == metrics.OfTarget {
			value.Unit = f.Target.Unit
		}
		a.Metrics = append(a.Metrics, value)
	}
	for _, level := range slices.Sorted(maps.Keys(o.promises)) {
		p := o.promises[level]
		share := p.kept / p.made
		low, high := metrics.Wilson(share, p.made)
		a.Coverage = append(a.Coverage, metrics.Value{Name: fmt.Sprintf("coverage_%g", math.Round(1000*level)/10), Value: share, Low: &low, High: &high, Level: 0.95})
	}
	return a
}
