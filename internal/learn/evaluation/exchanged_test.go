package evaluation

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Whole groups and blocks change places: every value goes to some row, and what
// follows one another within a block of time still does.
func TestExchangedUnits(t *testing.T) {
	groups := metrics.NewUnits([]int{0, 1, 0, 1, 2, 2}, 3, false)
	seen := map[[6]int]bool{}
	for seed := range uint64(40) {
		order := exchanged(groups, rand.New(rand.NewPCG(seed, 1)))
		assert.ElementsMatch(t, []int{0, 1, 2, 3, 4, 5}, order)
		assert.Contains(t, []int{2, 3, 5}, order[2], "of two rows each, the second gets the second")
		assert.Equal(t, groups.Of[order[0]], groups.Of[order[2]])
		seen[[6]int(order)] = true
	}
	assert.Len(t, seen, 6)

	of := make([]int, 27)
	for row := range of {
		of[row] = 26 - row // the latest row stands first
	}
	order := exchanged(metrics.NewUnits(of, 27, true), rand.New(rand.NewPCG(3, 1)))
	for row := 0; row < 27; row += 3 {
		assert.Equal(t, []int{order[row], order[row] + 1, order[row] + 2}, order[row:row+3])
	}
}

// The units that the bootstrap drew are kept beside the predictions.
func TestUnitsAreKept(t *testing.T) {
	units := metrics.NewUnits([]int{1, 0, 1}, 2, false)
	j := &Judgement{whole: ground{Places: []int{0, 1, 2}, units: units, Samples: []*metrics.Sample{metrics.NewRegression([]float64{1, 2, 3}, []float64{1, 2, 4})}}}
	j.Task, j.Models, j.Drawn = metrics.Regression, []Model{{Stage: "m"}}, &Drawn{Units: 2, Block: 1}
	kept := j.Predictions()
	assert.Equal(t, units, j.UnitsOf(kept))
	j.Drawn = nil
	assert.Nil(t, j.UnitsOf(kept), "an evaluation of before drew rows")
	assert.Nil(t, (&Evaluation{Drawn: &Drawn{Units: 1, Block: 1}}).UnitsOf(kept), "a damaged file is no evidence")
	assert.Equal(t, table.Number, kept.Column("unit").Type)
}
