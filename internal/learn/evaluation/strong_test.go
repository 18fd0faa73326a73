package evaluation_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
)

func TestBeatenByDefault(t *testing.T) {
	c := regression(400, 900, 100)
	learnedFrom(&c, c.Test)
	better := c.Candidates[1].Predict
	c.Candidates = c.Candidates[:1]
	c.Candidates[0].Strong = func(context.Context, *table.Table, int) (evaluation.Predict, error) { return better, nil }
	assert.Contains(t, found(t, c), "C318")

	c.Candidates[0].Estimator = "boosting"
	assert.NotContains(t, found(t, c), "C318")

	even := regression(400, 900)
	learnedFrom(&even, even.Test)
	even.Candidates[0].Strong = func(context.Context, *table.Table, int) (evaluation.Predict, error) {
		return even.Candidates[0].Predict, nil
	}
	assert.NotContains(t, found(t, even), "C318")
}

func TestToldApart(t *testing.T) {
	said := func(sure float64) func(context.Context, *table.Table, *table.Table, int) (*metrics.Sample, error) {
		return func(context.Context, *table.Table, *table.Table, int) (*metrics.Sample, error) {
			r := rand.New(rand.NewPCG(1, 1))
			var actual, p []float64
			for i := range 500 {
				y := float64(i % 2)
				v := min(max(.5+sure*(y-.5)+.2*r.NormFloat64(), 0), 1)
				actual, p = append(actual, y), append(p, 1-v, v)
			}
			return metrics.NewClassification(actual, []string{"training", "test"}, p), nil
		}
	}
	c := regression(400, 900)
	learnedFrom(&c, c.Test)
	c.Candidates[0].Apart = said(.5)
	assert.Contains(t, found(t, c), "C106")
	c.Structure = &partition.Structure{Time: "carat"}
	assert.NotContains(t, found(t, c), "C106", "parts divided by time are meant to differ")

	alike := regression(400, 900)
	learnedFrom(&alike, alike.Test)
	alike.Candidates[0].Apart = said(0)
	assert.NotContains(t, found(t, alike), "C106")

	alike.Candidates[0].Apart = func(context.Context, *table.Table, *table.Table, int) (*metrics.Sample, error) {
		return nil, errors.New("it reads texts")
	}
	j, _, _ := judge(t, alike, evaluation.Defaults(), 2)
	why := map[string]string{}
	for _, s := range j.Skipped {
		why[s.Code] = s.Why
	}
	assert.Equal(t, "it reads texts", why["C106"])
}
