package evaluation

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

// TestPermutingAsksOnlyAboutRowsThatChange: and says the same as asking about all.
func TestPermutingAsksOnlyAboutRowsThatChange(t *testing.T) {
	const rows = 60
	nan := math.NaN()
	x, kind := make([]float64, rows), make([]int32, rows)
	for i := range rows {
		x[i], kind[i] = float64(i*7%11), int32(i%3-1) // a third is missing
		if i%5 == 0 {
			x[i] = nan
		}
	}
	tb := table.New(
		&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: x},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"a", "b"}}, Codes: kind})
	asked := 0
	predict := func(t *table.Table) ([]float64, error) {
		asked += t.Rows()
		var said []float64
		for i := range t.Rows() {
			v := float64(10 * t.Columns[1].Codes[i])
			if !t.Columns[0].IsMissing(i) {
				v += t.Columns[0].Num[i]
			}
			said = append(said, v, 1-v)
		}
		return said, nil
	}
	said, err := predict(tb)
	require.NoError(t, err)
	for _, name := range []string{"x", "kind"} {
		order := shuffled(rows, name, nil, 1, 2)
		columns := slices.Clone(tb.Columns)
		for i, c := range columns {
			if c.Name == name {
				columns[i] = table.New(c).Take(order).Columns[0]
			}
		}
		want, err := predict(table.New(columns...))
		require.NoError(t, err)
		asked = 0
		got, err := resaid(predict, said, tb, name, order)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
		assert.Less(t, asked, rows)
		assert.Greater(t, asked, rows/4)
	}
}
