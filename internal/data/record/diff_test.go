package record

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
)

func TestDiff(t *testing.T) {
	a := &Run{ID: "a", Commit: "c1", Params: map[string]string{"seed": "42", "same": "1", "gone": "x"}, Versions: map[string]string{"go": "1.26"}}
	b := &Run{ID: "b", Commit: "c1", Dirty: true, Params: map[string]string{"seed": "43", "same": "1", "new": "y"}, Versions: map[string]string{"go": "1.26"}}
	mae := func(v float64) []metrics.Value { return []metrics.Value{{Name: "mae", Value: v}} }
	d := Diff(a, b,
		[]*Stage{{Name: "load", Key: "k", Output: "o"}, {Name: "train", Key: "k1", Output: "o1", Metrics: mae(3)}, {Name: "old", Metrics: mae(math.NaN())}},
		[]*Stage{{Name: "new", Metrics: mae(1)}, {Name: "load", Key: "k", Output: "o"}, {Name: "train", Key: "k2", Output: "o1",
			Metrics: append(mae(2), metrics.Value{Name: "r2", Value: .9})}})

	assert.Equal(t, []Change{{"gone", "x", ""}, {"new", "", "y"}, {"seed", "42", "43"}}, d.Params)
	assert.Equal(t, []Change{{"commit", "c1", "c1 with changes"}}, d.Versions)
	var stages []string
	for _, s := range d.Stages {
		stages = append(stages, s.Name)
	}
	assert.Equal(t, []string{"train", "old", "new"}, stages)
	assert.True(t, d.Stages[0].Key)
	assert.False(t, d.Stages[0].Output)
	assert.Nil(t, d.Stages[1].B)
	assert.Nil(t, d.Stages[2].A)

	var compared []string
	for _, m := range d.Metrics {
		compared = append(compared, m.Stage+" "+m.Name)
		assert.True(t, m.Differs())
	}
	assert.Equal(t, []string{"train mae", "train r2", "old mae", "new mae"}, compared)
	nan := MetricChange{A: &metrics.Value{Value: math.NaN()}, B: &metrics.Value{Value: math.NaN()}}
	assert.False(t, nan.Differs())
	assert.Empty(t, Diff(a, a, nil, nil).Params)
}
