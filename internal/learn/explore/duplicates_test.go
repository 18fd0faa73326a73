package explore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
)

// TestDuplicates compares with rows written out, whatever the cores.
func TestDuplicates(t *testing.T) {
	const rows = 20_000
	source := rand.New(rand.NewPCG(3, 4))
	odd := []float64{math.NaN(), 0, math.Copysign(0, -1), 1, math.Inf(1)}
	number := &table.Column{Field: table.Field{Name: "number", Type: table.Number}}
	text := &table.Column{Field: table.Field{Name: "text", Type: table.Text}}
	category := &table.Column{Field: table.Field{Name: "category", Type: table.Category, Levels: []string{"a", "b"}}}
	for range rows {
		number.Num = append(number.Num, odd[source.IntN(len(odd))]+float64(source.IntN(100)))
		text.Texts = append(text.Texts, []string{"", "x", "xy"}[source.IntN(3)])
		category.Codes = append(category.Codes, int32(source.IntN(3)-1))
	}
	of := table.New(number, text, category)
	first, want := map[string]int{}, Duplicates{}
	for i := range rows {
		row := fmt.Sprintf("%v|%q|%d", number.Num[i]+0, text.Texts[i], category.Codes[i])
		if at, is := first[row]; is {
			want.Rows++
			if len(want.Examples) < 5 {
				want.Examples = append(want.Examples, [2]int{i, at})
			}
			continue
		}
		first[row] = i
	}
	for cores := range 4 {
		assert.Equal(t, want, FindDuplicates(of, cores), "%d cores", cores)
	}
	assert.Empty(t, FindDuplicates(table.New(), 2))
	assert.Empty(t, FindDuplicates(table.New(&table.Column{Field: table.Field{Name: "none", Type: table.Number}}), 2))
}

func TestMedianDistance(t *testing.T) {
	source := rand.New(rand.NewPCG(5, 6))
	for n := range 200 {
		sorted := make([]float64, n+1)
		for i := range sorted {
			sorted[i] = float64(source.IntN(30)) / 7
		}
		slices.Sort(sorted)
		median := Quantile(sorted, .5)
		distances := make([]float64, len(sorted))
		for i, v := range sorted {
			distances[i] = math.Abs(v - median)
		}
		slices.Sort(distances)
		assert.Equal(t, Quantile(distances, .5), medianDistance(sorted, median), "%v", sorted)
	}
}
