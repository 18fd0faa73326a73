package training_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/models/training"
)

// drawn gives rows of a number, a category, and what comes of both.
func drawn(n int, seed uint64) *table.Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	a, y, kind := make([]float64, n), make([]float64, n), make([]int32, n)
	for i := range a {
		a[i], kind[i] = rng.NormFloat64(), int32(rng.IntN(4))
		y[i] = 2*a[i] + []float64{0, 3, -2, 1}[kind[i]] + math.Sin(3*a[i]) + rng.NormFloat64()
	}
	t := table.New(
		&table.Column{Field: table.Field{Name: "a", Type: table.Number}, Num: a},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"k", "l", "m", "n"}}, Codes: kind},
		&table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: y})
	table.Describe(t, 1)
	return t
}

func dialled(t *testing.T, with string, rows *table.Table, cores int) (*training.Trained, *training.Declared) {
	o := training.Defaults()
	require.NoError(t, params.DecodeString(with, o))
	f := features.Defaults()
	f.Target = "y"
	from, err := training.NewSource(rows, &partition.Structure{}, f, cores)
	require.NoError(t, err)
	done, err := o.Train(t.Context(), from, &training.Work{Cores: cores})
	require.NoError(t, err)
	declared := from.Declared(o)
	declared.Chosen = done.Blend.Features
	return done, declared
}

// TestQualityChooses: the weighted mean does at least as well on the rows held out
// as any candidate but for what honest weights cost, and each quality tries more.
func TestQualityChooses(t *testing.T) {
	rows, tried := drawn(300, 1), 0
	for _, with := range []string{"{quality: quick}", "{quality: good}", "{quality: best, candidates: 14}"} {
		done, _ := dialled(t, with, rows, 2)
		f := done.Facts.Blend
		assert.Greater(t, len(f.Tried), tried, with)
		tried = len(f.Tried)
		sum := 0.
		for _, c := range f.Tried {
			assert.Empty(t, c.Error, c.Name)
			assert.Less(t, float64(f.Score), 1.03*float64(c.Score), c.Name)
			sum += float64(c.Weight)
		}
		assert.InDelta(t, 1, sum, 1e-9)
		assert.Equal(t, "ensemble", done.Bundle.Estimator)
		assert.NotEmpty(t, done.Facts.Validation)
	}
	assert.Equal(t, 15, tried, "a guess, and as many as were asked for")
}

// TestMoreCandidatesThanThePortfolio: any quality goes on with trials of a search.
func TestMoreCandidatesThanThePortfolio(t *testing.T) {
	done, _ := dialled(t, "{quality: quick, candidates: 6}", drawn(200, 3), 2)
	names := map[string]bool{}
	for _, c := range done.Facts.Blend.Tried {
		names[c.Name] = true
	}
	assert.Len(t, names, 7)
	assert.Contains(t, names, "trial 1")
}

// TestQualityKeepsWhatWasFinished: when time is up nothing more begins, and something
// has learned.
func TestQualityKeepsWhatWasFinished(t *testing.T) {
	o := training.Defaults()
	require.NoError(t, params.DecodeString("{quality: best, budget: 1ns}", o))
	f := features.Defaults()
	f.Target = "y"
	from, err := training.NewSource(drawn(200, 2), &partition.Structure{}, f, 1)
	require.NoError(t, err)
	var warned []string
	done, err := o.Train(t.Context(), from, &training.Work{Cores: 1, Warn: func(w notebook.Finding) { warned = append(warned, w.Text) }})
	require.NoError(t, err)
	require.Len(t, done.Facts.Blend.Tried, 2)
	assert.Equal(t, "linear", done.Facts.Blend.Tried[1].Name)
	require.Len(t, warned, 1)
	assert.Regexp(t, `the budget of 1ns ended the search after 2 of \d+ candidates: another run may find another model`, warned[0])
}

// TestAfford: twice the time allows about twice the candidates, and no time one.
func TestAfford(t *testing.T) {
	o := training.Defaults()
	require.NoError(t, params.DecodeString("{quality: quick}", o))
	f := features.Defaults()
	f.Target = "y"
	for _, within := range []time.Duration{1, time.Hour} {
		n, each, err := o.Afford(t.Context(), within, drawn(200, 2), &partition.Structure{}, &f, 1)
		require.NoError(t, err)
		assert.Positive(t, each)
		assert.Equal(t, max(1, int(within/each)), n)
	}
}

