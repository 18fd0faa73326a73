package stages

import (
	"fmt"
	"math"
	"strings"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/models"
	"labbook/models/estimator"
)

// explainer gives the function that says what pulled a classification to its
// class, and what spoke for the true one; nil where the model cannot tell.
func explainer(b *models.Bundle) func(t *table.Table, row int) string {
	if _, ok := b.Model.(estimator.Explainer); !ok || b.Features.Classes == nil {
		return nil
	}
	return func(t *table.Table, row int) string {
		one := t.Take([]int{row})
		x, err := b.Features.Transform(one)
		if err != nil {
			return ""
		}
		said := int(b.PredictMatrix(x).Values[0])
		text := "for " + b.Features.Classes[said] + ": " + speakers(b, x, said)
		if actual, err := b.Features.Outcome(one); err == nil && !math.IsNaN(actual[0]) && int(actual[0]) != said {
			text += "; for " + b.Features.Classes[int(actual[0])] + ": " + speakers(b, x, int(actual[0]))
		}
		return text
	}
}

// speakers lists the columns that speak most for a class.
func speakers(b *models.Bundle, x *matrix.Matrix, class int) string {
	pulls, _ := b.Explain(x, 0, class, 50)
	var words []string
	for _, p := range pulls {
		if p.Value > 0 && len(words) < 6 {
			words = append(words, fmt.Sprintf("%s (%+.2g)", p.Column, p.Value))
		}
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
