package evaluation

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

func TestAsked(t *testing.T) {
	rows := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	j := &Judgement{ground: ground{
		Table:   table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: rows}),
		Samples: []*metrics.Sample{nil, metrics.NewRegression(rows, rows)},
		units:   metrics.NewUnits([]int{0, 0, 0, 1, 1, 2, 2, 3, 3, 4}, 5, false),
	}}
	j.Models = []Model{{Elsewhere: true}, {}} // the second leads of those that can be asked
	few := j.asked(4)
	assert.Equal(t, []float64{0, 2, 5, 7}, few.Table.Columns[0].Num)
	assert.Equal(t, []float64{0, 2, 5, 7}, few.Samples[0].Predicted)
	assert.Equal(t, metrics.NewUnits([]int{0, 0, 1, 2}, 3, false), few.units)
	all := j.asked(10)
	assert.Same(t, j.Table, all.Table)
	assert.Same(t, j.Samples[1], all.Samples[0])
	assert.Same(t, j.units, all.units)
}
