package training

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// What is kept of rows held out is what was judged: each row once, by its place in
// the table, whatever rows have no outcome, and each member beside the whole.
func TestHeldTable(t *testing.T) {
	for _, with := range []string{`
model: ensemble
features: {target: y, views: {good: {select: [x]}, blind: {select: [z]}}}
params: {method: select, of: [{model: linear, view: blind}, {model: linear, view: good}]}
validation: {folds: 4}`,
		`{model: linear, features: {target: y}, validation: {share: 0.3}}`,
		`{quality: quick, features: {target: y}}`,
	} {
		rows := halfTold(200)
		y := rows.Column("y").Num
		y[0], y[77] = math.NaN(), math.NaN()
		done := trainedOn(t, rows, with)

		held := done.Held
		require.NotNil(t, held)
		seen := map[float64]bool{}
		for i, row := range held.Column("row").Num {
			assert.False(t, seen[row], "%v twice", row)
			seen[row] = true
			assert.Equal(t, y[int(row)], held.Column("actual").Num[i])
		}
		folds := len(done.Facts.Validation[0].Each)
		if folds > 1 {
			assert.Len(t, seen, 198)
		}
		for _, fold := range held.Column("fold").Num {
			assert.Less(t, int(fold), folds)
		}
		score := func(column string) float64 {
			c := held.Column(column)
			require.NotNil(t, c, column)
			m, ok := metrics.Lookup("rmse")
			require.True(t, ok)
			return m.On(metrics.NewRegression(held.Column("actual").Num, c.Num), "").Value
		}
		assert.Equal(t, float64(done.Facts.Validation[1].Pooled), score("predicted"), with)
		for i, m := range done.Facts.Members {
			assert.Equal(t, float64(m.Scores[1]), score(fmt.Sprintf("predicted/%d", i)), with)
		}
		if b := done.Facts.Blend; b != nil {
			at := 0
			for _, tried := range b.Tried {
				if tried.Weight > 0 {
					assert.InDelta(t, float64(tried.Score), score(fmt.Sprintf("predicted/%d", at)), 1e-9, tried.Name)
					at++
				}
			}
			assert.Nil(t, held.Column(fmt.Sprintf("predicted/%d", at)))
		}
	}
}

// Of classes there are the likeliest, and the probability of each.
func TestHeldTableOfClasses(t *testing.T) {
	rows := halfTold(200)
	done := trainedOn(t, kinds(rows), `{model: logistic, features: {target: kind}, validation: {folds: 3}}`)
	held := done.Held
	assert.Equal(t, []string{"high", "low"}, held.Column("actual").Levels)
	for i := range held.Rows() {
		low := held.Column("probability/1").Num[i]
		assert.InDelta(t, 1, held.Column("probability/0").Num[i]+low, 1e-12)
		assert.Equal(t, low > 0.5, held.Column("predicted").Codes[i] == 1)
	}
}

// kinds makes classes of the outcome.
func kinds(rows *table.Table) *table.Table {
	c := &table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"high", "low"}}}
	for _, v := range rows.Column("y").Num {
		code := int32(0)
		if v < 10 {
			code = 1
		}
		c.Codes = append(c.Codes, code)
	}
	return table.New(rows.Column("x"), rows.Column("z"), c)
}
