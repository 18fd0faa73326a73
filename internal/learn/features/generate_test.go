package features

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
)

// loans is a table of n rows of numbers, with what a formula makes of the first two.
func loans(n int, seed uint64, of func(rng *rand.Rand, a, b float64) float64) *table.Table {
	rng := rand.New(rand.NewPCG(seed, 4))
	a, b, c, y := numberColumn("debt"), numberColumn("yearly income"), numberColumn("age"), numberColumn("rate")
	for i := range n {
		u, v := 1+9*rng.Float64(), 1+9*rng.Float64()
		if i%50 == 7 {
			u = nan
		}
		a.Num, b.Num, c.Num = append(a.Num, u), append(b.Num, v), append(c.Num, 20+60*rng.Float64())
		y.Num = append(y.Num, of(rng, 1+9*rng.Float64(), v))
		if u == u {
			y.Num[i] = of(rng, u, v)
		}
	}
	return table.New(a, b, c, y)
}

// A column is made where two numbers tell together what they do not tell apart,
// and none where nothing is hidden.
func TestGenerate(t *testing.T) {
	testdata.OnlyComputes(t)
	for name, c := range map[string]struct {
		of   func(rng *rand.Rand, a, b float64) float64
		want string
	}{
		"ratio":      {func(rng *rand.Rand, a, b float64) float64 { return 3*a/b + rng.NormFloat64()/4 }, "/"},
		"difference": {func(rng *rand.Rand, a, b float64) float64 { return max(0, a-b) + rng.NormFloat64()/4 }, "-"},
		"product":    {func(rng *rand.Rand, a, b float64) float64 { return a*b + rng.NormFloat64() }, "*+-"}, // (a+b)² - a² - b² = 2ab
		"apart":      {func(rng *rand.Rand, a, b float64) float64 { return a + b + rng.NormFloat64() }, ""},
		"noise":      {func(rng *rand.Rand, _, _ float64) float64 { return rng.NormFloat64() }, ""},
	} {
		o := Defaults()
		o.Target, o.Generate = "rate", "auto"
		tab := loans(2000, 1, c.of)
		l, err := Learn(tab, nil, o, nil, 1)
		require.NoError(t, err)
		if c.want == "" {
			assert.Empty(t, l.Generated(), name)
			continue
		}
		require.NotEmpty(t, l.Generated(), name)
		first := l.Generated()[0]
		var likely []string
		for _, sign := range c.want {
			likely = append(likely, "debt "+string(sign)+" yearly income", "yearly income "+string(sign)+" debt")
		}
		assert.Contains(t, likely, first.Key, name)
		assert.Contains(t, first.Value, `column("yearly income")`)
		assert.Equal(t, []string{"debt", "yearly income"}, l.Origins()[3])

		// As declared it is the same, and the same again when it is read.
		declared := Defaults()
		declared.Target, declared.Derive = "rate", l.Generated()
		f, x := transform(t, tab, declared)
		assert.Equal(t, l.Names(), f.Names())
		same(t, l.Data.X.Dense, x.Dense)
		f, x = transform(t, tab, o)
		same(t, l.Data.X.Dense, x.Dense)
		assert.Equal(t, l.Generated(), f.Generated())
	}
}

// What is chosen is chosen by the rows that are learned from, of a class as of a
// number, whatever the structure.
func TestGenerateOfClasses(t *testing.T) {
	tab := loans(3000, 2, func(rng *rand.Rand, a, b float64) float64 {
		if a/b+rng.NormFloat64()/5 > 1 {
			return 1
		}
		return 0
	})
	who := numberColumn("who")
	for i := range 3000 {
		who.Num = append(who.Num, float64(i/4))
	}
	tab = table.New(append(tab.Columns, who)...)
	o := Defaults()
	o.Target, o.Task, o.Generate, o.Drop = "rate", "classification", "auto", []string{"who"}
	for _, s := range []partition.Structure{{}, {Groups: []string{"who"}}, {Time: "who"}} {
		layout, err := s.Layout(tab)
		require.NoError(t, err)
		l, err := Learn(tab, layout, o, nil, 1)
		require.NoError(t, err)
		require.NotEmpty(t, l.Generated())
		assert.Subset(t, []string{"debt / yearly income", "yearly income / debt", "debt - yearly income", "yearly income - debt"}, []string{l.Generated()[0].Key})
		for _, g := range l.Generated() {
			assert.NotContains(t, g.Key, "who", "what is dropped is left out")
		}
	}
}

