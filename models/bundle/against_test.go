package bundle

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata/testtable"
	"labbook/models"
	"labbook/models/estimator"
)

// wide gives n columns of numbers of which the target is a known function.
func wide(n, rows int, of func(x []float64) float64) *table.Table {
	rng := rand.New(rand.NewPCG(3, 4))
	columns, y := make([]*table.Column, n), make([]float64, rows)
	for k := range columns {
		columns[k] = &table.Column{Field: table.Field{Name: string(rune('a' + k)), Type: table.Number}, Num: make([]float64, rows)}
	}
	for i := range y {
		x := make([]float64, n)
		for k := range x {
			x[k] = rng.NormFloat64()
			columns[k].Num[i] = x[k]
		}
		y[i] = of(x)
	}
	t := table.New(append(columns, &table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: y})...)
	table.Describe(t, 1)
	return t
}

// fitted trains a model on a table whose target is y.
func fitted(t testing.TB, model string, data *table.Table) *Bundle {
	o := features.Defaults()
	o.Target = "y"
	f, err := features.Fit(data, o)
	require.NoError(t, err)
	x, err := f.Transform(data)
	require.NoError(t, err)
	y, err := f.Outcome(data)
	require.NoError(t, err)
	spec := models.Lookup(model)
	m, err := spec.Fit(t.Context(), spec.Params(), &estimator.Data{X: x, Y: y, Classes: f.Classes}, estimator.Options{})
	require.NoError(t, err)
	return &Bundle{Estimator: model, Version: spec.Version, Transform: None, Features: f, Model: m}
}

// Of a sum every input adds its own term, whether all orders are asked or some; what
// is typical adds nothing.
func TestAgainstOfASum(t *testing.T) {
	for _, n := range []int{4, 14} {
		data := wide(n, 400, func(x []float64) float64 {
			y := 5.0
			for k, v := range x {
				y += float64(k+1) * v
			}
			return y
		})
		b := fitted(t, "linear", data)
		row := data.Slice(7, 8)
		usual := b.Typical()
		row.Columns[2].Num = []float64{usual.Columns[2].Num[0]}
		a, err := b.Against(row, 0)
		require.NoError(t, err)
		assert.Equal(t, n > exactInputs, a.Sampled)
		for k, share := range a.Shares {
			assert.InDelta(t, float64(k+1)*(row.Columns[k].Num[0]-usual.Columns[k].Num[0]), share, 1e-6, "of %d: %d", n, k)
		}
		assert.Zero(t, a.Shares[2])
	}
}

// Every model's shares add up to what the row is worth beyond a typical one, and are
// the means over all orders in which inputs can join.
func TestAgainstOfAnyModel(t *testing.T) {
	data := wide(4, 300, func(x []float64) float64 { return x[0]*x[1] + math.Abs(x[2]) })
	for _, model := range []string{"boosting", "extra-trees", "linear", "dummy"} {
		b := fitted(t, model, data)
		row := data.Slice(11, 12)
		a, err := b.Against(row, 0)
		require.NoError(t, err)
		together := a.Typical
		for _, share := range a.Shares {
			together += share
		}
		assert.InDelta(t, a.Value, together, 1e-9, model)
		want := make([]float64, 4)
		orders := permutations([]int{0, 1, 2, 3})
		for _, order := range orders {
			now := b.Typical()
			before, err := b.worth(now, 0)
			require.NoError(t, err)
			for _, k := range order {
				now.Columns[k].Num = row.Columns[k].Num
				after, err := b.worth(now, 0)
				require.NoError(t, err)
				want[k] += (after[0] - before[0]) / float64(len(orders))
				before = after
			}
		}
		assert.InDeltaSlice(t, want, a.Shares, 1e-9, model)
	}
}

func permutations(of []int) (all [][]int) {
	if len(of) < 2 {
		return [][]int{of}
	}
	for i := range of {
		rest := slices.Delete(slices.Clone(of), i, i+1)
		for _, p := range permutations(rest) {
			all = append(all, append([]int{of[i]}, p...))
		}
	}
	return all
}

