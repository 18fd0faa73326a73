package evaluation

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// twice is a case of six rows, of which the last two are the test part, that are
// held out twice each. The first candidate is off by 1 on the test part and by .1
// in folds, the second the other way round.
func twice() Case {
	y := &table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: []float64{1, 2, 3, 4, 5, 6}}
	all := table.New(y)
	c := Case{Task: metrics.Regression, Target: y.Field, Test: all.Take([]int{4, 5}), Digest: "test", Rows: []int{0, 1}, Actual: []float64{5, 6}}
	off := func(by float64) Predict {
		return func(t *table.Table) ([]float64, error) {
			out := make([]float64, t.Rows())
			for i, v := range t.Column("y").Num {
				out[i] = v + by
			}
			return out, nil
		}
	}
	c.Candidates = []Candidate{{Stage: "a", Predict: off(1)}, {Stage: "b", Predict: off(0.1)}}
	f := &Folds{K: 3, Repeats: 2, Table: all, Train: 4, Digest: "folds", By: "rows", Rows: []int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5},
		Repeat: []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, Units: metrics.NewUnits([]int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}, 6, false)}
	f.Actual = append(append(f.Actual, y.Num...), y.Num...)
	f.Said = func(_ context.Context, candidate, _ int) (*metrics.Sample, error) {
		said := make([]float64, 12)
		for i, v := range f.Actual {
			said[i] = v + []float64{0.1, 1}[candidate]
		}
		return metrics.NewRegression(f.Actual, said), nil
	}
	c.Folds = f
	return c
}

func TestFoldsMakeTheLeaderboard(t *testing.T) {
	o := Defaults()
	o.Resamples = 100
	j, err := Judge(t.Context(), twice(), o, 2, nil)
	require.NoError(t, err)
	assert.Equal(t, "a", j.Models[0].Stage)
	assert.Equal(t, []string{"folds 3x2", "folds"}, []string{j.Judged, j.Test})
	assert.Equal(t, []int{6, 4}, []int{j.Rows, j.Train})
	assert.Equal(t, &Drawn{By: "rows", Units: 6, Block: 1}, j.Drawn)
	mae, _ := j.Models[0].Metric("mae")
	assert.InDelta(t, 0.1, mae.Value, 1e-9)
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5}, j.Places, "figures have every row once")

	kept := j.Predictions()
	assert.Equal(t, 12, kept.Rows())
	assert.Equal(t, []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, repeats(kept))
	assert.InDelta(t, 1.1, j.SampleOf(kept, "a").Predicted[0], 1e-9)
	assert.Equal(t, 6, j.UnitsOf(kept).Count)
}

// Where nobody asked for folds, a model that cannot be made again is judged on the
// test part, and that is said.
func TestFoldsThatFail(t *testing.T) {
	c := twice()
	c.Folds.Said = func(context.Context, int, int) (*metrics.Sample, error) {
		return nil, errors.New("a fold lacks a class")
	}
	j, err := Judge(t.Context(), c, Defaults(), 1, nil)
	require.NoError(t, err)
	assert.Equal(t, "b", j.Models[0].Stage)
	assert.Equal(t, TestPart, j.Judged)
	assert.Equal(t, 2, j.Predictions().Rows())
	why := ""
	for _, s := range j.Skipped {
		why += s.Why + " "
	}
	assert.Contains(t, why, "a fold lacks a class")

	c.Folds.Asked = true
	_, err = Judge(t.Context(), c, Defaults(), 1, nil)
	assert.ErrorContains(t, err, "made again in folds: a fold lacks a class")
}