// A view generates for itself, and all are read again.
func TestGenerateInAView(t *testing.T) {
	tab := loans(2000, 1, func(rng *rand.Rand, a, b float64) float64 { return max(0, a-b) + rng.NormFloat64()/4 })
	o := Defaults()
	o.Target = "rate"
	made, plain := o, o
	made.Generate, plain.Numbers.Spline = "auto", 4
	o.Views = params.Map[params.Open]{{Key: "made", Value: params.OpenOver(&made, &o)}, {Key: "plain", Value: params.OpenOver(&plain, &o)}}
	fitted, err := Fit(tab, o)
	require.NoError(t, err)
	require.NotEmpty(t, fitted.Generated())
	assert.Contains(t, fitted.View("made").Names(), fitted.Generated()[0].Key)
	assert.NotContains(t, fitted.View("plain").Names(), fitted.Generated()[0].Key)
	data, err := json.Marshal(fitted)
	require.NoError(t, err)
	f := new(Features)
	require.NoError(t, json.Unmarshal(data, f))
	want, err := fitted.Transform(tab)
	require.NoError(t, err)
	got, err := f.Transform(tab)
	require.NoError(t, err)
	for i := range want.Views {
		same(t, want.Views[i].Dense, got.Views[i].Dense)
	}
	assert.Len(t, f.Origins(), len(f.Names()))
	said := make([]float64, got.Entries(0))
	for k := range said {
		said[k] = 1
	}
	f.Gather(said, got, 0)
	at := got.Views[0].Cols
	assert.Equal(t, []float64{1, 3, 0, 0}, said[at-1:at+3])
}

// Too few rows, or columns without two numbers, generate nothing.
func TestGenerateNothing(t *testing.T) {
	o := Defaults()
	o.Target, o.Generate = "rate", "auto"
	few := loans(40, 3, func(_ *rand.Rand, a, b float64) float64 { return a / b })
	f, err := Fit(few, o)
	require.NoError(t, err)
	assert.Empty(t, f.Generated())
	o.Select = []string{"debt"}
	f, err = Fit(loans(400, 3, func(_ *rand.Rand, a, b float64) float64 { return a / b }), o)
	require.NoError(t, err)
	assert.Empty(t, f.Generated())
	// A column that has the name already is not made again.
	o.Select = nil
	o.Derive = params.Map[string]{{Key: "debt / yearly income", Value: `debt / column("yearly income")`}, {Key: "yearly income / debt", Value: `column("yearly income") / debt`}}
	f, err = Fit(loans(2000, 1, func(rng *rand.Rand, a, b float64) float64 { return 3*a/b + rng.NormFloat64()/4 }), o)
	require.NoError(t, err)
	for _, g := range f.Generated() {
		assert.NotContains(t, []string{"debt / yearly income", "yearly income / debt"}, g.Key)
	}
}

func TestBinned(t *testing.T) {
	by := binned([]float64{5, nan, 1, 1, 1, 2, 3, 4}, 4)
	bin, bins := by.of, by.bins
	assert.Equal(t, 5, bins)
	assert.Equal(t, bins-1, bin[1])
	assert.Equal(t, bin[2], bin[3])
	assert.Less(t, bin[2], bin[5])
	assert.Less(t, bin[5], bin[0])
}
