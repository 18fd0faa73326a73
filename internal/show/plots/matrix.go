package plots

import (
	"fmt"
	"math"

	"labbook/internal/base/figure"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Correlations shows a square matrix of numbers between -1 and 1;
// values[i][j] is of names i and j, NaN where not known.
func Correlations(f Frame, names []string, values [][]float64) *notebook.Figure {
	strongest, si, sj := 0.0, 0, 0
	for i := range values {
		for j := range i {
			if v := math.Abs(values[i][j]); v > strongest {
				strongest, si, sj = v, i, j
			}
		}
	}
	alt := fmt.Sprintf("Matrix of %s for %d columns.", f.name(), len(names))
	if strongest > 0 {
		alt += fmt.Sprintf(" Strongest: %s and %s (%.2f).", label(names[si], 40), label(names[sj], 40), values[si][sj])
	}
	return grille(f, figure.Signed, names, names, values, alt)
}

// ConfusionMatrix shows which class was taken for which: rows are the true
// classes.
func ConfusionMatrix(f Frame, m *metrics.Confusion) *notebook.Figure {
	var hits, all, worst float64
	wi, wj := -1, -1
	for i, row := range m.Counts {
		for j, n := range row {
			all += n
			if i == j {
				hits += n
			} else if n > worst {
				worst, wi, wj = n, i, j
			}
		}
	}
	alt := fmt.Sprintf("Confusion matrix of %d classes, true classes in rows: %.0f of %.0f rows on the diagonal.", len(m.Classes), hits, all)
	if wi >= 0 {
		alt += fmt.Sprintf(" Most common mistake: %s taken for %s (%.0f).", label(m.Classes[wi], 40), label(m.Classes[wj], 40), worst)
	}
	return grille(f, figure.Confusion, m.Classes, m.Classes, m.Counts, alt)
}

// Shares shows how the columns' classes are spread within each row of counts.
func Shares(f Frame, down, across []string, counts [][]float64) *notebook.Figure {
	alt := fmt.Sprintf("Matrix of shares of %s for %d categories.", f.name(), len(down))
	for i, row := range counts {
		best, total := 0, 0.0
		for j, n := range row {
			total += n
			if n > row[best] {
				best = j
			}
		}
		if total > 0 && i < 5 {
			alt += fmt.Sprintf(" %s: mostly %s (%.0f %%).", label(down[i], 40), label(across[best], 40), 100*row[best]/total)
		}
	}
	return grille(f, figure.Shares, down, across, counts, alt)
}

func grille(f Frame, form string, down, across []string, values [][]float64, alt string) *notebook.Figure {
	chart := f.chart()
	chart.Matrix = &figure.Matrix{Form: form, Rows: append([]string{}, down...), Columns: append([]string{}, across...), Values: []figure.Numbers{}}
	for _, row := range values {
		chart.Matrix.Values = append(chart.Matrix.Values, clean(row))
	}
	return &notebook.Figure{Alt: alt, Chart: chart}
}
