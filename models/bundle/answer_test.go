package bundle

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

// manyHouses is houses again and again.
func manyHouses(n int) *table.Table {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i % 60
	}
	return houses().Take(rows)
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
