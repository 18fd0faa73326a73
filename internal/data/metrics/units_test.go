package metrics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

func TestUnitsAreDrawnWhole(t *testing.T) {
	groups := NewUnits([]int{0, 1, 0, 2, 1, 1}, 3, false)
	blocks := NewUnits([]int{7, 6, 5, 4, 3, 2, 1, 0}, 8, true)
	assert.Equal(t, 2, blocks.Block)
	assert.Equal(t, []int{6, 3, 4}, []int{(*Units)(nil).Independent(6), groups.Independent(6), blocks.Independent(8)})
	for i := range uint64(50) {
		weights, drawn := make([]float64, 6), make([]float64, 3)
		groups.resample(weights, drawn, 1, i)
		assert.Equal(t, 3.0, drawn[0]+drawn[1]+drawn[2])
		assert.Equal(t, []float64{drawn[0], drawn[1], drawn[0], drawn[2], drawn[1], drawn[1]}, weights)

		weights, drawn = make([]float64, 8), make([]float64, 8)
		blocks.resample(weights, drawn, 1, i)
		total := 0.0
		for row, w := range weights {
			total += w
			assert.Equal(t, drawn[7-row], w)
		}
		assert.Equal(t, 8.0, total)
	}
	part := groups.Take([]int{1, 3, 4})
	assert.Equal(t, &Units{Of: []int{0, 1, 0}, Count: 2, Block: 1}, part)
	assert.Nil(t, (*Units)(nil).Take([]int{1}))
}

// TestUnitsCover: intervals of a mean hold the truth as often as they say, where
// rows of a group, or neighbours in time, are alike; resampled row by row they do
// not. The bound is the promise less three standard errors of the simulation. The
// processes are mild enough for the bias of blocks, of the order of 1 over their
// length, to stay below that.
func TestUnitsCover(t *testing.T) {
	testdata.OnlyComputes(t)
	const level = 0.95
	groups := func(rng *rand.Rand, count int) ([]float64, *Units) {
		var terms []float64
		var of []int
		for g := range count {
			common := rng.NormFloat64()
			for range 2 + rng.IntN(7) {
				terms, of = append(terms, common+rng.NormFloat64()), append(of, g)
			}
		}
		return terms, NewUnits(of, count, false)
	}
	series := func(rng *rand.Rand, rows int) ([]float64, *Units) {
		terms, of := make([]float64, rows), make([]int, rows)
		last := rng.NormFloat64() / math.Sqrt(1-0.3*0.3)
		for i := range terms {
			last = 0.3*last + rng.NormFloat64()
			terms[i], of[i] = last, i
		}
		return terms, NewUnits(of, len(of), true)
	}
	for name, draw := range map[string]func(*rand.Rand) ([]float64, *Units){
		"groups":      func(rng *rand.Rand) ([]float64, *Units) { return groups(rng, 400) },
		"many groups": func(rng *rand.Rand) ([]float64, *Units) { return groups(rng, 6000) },
		"time":        func(rng *rand.Rand) ([]float64, *Units) { return series(rng, 3375) },
		"long time":   func(rng *rand.Rand) ([]float64, *Units) { return series(rng, 32_768) },
	} {
		held, plain, studies := 0, 0, testdata.Studies(200)
		if strings.HasPrefix(name, "many") || strings.HasPrefix(name, "long") {
			studies /= 8
		}
		for study := range studies {
			terms, units := draw(rand.New(rand.NewPCG(uint64(study), 11)))
			b := Bootstrap{Resamples: 600, Seed: uint64(study), Level: level, Units: units, Cores: 2}
			for _, count := range []*int{&held, &plain} {
				_, replicates, err := b.Replicates(t.Context(), []Figure{average(terms)})
				require.NoError(t, err)
				low, high, ok := b.Interval(replicates[0])
				require.True(t, ok)
				if low <= 0 && 0 <= high {
					*count++
				}
				b.Units = nil
			}
		}
		n := float64(studies)
		share, error3 := float64(held)/n, 3*math.Sqrt(level*(1-level)/n)
		t.Logf("%s: %.4f of %d studies hold the truth, %.4f row by row", name, share, studies, float64(plain)/n)
		assert.GreaterOrEqual(t, share, level-error3, name)
		assert.Less(t, plain, held, name)
		if studies >= 200 {
			assert.Less(t, float64(plain)/n, level-error3, name)
		}
	}
}
