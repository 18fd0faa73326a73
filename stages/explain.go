package stages

import (
	"labbook/internal/base/facts"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

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
