package bundle

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata/testtable"
	"labbook/models"
	"labbook/models/estimator"
)

// manyHouses is houses again and again.
func manyHouses(n int) *table.Table {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i % 60
	}
	return testtable.Houses().Take(rows)
}

// Pieces are seen in nothing but the time that others get.
func TestAnswerIsPredictInPieces(t *testing.T) {
	for _, target := range []string{"price", "kind"} {
		model := map[string]string{"price": "boosting", "kind": "logistic"}[target]
		b := trained(t, model, target, None)
		for _, n := range []int{1, answerRows, answerRows + 1, 3*answerRows + 7} {
			data := manyHouses(n)
			want, err := b.Predict(data)
			require.NoError(t, err)
			got, err := b.Answer(data)
			require.NoError(t, err)
			assert.Equal(t, want.Values, got.Values, "%s of %d", target, n)
			assert.Equal(t, want.Probabilities, got.Probabilities)
			assert.Equal(t, want.Classes, got.Classes)
			assert.Nil(t, got.Outside)
			assert.Empty(t, got.Warnings)
		}
	}
}

// The line through the logarithms is steep enough to overflow.
func TestAnswerNamesEveryRowWithoutAPrediction(t *testing.T) {
	b := trained(t, "linear", "price", Log)
	data := manyHouses(600)
	data.Column("size").Num = append([]float64(nil), data.Column("size").Num...)
	data.Column("size").Num[3], data.Column("size").Num[599] = 1e6, 1e9
	_, err := b.Answer(data)
	var none *Unanswered
	require.ErrorAs(t, err, &none)
	assert.Equal(t, []int{3, 599}, none.Rows)
	assert.Equal(t, "size 1e+06 m² is above the largest in training (20 m²)", none.Why[0])
	p, err := b.Predict(data)
	require.NoError(t, err, "whoever measures a model has to count it")
	assert.True(t, math.IsInf(p.Values[3], 1))
}

// Least squares takes no gap: every row that has one is named, and why.
func TestAnswerNamesEveryRowThatTheModelCannotTake(t *testing.T) {
	b := trained(t, "linear", "price", None)
	data := manyHouses(600)
	data.Column("size").Num = append([]float64(nil), data.Column("size").Num...)
	data.Column("size").Num[3], data.Column("size").Num[599] = math.NaN(), math.NaN()
	_, err := b.Answer(data)
	var none *Unanswered
	require.ErrorAs(t, err, &none)
	assert.Equal(t, []int{3, 599}, none.Rows)
	assert.Equal(t, "size is missing, and the linear model needs a number there", none.Why[0])
	_, err = b.Answer(data.Take([]int{3}))
	assert.ErrorContains(t, err, "size is missing")
	assert.NotErrorAs(t, err, &none, "one row is the whole")
	_, err = b.Answer(data.Without("size"))
	assert.ErrorContains(t, err, `column "size" is missing`)
	assert.NotErrorAs(t, err, &none, "the columns are wrong, not rows")
}

// A range is for rows like those of training.
func TestAnswerGivesNoRangeOutsideTraining(t *testing.T) {
	b := trained(t, "linear", "price", None)
	b.Interval = &Ranges{Level: .9, Reach: 1, Rows: 60}
	data := manyHouses(answerRows + 2)
	data.Column("size").Num = append([]float64(nil), data.Column("size").Num...)
	data.Column("size").Num[1] = 20.5
	p, err := b.Answer(data)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(p.Low[1]) && math.IsNaN(p.High[1]))
	assert.InDelta(t, p.Values[0]-1, p.Low[0], 1e-9)
	assert.True(t, p.Outside[1])
	require.Len(t, p.Warnings, 2)
	assert.Equal(t, "size", p.Warnings[0].Column)
	assert.Equal(t, NoRange("price", 1), p.Warnings[1])
	whole, err := b.Predict(data)
	require.NoError(t, err)
	assert.False(t, math.IsNaN(whole.Low[1]), "coverage counts every row")
}

// Sets of many rows are those of each, in any number of pieces; of a row outside
// training no class is ruled out, a model that may abstain does, and a warning says
// why. Whoever measures is told what the model says.
func TestAnswerSets(t *testing.T) {
	b := trained(t, "boosting", "kind", None)
	b.Interval = &Ranges{Level: 0.9, Reach: 0.2, Rows: 50, Abstain: true}
	var rows []int
	for i := range 700 {
		rows = append(rows, i%60)
	}
	many := testtable.Houses().Take(rows)
	all, err := b.Answer(many)
	require.NoError(t, err)
	require.Len(t, all.Abstained, 700)
	for _, i := range []int{0, 255, 256, 511, 699} {
		one, err := b.Answer(many.Slice(i, i+1))
		require.NoError(t, err)
		assert.Equal(t, one.Named(0), all.Named(i), "row %d", i)
		assert.Equal(t, one.Abstained[0], all.Abstained[i])
		assert.Equal(t, 0.9, all.Level)
	}
	assert.Empty(t, all.Warnings)

	far := testtable.Houses().Take([]int{0, 1})
	far.Column("size").Num[0] = 1e6
	said, err := b.Answer(far)
	require.NoError(t, err)
	assert.Equal(t, []string{"cheap", "dear"}, said.Named(0))
	assert.Equal(t, []string{"cheap"}, said.Named(1))
	assert.Equal(t, []bool{true, false}, said.Abstained)
	assert.Contains(t, said.Warnings[len(said.Warnings)-1].Text, "no kind is ruled out")
	measured, err := b.Predict(far)
	require.NoError(t, err)
	assert.Equal(t, []string{"dear"}, measured.Named(0))
}

// A model of texts alone says of a text that shares no word with training what
// share each class has there.
func TestBlankText(t *testing.T) {
	words, kind := []string{}, []int32{}
	for i := range 60 {
		words, kind = append(words, []string{"red apple", "green pear"}[i%3/2]), append(kind, int32(i%3/2))
	}
	data := table.New(&table.Column{Field: table.Field{Name: "text", Type: table.Text}, Texts: words},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"a", "b"}}, Codes: kind})
	table.Describe(data, 1)
	o := features.Defaults()
	o.Target = "kind"
	fitted, err := features.Fit(data, o)
	require.NoError(t, err)
	require.True(t, fitted.TextsOnly())
	x, err := fitted.Transform(data)
	require.NoError(t, err)
	y, err := fitted.Outcome(data)
	require.NoError(t, err)
	m, err := models.Lookup("boosting").Fit(t.Context(), models.Lookup("boosting").Params(), &estimator.Data{X: x, Y: y, Classes: fitted.Classes}, estimator.Options{})
	require.NoError(t, err)
	b := &Bundle{Estimator: "boosting", Transform: None, Features: fitted, Model: m, Prior: []float64{0.75, 0.25}, Interval: &Ranges{Level: 0.9, Rows: 60, Abstain: true}}
	asked := data.Take([]int{0, 0})
	asked.Column("text").Texts = []string{"red apple", "xyzzy plugh"}
	said, err := b.Answer(asked)
	require.NoError(t, err)
	assert.Greater(t, said.Row(0)[0], 0.9)
	assert.Equal(t, b.Prior, said.Row(1))
	assert.Equal(t, []bool{false, true}, said.Abstained)
	assert.Len(t, said.Warnings, 1)
	again, err := Load(reader(files(t, b)))
	require.NoError(t, err)
	twice, err := again.Answer(asked)
	require.NoError(t, err)
	assert.Equal(t, said.Probabilities, twice.Probabilities)
	assert.Equal(t, said.Sets, twice.Sets)
}
