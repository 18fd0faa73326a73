package ensemble

import (
	"math"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// telling is a classifier whose parts can all tell which columns speak for a
// class.
type telling struct{ *model }

// Explain implements estimator.Explainer. The parts' scores are in units of
// their own, so each part's columns are scaled to sum to its weight.
func (m telling) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	clear(dst)
	own := make([]float64, len(dst))
	for _, p := range m.parts {
		p.model.(estimator.Explainer).Explain(own, x, i, class)
		total := 0.0
		for _, v := range own {
			total += math.Abs(v)
		}
		if total == 0 {
			continue
		}
		for j, v := range own {
			dst[j] += p.weight / total * v
		}
	}
}

// tells says whether all parts are Explainers.
func tells(parts []part) bool {
	for _, p := range parts {
		if _, ok := p.model.(estimator.Explainer); !ok {
			return false
		}
	}
	return len(parts) > 0
}
