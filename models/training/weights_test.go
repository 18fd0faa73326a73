package training

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

func TestWeights(t *testing.T) {
	number := func(y ...float64) *matrix.Labelled { return &matrix.Labelled{Y: y} }
	for _, w := range []bundle.Weights{"", bundle.Equal} {
		weights, err := (&Recipe{Weights: w}).weigh(number(-1, 2), number(-1, 2))
		require.NoError(t, err)
		assert.Nil(t, weights)
	}
	byTarget := Recipe{Weights: bundle.ByTarget}
	weights, err := byTarget.weigh(number(1, 2, 6), nil)
	require.NoError(t, err)
	assert.Equal(t, []float64{1. / 3, 2. / 3, 2}, weights)
	_, err = byTarget.weigh(number(1, 0), nil)
	assert.ErrorContains(t, err, "row 2 of the training part cannot weigh what its target says")

	// What a class weighs is told by the rows learned from: 3 rows of a, 1 of b,
	// none of c.
	classes := []string{"a", "b", "c"}
	learned, held := &matrix.Labelled{Y: []float64{0, 0, 1, 0}, Classes: classes}, &matrix.Labelled{Y: []float64{1, 2, 0}, Classes: classes}
	for _, c := range []struct {
		recipe Recipe
		want   []float64
	}{
		{Recipe{Weights: bundle.Equal}, nil},
		{Recipe{Weights: bundle.Balanced}, []float64{4. / 3, 1, 4. / 9}},
		{Recipe{ClassWeights: map[string]float64{"b": 5}}, []float64{5, 1, 1}},
	} {
		weights, err := c.recipe.weigh(held, learned)
		require.NoError(t, err)
		assert.Equal(t, c.want, weights)
	}
}

// TestClassWeights: to every classifier a row that weighs five is as good as five
// rows, unless it draws rows, and the rare class counts for more; and where others
// have the same model, it comes to their numbers: testdata/class_weights.py.
func TestClassWeights(t *testing.T) {
	testdata.OnlyComputes(t)
	var want struct {
		X, Y []float64
		Said map[string][]float64
	}
	file, err := os.ReadFile("testdata/class_weights.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(file, &want))
	names := []string{"a", "b", "c"}
	data := &matrix.Labelled{X: &matrix.Matrix{Rows: len(want.Y), Cols: 3, Names: names, Dense: want.X}, Y: want.Y, Classes: []string{"no", "yes"}}
	said := func(r Recipe, model, with string, learn *matrix.Labelled) []float64 {
		r.Spec, r.Params, r.Seed = models.Lookup(model), nil, 1
		if r.Spec.Params != nil {
			r.Params = r.Spec.Params()
			require.NoError(t, params.DecodeString(with, r.Params))
		}
		require.NoError(t, r.Check(learn))
		m, err := r.Fit(t.Context(), Holdout{Train: learn}, estimator.Options{Cores: 1})
		require.NoError(t, err)
		out := make([]float64, 2*data.X.Rows)
		m.Predict(out, data.X)
		second := make([]float64, data.X.Rows)
		for i := range second {
			second[i] = out[2*i+1]
		}
		return second
	}
	five := Recipe{ClassWeights: map[string]float64{"yes": 5}}
	repeated := &matrix.Labelled{X: &matrix.Matrix{Cols: 3, Names: names}, Classes: data.Classes}
	for i, y := range data.Y {
		for range 1 + 4*int(y) {
			repeated.X.Dense, repeated.Y = append(repeated.X.Dense, data.X.Row(i)...), append(repeated.Y, y)
		}
	}
	repeated.X.Rows = len(repeated.Y)
	for _, c := range []struct {
		model, with string
		exact       bool // else it draws rows or folds, and so others
	}{
		{"logistic", "{tol: 1e-9, max_iter: 10000}", true}, {"naive-bayes", "", true}, {"complement-bayes", "", true}, {"dummy", "{}", true},
		{"boosting", "{n_estimators: 20, max_depth: 3, learning_rate: 0.3}", true}, {"linear-svm", "{calibrate: 0, tol: 1e-9, max_iter: 100000}", true},
		{"ensemble", "{of: [{model: logistic, params: {tol: 1e-9, max_iter: 10000}}, {model: naive-bayes}]}", true},
		{"linear-svm", "{}", false}, {"extra-trees", "{n_estimators: 50}", false},
	} {
		plain, got, many := said(Recipe{}, c.model, c.with, data), said(five, c.model, c.with, data), said(five, c.model, c.with, data)
		if c.exact {
			many = said(Recipe{}, c.model, c.with, repeated)
		}
		more := 0.0
		for i := range got {
			if c.exact {
				require.InDelta(t, many[i], got[i], 2e-4, "%s %s: row %d", c.model, c.with, i)
			}
			more += (got[i] - plain[i]) / float64(len(got))
		}
		// Complement naive Bayes learns each class from all others and has no use for how
		// many they are; the sigmoids of SVMs bring their probabilities back.
		if c.model != "complement-bayes" && c.with != "{}" {
			assert.Greater(t, more, 0.03, "%s %s heeds the rare class more", c.model, c.with)
		}
	}
	// Logistic regression has weights for each of two classes, of opposite sign, and
	// so half the penalty of scikit-learn's, which has one: its C is half of theirs.
	for _, c := range []struct {
		name   string
		recipe Recipe
		model  string
		with   string
	}{
		{"logistic balanced", Recipe{Weights: bundle.Balanced}, "logistic", "{C: 0.5, tol: 1e-9, max_iter: 10000}"},
		{"logistic weighted", five, "logistic", "{C: 0.5, tol: 1e-9, max_iter: 10000}"},
		{"naive-bayes weighted", five, "naive-bayes", "{}"},
		{"boosting weighted", five, "boosting", "{n_estimators: 20, max_depth: 3, learning_rate: 0.3, min_samples_leaf: 1}"},
	} {
		assert.InDeltaSlice(t, want.Said[c.name], said(c.recipe, c.model, c.with, data), 2e-4, c.name)
	}
}

// What cannot be weighed is refused before anything is fitted.
func TestWeightsRefused(t *testing.T) {
	x := &matrix.Matrix{Rows: 2, Cols: 1, Names: []string{"a"}, Dense: []float64{0, 1}}
	class, number := &matrix.Labelled{X: x, Y: []float64{0, 1}, Classes: []string{"no", "yes"}}, &matrix.Labelled{X: x, Y: []float64{0, 1}}
	for _, c := range []struct {
		recipe Recipe
		model  string
		data   *matrix.Labelled
		why    string
	}{
		{Recipe{Weights: bundle.ByTarget}, "dummy", class, "weights: balanced"},
		{Recipe{Weights: bundle.Balanced}, "linear", number, "no classes that could be balanced"},
		{Recipe{ClassWeights: map[string]float64{"yes": 2}}, "linear", number, "no classes to weigh"},
		{Recipe{ClassWeights: map[string]float64{"yess": 2}}, "dummy", class, `did you mean "yes"?`},
	} {
		c.recipe.Spec = models.Lookup(c.model)
		assert.ErrorContains(t, c.recipe.Check(c.data), c.why)
	}
	o := Defaults()
	assert.ErrorContains(t, params.DecodeString("{model: dummy, class_weights: {a: 0}}", o), "class_weights.a")
	assert.ErrorContains(t, params.DecodeString("{model: dummy, weights: balanced, class_weights: {a: 2}}", Defaults()), "keep one of weights and class_weights")
}
