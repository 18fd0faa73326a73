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
// list names columns, as many as fit a line or two: those of categories can be
// long.
func list(names []string) string {
	const most, room = 8, 120 // names, and bytes of them
	shown, size := 0, 0
	for shown < min(len(names), most) && (shown == 0 || size+len(names[shown]) <= room) {
		size += len(names[shown]) + 2
		shown++
	}
	text := strings.Join(names[:shown], ", ")
	if shown < len(names) {
		text += fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return text
}
