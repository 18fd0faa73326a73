package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/base/facts"
	"labbook/internal/learn/tune"
	"labbook/internal/testdata"
)

func TestOddFolds(t *testing.T) {
	numbers := func(values ...float64) (out []facts.Number) {
		for _, v := range values {
			out = append(out, facts.Number(v))
		}
		return out
	}
	alike, odd := numbers(1.01, .98, 1.02, .99, 1), numbers(1.01, .98, 4, .99, 1)
	for _, c := range []struct {
		name   string
		judged []Judgement
		want   int
	}{
		{"alike", []Judgement{{Metric: "mae", Each: alike}, {Metric: "rmse", Each: alike}}, 0},
		{"one is odd", []Judgement{{Metric: "mae", Each: odd}, {Metric: "rmse", Each: odd}}, 1},
		{"by half of the metrics only", []Judgement{{Metric: "mae", Each: odd}, {Metric: "rmse", Each: alike}}, 0},
		{"of too few folds", []Judgement{{Metric: "mae", Each: odd[:4]}}, 0},
		{"not defined", []Judgement{{Metric: "mae", Each: numbers(1, math.NaN(), 4, 1, 1)}}, 0},
		{"none", nil, 0},
	} {
		assert.Len(t, oddFolds(c.judged, ""), c.want, c.name)
	}
	assert.Equal(t, "fold 3 of 5 is out of line: its MAE is 4 USD, of the others 0.9800 to 1.010 (1 of 1 metrics say so)",
		oddFolds([]Judgement{{Metric: "mae", Each: odd}}, "USD")[0].Text)
}

// Of folds that are alike one is called odd as often as is promised.
// LABBOOK_NIGHT asks 2,000.
func TestOddFoldsOfNoise(t *testing.T) {
	replicates := testdata.Studies(300)
	for _, folds := range []int{5, 10} {
		called := 0
		for seed := range replicates {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(folds)))
			j := Judgement{Metric: "mae"}
			for range folds {
				j.Each = append(j.Each, facts.Number(10+r.NormFloat64()))
			}
			if len(oddFolds([]Judgement{j}, "")) > 0 {
				called++
			}
		}
		assert.LessOrEqual(t, float64(called)/float64(replicates), oddChance+3*math.Sqrt(oddChance*(1-oddChance)/float64(replicates)), folds)
	}
}

func TestAtEdges(t *testing.T) {
	space := tune.Space{
		{Name: "choice", Scale: tune.Choose, Choices: []string{"a", "b"}},
		{Name: "depth", Scale: tune.Int, Low: 2, High: 12},
		{Name: "few", Scale: tune.Int, Low: 1, High: 3},
		{Name: "rate", Scale: tune.Log, Low: .01, High: 1},
		{Name: "share", Scale: tune.Float, Low: .5, High: 1},
	}
	for _, c := range []struct {
		point tune.Point
		want  []string
	}{
		{tune.Point{"a", "7", "1", "0.1", "0.75"}, nil},
		{tune.Point{"b", "12", "3", "0.0101", "0.999"}, []string{"depth, 12, lies at the upper edge", "rate, 0.0101, lies at the lower edge", "share, 0.999, lies at the upper edge"}},
		{tune.Point{"a", "2", "3", "0.9", "0.5"}, []string{"depth, 2, lies at the lower edge", "share, 0.5, lies at the lower edge"}},
		{tune.Point{"a", "3", "2", "0.011", "0.52"}, nil},
	} {
		found := atEdges(space, c.point)
		assert.Len(t, found, len(c.want))
		for i, f := range found {
			assert.Contains(t, f.Text, c.want[i])
		}
	}
}
