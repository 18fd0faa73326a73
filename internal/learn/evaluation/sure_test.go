package evaluation

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/testdata"
)

// Of models whose probabilities come true, at most as many are doubted as is
// promised: two tests at one in a thousand each. LABBOOK_NIGHT asks 2,000.
func TestHonestProbabilities(t *testing.T) {
	replicates := testdata.Studies(200)
	doubted := 0
	for seed := range replicates {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		n := 100 + r.IntN(400)
		actual, said := make([]float64, n), make([]float64, 0, 2*n)
		for i := range actual {
			p := r.Float64()
			if r.Float64() < p {
				actual[i] = 1
			}
			said = append(said, 1-p, p)
		}
		mean, shape, _, _ := surety(metrics.NewClassification(actual, []string{"a", "b"}, said))
		doubted += bit(max(math.Abs(mean), math.Abs(shape)) > beyondChance)
	}
	const promise = .002
	assert.LessOrEqual(t, float64(doubted)/float64(replicates), promise+3*math.Sqrt(promise*(1-promise)/float64(replicates)))
}
