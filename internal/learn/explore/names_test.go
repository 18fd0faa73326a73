package explore

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// What was dealt out is told from what was measured, however fine the measure.
func TestNamesRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	shuffled := func(n int, f func(i int) float64) (values []float64) {
		for _, i := range r.Perm(n) {
			values = append(values, f(i))
		}
		return values
	}
	whole := func(i int) float64 { return float64(i) }
	repeated := shuffled(500, whole)
	repeated[3] = repeated[7]
	fine := make([]float64, 1000)
	seen := map[float64]bool{}
	for i := range fine { // dollars up to ten millions: now and then two are next to each other
		for fine[i] == 0 || seen[fine[i]] {
			fine[i] = float64(r.IntN(10_000_000))
		}
		seen[fine[i]] = true
	}
	for name, c := range map[string]struct {
		column string
		values []float64
		why    string
	}{
		"counts up":                           {"n", []float64{4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, "looks like a row number"},
		"shuffled":                            {"n", shuffled(500, whole), "has a value of its own in every row, as an identifier has"},
		"a sample of them":                    {"n", shuffled(500, func(i int) float64 { return float64(4*i/3) + float64(i/7) }), "has a value of its own in every row, as an identifier has"},
		"in blocks":                           {"n", shuffled(500, func(i int) float64 { return float64(1000*(i/20) + i%20) }), "has a value of its own in every row, as an identifier has"},
		"two are equal":                       {"n", repeated, ""},
		"fine amounts":                        {"n", fine, ""},
		"years":                               {"n", shuffled(120, func(i int) float64 { return float64(1900 + i) }), ""},
		"fractions":                           {"n", shuffled(500, func(i int) float64 { return float64(i) + 0.5 }), ""},
		"every third":                         {"n", shuffled(500, func(i int) float64 { return float64(3 * i) }), "has a value of its own in every row, as an identifier has"},
		"every ten thousandth, by name an id": {"shop_id", shuffled(500, func(i int) float64 { return float64(10007 * i) }), ""},
		"names of rows":                       {csvfile.Unnamed, []float64{3, 9, 4}, "has no name in the header and a value of its own in every row, as names of rows have"},
		"no names of rows":                    {csvfile.Unnamed, []float64{3, 3, 4}, ""},
	} {
		column := &table.Column{Field: table.Field{Name: c.column, Type: table.Number}, Num: c.values}
		table.Observe(column, false)
		assert.Equal(t, c.why, NewProfile(column).NamesRows(), name)
	}
	texts := &table.Column{Field: table.Field{Name: "code", Type: table.Text}}
	for i := range 50 {
		texts.Texts = append(texts.Texts, fmt.Sprintf("K-%04d", 7*i))
	}
	assert.Equal(t, "has a value of its own in every row, as an identifier has", NewProfile(texts).NamesRows())
}
