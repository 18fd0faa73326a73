package question

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// sortedBy gives a table of an attribute or a time, sorted by it, and of a target
// that rises along it.
func sortedBy(values []float64, rng *rand.Rand) *table.Table {
	slices.Sort(values)
	x, y := make([]float64, len(values)), make([]float64, len(values))
	for i := range values {
		x[i], y[i] = rng.NormFloat64(), 6*float64(i)/float64(len(values))+rng.NormFloat64()
	}
	column := func(name string, v []float64) *table.Column {
		return numbers(name, len(v), func(i int) float64 { return v[i] })
	}
	return table.New(column("x", x), column("t", values), column("y", y))
}

func splitOf(t *testing.T, of *table.Table) Split {
	q, err := Ask(of, Wishes{Target: "y"})
	assert.NoError(t, err)
	return q.Split
}

// TestStepsOfTime: a log with busy days and others, a panel of the same things at
// each time, and months as twelfths of a year are split by time.
func TestStepsOfTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var log, panel, months []float64
	for day := range 60 {
		for range []int{4, 30, 25, 28, 22, 24, 6}[day%7] + rng.IntN(5) {
			log = append(log, float64(day))
		}
		for range 8 {
			panel = append(panel, float64(day))
			months = append(months, 2000+float64(day)/12)
		}
	}
	for _, values := range [][]float64{log, panel, months} {
		s := splitOf(t, sortedBy(values, rng))
		assert.Equal(t, "t", s.Time)
		assert.Contains(t, s.Why, "y drifts along it")
	}
	none := sortedBy(slices.Clone(log), rng)
	for i := range none.Columns[2].Num {
		none.Columns[2].Num[i] = rng.NormFloat64()
	}
	assert.Empty(t, splitOf(t, none).Time, "nothing drifts")
}

// TestSortedTables: tables that were sorted by something that is no time are not
// split by it: of 200 of each kind, at most one is.
func TestSortedTables(t *testing.T) {
	testdata.OnlyComputes(t)
	draws := map[string]func(rng *rand.Rand) float64{
		"evenly":    func(rng *rand.Rand) float64 { return float64(rng.IntN(40)) },
		"an age":    func(rng *rand.Rand) float64 { return math.Floor(18 + 60*math.Pow(rng.Float64(), 1.4)) },
		"a score":   func(rng *rand.Rand) float64 { return math.Round(50 + 12*rng.NormFloat64()) },
		"a count":   func(rng *rand.Rand) float64 { return math.Floor(8 * rng.ExpFloat64()) },
		"a measure": func(rng *rand.Rand) float64 { return math.Round(10*rng.NormFloat64()) / 10 },
	}
	for name, draw := range draws {
		wrong := 0
		for seed := range uint64(200) {
			rng := rand.New(rand.NewPCG(seed, 2))
			values := make([]float64, 100+rng.IntN(900))
			for i := range values {
				values[i] = draw(rng)
			}
			if splitOf(t, sortedBy(values, rng)).Time != "" {
				wrong++
			}
		}
		assert.LessOrEqual(t, wrong, 1, name)
	}
}
