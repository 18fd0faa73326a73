package linear

import (
	"fmt"
	"math"
	"strings"

	"labbook/internal/base/notebook"
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
func (m *model) Summary() []estimator.Learned {
	rows := []estimator.Learned{
		{Name: "training rows", Value: notebook.Count(m.Rows)},
		{Name: "columns", Value: notebook.Count(len(m.Names))},
		{Name: "rank", Value: notebook.Count(m.Rank)},
	}
	if m.Total > 0 {
		rows = append(rows, estimator.Learned{Name: "R² in training", Value: notebook.Fixed(1-(m.Residual/m.Total)*(m.Residual/m.Total), 4)})
	}
	freedom := m.Rows - m.Rank
	if m.Constant {
		freedom--
	}
	if freedom > 0 {
		rows = append(rows, estimator.Learned{Name: "residual standard error", Value: notebook.Measure(m.Residual/math.Sqrt(float64(freedom)), 4)})
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
