package boosting

import (
	"math"

	"labbook/models/estimator"
)

// settle gives the parameters with the mean of the rounds at which models
// stopped early, and without early stopping. The rounds are not scaled to the
// rows of the next fit: more rows rather allow more rounds than need them.
func settle(p Params, stopped []estimator.Model) *Params {
	if p.EarlyStopping == 0 || len(stopped) == 0 {
		return &p
	}
	sum := 0
	for _, s := range stopped {
		m := s.(*Model)
		sum += len(m.trees) / m.link.groups()
	}
	p.Trees = int(math.Round(float64(sum) / float64(len(stopped))))
	p.EarlyStopping = 0
	return &p
}
