package serve

import (
	"cmp"
	"context"
	"encoding/json"
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
}

// Accuracy measures the newest saved predictions whose outcome is known, for
// each version of the model, the newest first.
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
type outcomes struct{ actual, predicted, probabilities []float64 }

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
		}
		return o
	}
	var label string
	if json.Unmarshal(p.Outcome, &label) != nil || !slices.Contains(classes, label) || !slices.Contains(classes, said.label) {
		return o
	}
	o.actual, o.predicted = append(o.actual, float64(slices.Index(classes, label))), append(o.predicted, float64(slices.Index(classes, said.label)))
	for _, class := range classes {
		o.probabilities = append(o.probabilities, said.probabilities[class])
	}
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
	return a
}