// Of classes it is the probability of one.
func TestAgainstOfClasses(t *testing.T) {
	b := trained(t, "logistic", "kind", None)
	row := testtable.Houses().Slice(38, 39) // 19 m², north
	p, err := b.Predict(row)
	require.NoError(t, err)
	usual, err := b.Predict(b.Typical())
	require.NoError(t, err)
	for class := range 2 {
		a, err := b.Against(row, class)
		require.NoError(t, err)
		assert.Equal(t, p.Row(0)[class], a.Value)
		assert.Equal(t, usual.Row(0)[class], a.Typical)
		assert.InDelta(t, a.Value-a.Typical, a.Shares[0]+a.Shares[1], 1e-12)
	}
}

// The smallest change of a number is found to the digits that people would write.
func TestChangesOfNumbers(t *testing.T) {
	b := trained(t, "linear", "price", None)
	b.Features.Inputs[0].Integer = true
	row := testtable.Houses().Slice(4, 5) // 5 m², north
	p, err := b.Predict(row)
	require.NoError(t, err)
	worth := func(size float64, side int32) float64 {
		r := row.Take([]int{0})
		r.Column("size").Num[0], r.Column("side").Codes[0] = size, side
		p, err := b.Predict(r)
		require.NoError(t, err)
		return p.Values[0]
	}
	all := func(string) bool { return true }
	least := worth(9.4, 0)
	found, err := b.Changes(row, Goal{Least: &least}, all, 3)
	require.NoError(t, err)
	require.Len(t, found, 1, "the south is cheaper")
	assert.Equal(t, []string{"size"}, found[0].Columns)
	assert.Equal(t, 10.0, found[0].Row.Column("size").Num[0], "sizes are whole")
	assert.Equal(t, worth(10, 0), found[0].Value)
	assert.InDelta(t, 0.25, found[0].Distance, .03, "5 of 20 sizes")

	most := p.Values[0] - 1
	found, err = b.Changes(row, Goal{Most: &most}, all, 3)
	require.NoError(t, err)
	assert.Len(t, found, 2)
	found, err = b.Changes(row, Goal{Most: &most}, func(c string) bool { return c == "side" }, 3)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, []string{"side"}, found[0].Columns)
	assert.InDelta(t, unordered, found[0].Distance, 1e-12)

	south := testtable.Houses().Slice(1, 2) // 2 m²
	least = worth(18.5, 0)
	found, err = b.Changes(south, Goal{Least: &least}, all, 3)
	require.NoError(t, err)
	require.Len(t, found, 1, "neither is enough alone")
	assert.ElementsMatch(t, []string{"side", "size"}, found[0].Columns)
	assert.GreaterOrEqual(t, found[0].Value, least)
	assert.Equal(t, 19.0, found[0].Row.Column("size").Num[0])

	least = 1e6
	found, err = b.Changes(row, Goal{Least: &least}, all, 3)
	require.NoError(t, err)
	assert.Empty(t, found, "nothing reaches it")
	found, err = b.Changes(row, Goal{Least: &least}, func(string) bool { return false }, 3)
	require.NoError(t, err)
	assert.Empty(t, found)
}

// A fraction is given with as few digits as reach the goal.
func TestChangesAreWrittenShort(t *testing.T) {
	data := wide(2, 300, func(x []float64) float64 { return 3*x[0] + x[1] })
	b := fitted(t, "linear", data)
	row := data.Slice(0, 1)
	row.Columns[0].Num, row.Columns[1].Num = []float64{0}, []float64{0}
	least := 3 * 0.7191
	found, err := b.Changes(row, Goal{Least: &least}, func(c string) bool { return c == "a" }, 1)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, 0.72, found[0].Row.Column("a").Num[0])
}

// Another class is reached, or the one that was asked for.
func TestChangesOfClasses(t *testing.T) {
	b := trained(t, "boosting", "kind", None)
	row := testtable.Houses().Slice(2, 3) // 3 m², north: cheap
	found, err := b.Changes(row, Goal{Class: -1, Not: 0}, func(string) bool { return true }, 3)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	assert.Equal(t, []string{"size"}, found[0].Columns)
	assert.Equal(t, 1.0, found[0].Value)
	size := found[0].Row.Column("size").Num[0]
	before := row.Take([]int{0})
	before.Column("size").Num[0] = size - 1
	p, err := b.Predict(before)
	require.NoError(t, err)
	assert.Equal(t, 0.0, p.Values[0], "a square metre less is too little")
	found, err = b.Changes(row, Goal{Class: 0, Not: 0}, func(string) bool { return true }, 3)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	assert.Equal(t, 0.0, found[0].Value)
}
