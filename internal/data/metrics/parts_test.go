package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// Parts say of every metric, and of what is chosen by a threshold, as much noise
// as resamples of all rows do: the standard errors by both agree to within .15,
// three times what 600 replicates leave to chance. The squares in R² have so long
// a tail here that the rows themselves leave more; intervals by both hold the
// truth equally often, 143 and 142 of 150 times.
func TestPartsVaryAsTheWhole(t *testing.T) {
	testdata.OnlyComputes(t)
	scored := classes(2*partRows, 2, 2)
	r := rand.New(rand.NewPCG(6, 6))
	for i, y := range scored.Actual {
		p := 1 / (1 + math.Exp(-r.NormFloat64()-1.5*y))
		scored.Probabilities[2*i], scored.Probabilities[2*i+1] = 1-p, p
	}
	for _, s := range []*Sample{numbers(2*partRows, 1), classes(2*partRows, 3, 1), scored} {
		var names []string
		var figures []Figure
		for _, m := range Catalog {
			if m.Task == s.Task() {
				names, figures = append(names, m.Name), append(figures, m.Of(s))
			}
		}
		if len(s.Classes) == 2 {
			names, figures = append(names, "precision", "threshold"), append(figures, Precision(s, 1), Aim{Recall: 0.8}.Chooser(s, 1))
		}
		boot := Bootstrap{Resamples: 600, Seed: 3, Cores: 2}
		require.Len(t, boot.parts(s, nil), 2)
		whole, replicates, err := boot.Replicates(t.Context(), figures)
		require.NoError(t, err)
		for f, figure := range figures {
			assert.Equal(t, figure.Value(), whole[f])
			direct := make([]float64, boot.Resamples)
			measure, d := figure.Prepare(s), newDraw(s.Rows(), nil)
			for i := range direct {
				d.resample(4, uint64(i))
				direct[i] = measure(d.weights)
			}
			near := 0.15
			if names[f] == "r2" {
				near = 0.3
			}
			assert.InDelta(t, 1, deviation(replicates[f])/deviation(direct), near, names[f])
		}
	}
}

// The interval of many rows covers the truth as often as it says, also of the
// difference of two models, which is paired; the bound is the promise less three
// standard errors of the simulation.
func TestPartsCover(t *testing.T) {
	testdata.OnlyComputes(t)
	studies, held := testdata.Studies(200), [2]int{}
	for study := range studies {
		r := rand.New(rand.NewPCG(uint64(study), 5))
		one, other := make([]float64, 2*partRows), make([]float64, 2*partRows)
		for i := range one {
			one[i] = r.ExpFloat64()
			other[i] = one[i] + r.ExpFloat64()/10
		}
		boot := Bootstrap{Resamples: 400, Seed: uint64(study), Cores: 2}
		_, replicates, err := boot.Replicates(t.Context(), []Figure{average(one), average(other)})
		require.NoError(t, err)
		difference := make([]float64, boot.Resamples)
		for i := range difference {
			difference[i] = replicates[1][i] - replicates[0][i]
		}
		for i, list := range [][]float64{replicates[0], difference} {
			low, high, ok := boot.Interval(list)
			require.True(t, ok)
			if truth := []float64{1, 0.1}[i]; low <= truth && truth <= high {
				held[i]++
			}
		}
	}
	n := float64(studies)
	for i, what := range []string{"a mean", "a difference"} {
		t.Logf("%s: %.4f of %d studies hold the truth", what, float64(held[i])/n, studies)
		assert.GreaterOrEqual(t, float64(held[i])/n, 0.95-3*math.Sqrt(0.95*0.05/n), what)
	}
}

// Few rows, few units, or few of a class are one part.
func TestFewAreOnePart(t *testing.T) {
	boot := Bootstrap{Resamples: 100}
	assert.Nil(t, boot.parts(numbers(2*partRows-1, 1), nil))
	assert.Len(t, boot.parts(numbers(2*partRows, 1), nil), 2)
	of := make([]int, 2*partRows)
	for i := range of {
		of[i] = i % (2 * partUnits)
	}
	parts := boot.parts(numbers(2*partRows, 1), NewUnits(of, 2*partUnits, false))
	require.Len(t, parts, 2)
	seen := map[int]int{}
	for part, rows := range parts {
		for _, row := range rows {
			if at, ok := seen[of[row]]; ok {
				require.Equal(t, at, part, "a unit is in one part")
			}
			seen[of[row]] = part
		}
	}
	assert.Nil(t, boot.parts(numbers(2*partRows, 1), NewUnits(of, 2*partUnits-1, false)))
	rare := classes(2*partRows, 2, 1)
	for i := range rare.Actual {
		rare.Actual[i] = float64(bit(i < 2*partRare-1))
	}
	assert.Nil(t, boot.parts(rare, nil))
}

func deviation(list []float64) float64 {
	var sum, squares float64
	for _, v := range list {
		sum += v
	}
	mean := sum / float64(len(list))
	for _, v := range list {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(list)-1))
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
