package evaluation

import (
	"context"

	"labbook/internal/data/metrics"
)

// Decision says how a model's threshold did on the test part.
type Decision struct {
	Positive string         `json:"positive"` // the class that it is of
	At       float64        `json:"at"`
	Costs    *metrics.Costs `json:"costs,omitempty"` // that it was chosen by
	// Precision and Recall are of the positive class. Cost is per row; Without is
	// the same, had the likelier class been predicted. Both are nil without Costs.
	Precision metrics.Value  `json:"precision"`
	Recall    metrics.Value  `json:"recall"`
	Cost      *metrics.Value `json:"cost,omitempty"`
	Without   *metrics.Value `json:"without,omitempty"`
}

// Values gives the decision as metrics of a run.
func (d *Decision) Values() []metrics.Value {
	values := []metrics.Value{{Name: "threshold", Value: d.At}, d.Precision, d.Recall}
	if d.Cost != nil {
		values = append(values, *d.Cost)
	}
	return values
}

// decide measures what follows from the thresholds of the candidates.
func (j *Judgement) decide(ctx context.Context, cores int) error {
	for i, candidate := range j.candidates {
		t := candidate.Threshold
		if t == nil {
			continue
		}
		s := j.Samples[i]
		d := &Decision{Positive: j.Classes[t.Positive], At: t.At, Costs: t.Costs}
		figures := []metrics.Figure{metrics.Precision(s, t.Positive), metrics.Recall(s, t.Positive)}
		if t.Costs != nil {
			likelier := metrics.NewClassification(s.Actual, s.Classes, s.Probabilities)
			figures = append(figures, t.Costs.PerRow(s, t.Positive), t.Costs.PerRow(likelier, t.Positive))
		}
		boot := j.bootstrap(cores)
		values, replicates, err := boot.Replicates(ctx, figures)
		if err != nil {
			return err
		}
		value := func(at int, name string, better metrics.Better) metrics.Value {
			v := metrics.Value{Name: name, Value: values[at], Better: better}
			if low, high, ok := boot.Interval(replicates[at]); ok {
				v.Low, v.High, v.Level = &low, &high, j.Options.Level
			}
			return v
		}
		d.Precision, d.Recall = value(0, "precision", metrics.Higher), value(1, "recall", metrics.Higher)
		if t.Costs != nil {
			cost, without := value(2, "expected_cost", metrics.Lower), value(3, "expected_cost", metrics.Lower)
			d.Cost, d.Without = &cost, &without
		}
		j.Models[i].Decision = d
	}
	return nil
}
