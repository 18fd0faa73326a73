package evaluation_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/testdata"
)

// learnedFrom gives a case the training part t, whose target is a number or a
// category.
func learnedFrom(c *evaluation.Case, t *table.Table) {
	c.Train = func() (*table.Table, error) { return t, nil }
	c.Outcome = func(t *table.Table) ([]float64, error) {
		column := t.Column(c.Target.Name)
		if column.Type == table.Number {
			return column.Num, nil
		}
		out := make([]float64, t.Rows())
		for i, code := range column.Codes {
			out[i] = float64(code)
		}
		return out, nil
	}
}

// found gives the codes of the findings, with their columns.
func found(t *testing.T, c evaluation.Case) map[string]string {
	t.Helper()
	j, _, _ := judge(t, c, evaluation.Defaults(), 2)
	codes := map[string]string{}
	for _, f := range j.Findings {
		codes[f.Code] = f.Column
	}
	return codes
}

// with replaces columns of a table.
func with(t *table.Table, columns ...*table.Column) *table.Table {
	out := append([]*table.Column{}, t.Columns...)
	for i, c := range out {
		for _, other := range columns {
			if other.Name == c.Name {
				out[i] = other
			}
		}
	}
	return table.New(out...)
}

func constant(name string, n int, v float64) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: make([]float64, n)}
	for i := range c.Num {
		c.Num[i] = v
	}
	return c
}

func TestFits(t *testing.T) {
	testdata.OnlyComputes(t)
	const n = 400
	// On training rows without noise the model is exact: it knows them by heart.
	heart := regression(n, 4000)
	learnedFrom(&heart, with(heart.Test, constant("noise", n, 0)))
	assert.Contains(t, found(t, heart), "C312")

	fair := regression(n, 500)
	learnedFrom(&fair, fair.Test)
	assert.NotContains(t, found(t, fair), "C312")
	assert.NotContains(t, found(t, fair), "C313")

	nothing := regression(n, 40_000)
	learnedFrom(&nothing, nothing.Test)
	assert.Contains(t, found(t, nothing), "C313")

	classes := classification(n, []string{"a", "b", "c"}, 0)
	learnedFrom(&classes, classes.Test)
	assert.Contains(t, found(t, classes), "C313")

	guess := regression(n)
	guessing(&guess, "train/baseline", 5000)
	learnedFrom(&guess, guess.Test)
	j, _, _ := judge(t, guess, evaluation.Defaults(), 2)
	codes := map[string]string{}
	for _, s := range j.Skipped {
		codes[s.Code] = s.Why
	}
	assert.Equal(t, "the leader looks at no column", codes["C312"])
	assert.Equal(t, "the leader looks at no column", codes["C406"])
}

func TestSure(t *testing.T) {
	honest := classification(600, []string{"a", "b"}, 2)
	honest.Candidates[0].Predict = func(t *table.Table) (out []float64, err error) {
		for _, x := range t.Column("x").Num {
			p := 1 / (1 + math.Exp((.5-x)/.49)) // as the rows were drawn
			out = append(out, 1-p, p)
		}
		return out, nil
	}
	assert.NotContains(t, found(t, honest), "C314")
	assert.NotContains(t, found(t, honest), "C315")

	assert.Contains(t, found(t, classification(600, []string{"a", "b"}, 40)), "C315", "far too sure")

	never := classification(600, []string{"a", "b"}, 2)
	said := never.Candidates[0].Predict
	never.Candidates[0].Predict = func(t *table.Table) ([]float64, error) {
		out, err := said(t)
		for i := 0; i < len(out); i += 2 {
			out[i], out[i+1] = .5+out[i]/2.1, .5-out[i]/2.1
		}
		return out, err
	}
	assert.Contains(t, found(t, never), "C314")
}

func TestTooGood(t *testing.T) {
	assert.Contains(t, found(t, regression(200, 1)), "C408")
	assert.NotContains(t, found(t, regression(200, 800)), "C408")
}

// A leader that does as well on one column says so; where that one tells all, it
// is an error.
func TestAlone(t *testing.T) {
	testdata.OnlyComputes(t)
	alone := func(c *evaluation.Case, does float64) {
		c.Candidates[0].Alone = func(_ context.Context, _ *table.Table, column string, _ int) (evaluation.Predict, error) {
			return func(t *table.Table) ([]float64, error) {
				said, err := c.Candidates[0].Predict(t)
				for i := range said {
					if column != "carat" {
						said[i] = 5000
					}
					said[i] += does * math.Sin(float64(i))
				}
				return said, err
			}, nil
		}
	}
	one := regression(400, 900)
	learnedFrom(&one, one.Test)
	alone(&one, 0)
	assert.Equal(t, "carat", found(t, one)["C407"])

	golden := regression(400, 1)
	learnedFrom(&golden, golden.Test)
	alone(&golden, 0)
	assert.Equal(t, "carat", found(t, golden)["C406"])

	needs := regression(400, 900)
	learnedFrom(&needs, needs.Test)
	alone(&needs, 3000)
	codes := found(t, needs)
	assert.NotContains(t, codes, "C406")
	assert.NotContains(t, codes, "C407")
}