// TestManyClasses: boosting would grow a tree for each class in every round, so many
// classes are learned by a forest.
func TestManyClasses(t *testing.T) {
	testdata.OnlyComputes(t)
	for classes, learner := range map[int]string{12: "boosting", 60: "random-forest"} {
		rows := drawn(20*classes, 6)
		y := &table.Column{Field: table.Field{Name: "y", Type: table.Category}}
		for i := range classes {
			y.Levels = append(y.Levels, fmt.Sprintf("c%02d", i))
		}
		for i := range rows.Rows() {
			y.Codes = append(y.Codes, int32(i%classes))
		}
		rows = table.New(rows.Columns[0], rows.Columns[1], y)
		table.Describe(rows, 1)
		done, _ := dialled(t, "{quality: quick, candidates: 3}", rows, 2)
		var models []string
		for _, c := range done.Facts.Blend.Tried {
			models = append(models, c.Model)
		}
		assert.Contains(t, models, learner)
		assert.Equal(t, learner == "boosting", slices.Contains(models, "boosting"))
	}
}

// TestChosenIsDeclared: what quality chose, declared and trained on the same rows,
// says the same of others.
func TestChosenIsDeclared(t *testing.T) {
	rows, other := drawn(300, 4), drawn(50, 5)
	done, declared := dialled(t, "{quality: good}", rows, 1)
	settled, err := declared.Settled(done.Bundle)
	require.NoError(t, err)
	encoded, err := settled.Encode()
	require.NoError(t, err)
	assert.NotContains(t, string(encoded), "good")
	again, err := settled.Fit(t.Context(), rows, &partition.Structure{}, done.Bundle.Features, &training.Work{Cores: 1})
	require.NoError(t, err)
	one, err := done.Bundle.Predict(other)
	require.NoError(t, err)
	two, err := again.Predict(other)
	require.NoError(t, err)
	assert.Equal(t, one.Values, two.Values)
	found, err := declared.Found(done.Bundle, true)
	require.NoError(t, err)
	copied := training.Defaults()
	require.NoError(t, params.DecodeString(params.YAML(found, training.Defaults(), ""), copied))
	from, err := training.NewSource(rows, &partition.Structure{}, *copied.Features, 1)
	require.NoError(t, err)
	pasted, err := copied.Train(t.Context(), from, &training.Work{Cores: 1})
	require.NoError(t, err)
	three, err := pasted.Bundle.Predict(other)
	require.NoError(t, err)
	assert.Equal(t, one.Values, three.Values, "what the notebook shows, pasted into a pipeline")
	final, err := declared.Final(t.Context(), drawn(350, 4), &partition.Structure{}, done.Bundle, &training.Work{Cores: 2})
	require.NoError(t, err)
	assert.Equal(t, done.Bundle.Params, final.Params)
	assert.Equal(t, 350, final.Rows)
}

// TestQualityIsDeclaredRight: what contradicts quality is refused, with what to do.
func TestQualityIsDeclaredRight(t *testing.T) {
	for with, says := range map[string]string{
		"{quality: good, model: linear}":                                    "quality chooses models",
		"{quality: good, params: {ridge: 1}}":                               "leave params out",
		"{quality: good, tune: {minimize: mae, space: {a: {int: [1, 2]}}}}": "leave tune out",
		"{quality: good, refit: false, validation: {share: 0.2}}":           "refit: true",
		"{quality: good, weights: balanced}":                                "distort",
		"{quality: better}":                                                 "quick, good, best",
		"{candidates: 3, model: linear}":                                    "add quality: good",
		"{quality: good, candidates: -1}":                                   "candidates",
		"{budget: 3m, model: linear}":                                       "add quality: good",
		"{quality: good, budget: -1s}":                                      "without the minus",
		"{}":                                                                "no quality",
	} {
		err := params.DecodeString(with, training.Defaults())
		if assert.Error(t, err, with) {
			assert.Contains(t, fmt.Sprintf("%+v %v", err, err), says, with)
		}
	}
}
