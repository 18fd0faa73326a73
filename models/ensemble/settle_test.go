package ensemble

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
	"labbook/models/boosting"
	"labbook/models/dummy"
	"labbook/models/estimator"
)

// Each member that stopped early is settled by its own models, however deep it
// stands; a fit with the settled parameters grows as many trees without rows
// to stop by.
func TestSettle(t *testing.T) {
	testdata.OnlyComputes(t)
	rng := rand.New(rand.NewPCG(1, 2))
	data := func(n int) *estimator.Data {
		d := &estimator.Data{X: &matrix.Matrix{Rows: n, Cols: 1, Names: []string{"x"}}}
		for range n {
			x := rng.Float64()
			d.X.Dense, d.Y = append(d.X.Dense, x), append(d.Y, x+rng.NormFloat64()/4)
		}
		return d
	}
	train := data(300)
	train.Valid = data(100)
	spec := Spec([]estimator.Spec{boosting.Spec(), dummy.Spec()})
	for _, method := range []string{"average", "residual", "stack"} {
		p := spec.Params()
		require.NoError(t, params.DecodeString(`{method: `+method+`, of: [{model: dummy},
			{model: boosting, repeat: 2, params: {n_estimators: 300, early_stopping_rounds: 5}},
			{model: ensemble, params: {of: [{model: boosting, params: {n_estimators: 300, max_depth: 2, early_stopping_rounds: 5}}]}}]}`, p))
		stopped, err := spec.Fit(context.Background(), p, train, estimator.Options{Seed: 3})
		require.NoError(t, err)
		settled := spec.Settle(p, []estimator.Model{stopped})
		lines := map[string]string{}
		for _, l := range params.Lines(settled) {
			lines[l.Path] = l.Value
		}
		for path, at := range map[string]int{"of[1].params": 1, "of[2].params.of[0].params": 2} {
			sum, fits := 0, 0
			for _, part := range stopped.(interface{ fitted() []part }).fitted() {
				if part.member == at {
					sum, fits = sum+trees(t, part.model), fits+1
				}
			}
			if fits == 0 { // without weight in the stack
				assert.Equal(t, "300", lines[path+".n_estimators"], method)
				continue
			}
			n, err := strconv.Atoi(lines[path+".n_estimators"])
			require.NoError(t, err)
			assert.InDelta(t, float64(sum)/float64(fits), n, 0.5, "%s %s", method, path)
			assert.Less(t, n, 200, "%s %s", method, path)
			assert.Equal(t, "0", lines[path+".early_stopping_rounds"])
		}
		assert.Contains(t, params.Lines(p), params.Line{Path: "of[1].params.n_estimators", Value: "300"}, "the declared are as they were")

		whole := *train
		whole.Valid = nil
		final, err := spec.Fit(context.Background(), settled, &whole, estimator.Options{Seed: 3})
		require.NoError(t, err)
		for _, part := range final.(interface{ fitted() []part }).fitted() {
			if part.member == 1 && lines["of[1].params.n_estimators"] != "300" {
				assert.Equal(t, lines["of[1].params.n_estimators"], strconv.Itoa(trees(t, part.model)))
			}
		}
	}
}

// trees counts those of a boosted model, or of one in an ensemble of one.
func trees(t *testing.T, m estimator.Model) int {
	if e, ok := m.(interface{ fitted() []part }); ok {
		m = e.fitted()[0].model
	}
	row := m.(estimator.Summarizer).Summary()[1]
	require.Equal(t, "trees", row.Name)
	return int(row.Value.Number.Value)
}
