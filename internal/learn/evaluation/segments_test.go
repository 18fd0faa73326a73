package evaluation

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

// Numbers are cut into ranges of about equal size, few of them are parts of their
// own, and a gap is a part too.
func TestParts(t *testing.T) {
	numbers := func(n int, of func(i int) float64) *table.Column {
		c := &table.Column{Field: table.Field{Name: "n", Type: table.Number}}
		for i := range n {
			c.Num = append(c.Num, of(i))
		}
		return c
	}
	for _, test := range []struct {
		column *table.Column
		names  []string
		rows   []int
	}{
		{numbers(100, func(i int) float64 { return float64(i) }),
			[]string{"0 to below 20", "20 to below 40", "40 to below 60", "60 to below 80", "80 to 99", missing}, []int{20, 20, 20, 20, 20, 0}},
		{numbers(99, func(i int) float64 {
			if i%3 == 0 {
				return math.NaN()
			}
			return float64(max(i-50, 0)) // half of them alike
		}), []string{"0 to below 9", "9 to below 29", "29 to 48", missing}, []int{39, 13, 14, 33}},
		{numbers(6, func(i int) float64 { return float64(i % 2) }), []string{"0", "1"}, []int{3, 3}},
		{&table.Column{Field: table.Field{Name: "c", Type: table.Category, Levels: []string{"a", "b"}}, Codes: []int32{1, -1, 0, 1}},
			[]string{"b", missing, "a"}, []int{2, 1, 1}},
	} {
		names, code, err := parts(test.column)
		require.NoError(t, err)
		assert.Equal(t, test.names, names)
		rows := make([]int, len(names))
		for i := range test.column.Len() {
			rows[code(i)]++
		}
		assert.Equal(t, test.rows, rows, "%v", names)
	}
	words := &table.Column{Field: table.Field{Name: "w", Type: table.Text}}
	for i := range 100 {
		words.Texts = append(words.Texts, fmt.Sprint("word ", i))
	}
	_, _, err := parts(words)
	assert.ErrorContains(t, err, "w has 100 values, too many to look at each")
}
