package training

import (
	"labbook/internal/base/facts"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Candidate is a bundle as a judge knows it, under a name. It cannot be fitted
// again: whoever has what it was made from adds that.
func Candidate(name string, b *bundle.Bundle) evaluation.Candidate {
	c := evaluation.Candidate{Stage: name, Estimator: b.Estimator, Predict: Said(b.Predict), Explain: explainer(b), Threshold: b.Threshold}
	if spec := models.Lookup(b.Estimator); spec != nil {
		c.Guesses = spec.Guesses
	}
	for _, input := range b.Features.Inputs {
		c.Inputs = append(c.Inputs, input.Name)
	}
	switch {
	case b.Interval != nil && b.Features.Classes != nil:
		c.Level = b.Interval.Level
		c.Sets = func(t *table.Table) ([]bool, error) {
			p, err := b.Predict(t)
			if err != nil {
				return nil, err
			}
			return p.Sets, nil
		}
	case b.Interval != nil:
		c.Level = b.Interval.Level
		c.Interval = func(t *table.Table) (low, high []float64, err error) {
			p, err := b.Predict(t)
			if err != nil {
				return nil, nil, err
			}
			return p.Low, p.High, nil
		}
	}
	return c
}

// Said gives of predictions what a judge wants.
func Said(predict func(*table.Table) (*bundle.Predictions, error)) evaluation.Predict {
	return func(t *table.Table) ([]float64, error) {
		p, err := predict(t)
		if err != nil {
			return nil, err
		}
		if p.Classes != nil {
			return p.Probabilities, nil
		}
		return p.Values, nil
	}
}

// explainer gives the function that says which columns speak most for a class of
// a row; nil where the model cannot tell.
func explainer(b *bundle.Bundle) func(t *table.Table, row, class int) []evaluation.Pull {
	if _, ok := b.Model.(estimator.Explainer); !ok || b.Features.Classes == nil {
		return nil
	}
	return func(t *table.Table, row, class int) []evaluation.Pull {
		x, err := b.Features.Transform(t.Take([]int{row}))
		if err != nil {
			return nil
		}
		const most = 6
		var speakers []evaluation.Pull
		pulls, _ := b.Explain(x, 0, class, 50)
		for _, p := range pulls {
			if p.Value > 0 && len(speakers) < most {
				speakers = append(speakers, evaluation.Pull{Column: p.Column, Value: facts.Number(p.Value)})
			}
		}
		return speakers
	}
}
