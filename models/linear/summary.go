package linear

import (
	"fmt"
	"math"
	"strings"

	"labbook/models/estimator"
)

// Coefficients gives the intercept and the weights with their standard errors.
func (m *model) Coefficients() []estimator.Coefficient {
	var out []estimator.Coefficient
	add := func(i int, column string, value float64) {
		c := estimator.Coefficient{Column: column, Value: value}
		if m.StdErr != nil {
			c.StdErr = m.StdErr[i]
		}
		out = append(out, c)
	}
	if m.Constant {
		add(0, estimator.Intercept, m.Intercept)
	}
	for j, name := range m.Names {
		add(j+1, name, m.Weights[j])
	}
	return out
}

// Summary says how well the plane fits what it was learned from.
func (m *model) Summary() [][2]string {
	rows := [][2]string{
		{"training rows", fmt.Sprint(m.Rows)},
		{"columns", fmt.Sprint(len(m.Names))},
		{"rank", fmt.Sprint(m.Rank)},
	}
	if m.Total > 0 {
		rows = append(rows, [2]string{"R² in training", fmt.Sprintf("%.4f", 1-(m.Residual/m.Total)*(m.Residual/m.Total))})
	}
	freedom := m.Rows - m.Rank
	if m.Constant {
		freedom--
	}
	if freedom > 0 {
		rows = append(rows, [2]string{"residual standard error", fmt.Sprintf("%.4g", m.Residual/math.Sqrt(float64(freedom)))})
	}
	return rows
}

// list names the first few.
func list(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}
