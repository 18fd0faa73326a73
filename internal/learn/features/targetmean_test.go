package features

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// lettered makes a category of letters, a row each.
func lettered(name, letters string) *table.Column {
	var levels []string
	for _, l := range letters {
		if !slices.Contains(levels, string(l)) {
			levels = append(levels, string(l))
		}
	}
	slices.Sort(levels)
	c := categoryColumn(name, false, levels)
	for _, l := range letters {
		c.Codes = append(c.Codes, int32(slices.Index(levels, string(l))))
	}
	return c
}

// The means agree with scikit-learn 1.9.1's TargetEncoder with this smooth; its
// out-of-fold means with those of three rows a fold, as they stand (shuffle=False,
// cv=5).
func TestMeansAreScikitLearns(t *testing.T) {
	level := lettered("c", "aaaaabbbbcccdde").Codes
	y := []float64{1, 2, 3, 4, 7, 10, 12, 9, 11, 5, 6, 8, 2, 2, 30}
	for smooth, want := range map[float64][]float64{
		0.5: {3.76969696969697, 10.162962962962963, 6.495238095238095, 3.0933333333333333, 22.48888888888889},
		3:   {4.925, 9.200000000000001, 6.8999999999999995, 5.279999999999999, 13.1},
	} {
		all := newTally(5, 1)
		for row, l := range level {
			all.add(int(l), y[row:row+1])
		}
		for l, v := range want {
			assert.InDelta(t, v, shrunk(all.sum[l], all.count[l], all.all[0]/all.rows, smooth), 1e-12)
		}
	}
	want := []float64{7.166666666667, 7.166666666667, 7.166666666667, 4.233333333333, 4.233333333333, 9.433333333333, 7.777777777778, 7.777777777778,
		7.777777777778, 7.75, 7.75, 7.75, 6.5, 6.5, 6.5}
	for fold := range 5 {
		others := newTally(5, 1)
		for row, l := range level {
			if row/3 != fold {
				others.add(int(l), y[row:row+1])
			}
		}
		given := make([]float64, 1)
		for row := 3 * fold; row < 3*fold+3; row++ {
			(&outcomes{}).give(given, others, int(level[row]), nil, []float64{2}, nil)
			assert.InDelta(t, want[row], given[0], 1e-11, "row %d", row)
		}
	}
	// Three classes, each against the others.
	classes := lettered("k", "xyzxyzzzyxyxxzy").Codes
	of, counted := make([]float64, 3), newTally(5, 3)
	for row, l := range level {
		clear(of)
		of[classes[row]] = 1
		counted.add(int(l), of)
	}
	for class, want := range [][]float64{{0.380952380952, 0.111111111111, 0.533333333333, 0.416666666667, 0.222222222222},
		{0.380952380952, 0.277777777778, 0.333333333333, 0.166666666667, 0.555555555556}, {0.238095238095, 0.611111111111, 0.133333333333, 0.416666666667, 0.222222222222}} {
		for l, v := range want {
			assert.InDelta(t, v, shrunk(counted.sum[l*3+class], counted.count[l], counted.all[class]/15, 2), 1e-11)
		}
	}
}

// The weight of the prior is the ratio of variances that made the outcomes; of
// levels that say nothing the prior is all.
func TestShrinkageIsEstimated(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ between, within float64 }{{1, 2}, {2, 1}, {0.5, 4}} {
		many, none := newTally(2000, 1), newTally(2000, 1)
		for l := range 2000 {
			centre := c.between * rng.NormFloat64()
			for range 1 + rng.IntN(20) {
				noise := c.within * rng.NormFloat64()
				many.add(l, []float64{100 + centre + noise})
				none.add(l, []float64{noise})
			}
		}
		want := c.within * c.within / c.between / c.between
		assert.InEpsilon(t, want, many.weight(0), 0.3)
		assert.Greater(t, none.weight(0), 100.)
	}
	alone := newTally(4, 1)
	for l := range 4 {
		alone.add(l, []float64{float64(l)})
	}
	assert.Equal(t, 1.5, shrunk(3, 1, 1.5, alone.weight(0)), "a row a level tells nothing of levels")
}

// wards is a table of n stays of patients, some in a row, whose ward says
// something of the outcome.
func wards(n int) *table.Table {
	rng := rand.New(rand.NewPCG(5, 9))
	ward := &table.Column{Field: table.Field{Name: "ward", Type: table.Category, Levels: []string{"a", "b", "c", "d", "e", "f"}}}
	patient, day, stay := numberColumn("patient"), numberColumn("day"), numberColumn("stay")
	for i := range n {
		w := rng.IntN(6)
		code := int32(w)
		if i%17 == 3 {
			code = -1
		}
		ward.Codes = append(ward.Codes, code)
		patient.Num, day.Num = append(patient.Num, float64(i/3)), append(day.Num, float64(i/2))
		stay.Num = append(stay.Num, float64(w)+rng.NormFloat64())
	}
	return table.New(ward, patient, day, stay)
}

// No row knows its own outcome, nor one of its group; in time none knows what is
// not earlier by the gap. What it does know is all the rest of the past.
func TestMeansOfOtherRows(t *testing.T) {
	const n = 120
	o := Defaults()
	o.Target, o.Select, o.Encode.Categories = "stay", []string{"ward"}, "target"
	learned := func(tab *table.Table, s partition.Structure) []float64 {
		layout, err := s.Layout(tab)
		require.NoError(t, err)
		l, err := Learn(tab, layout, o, nil, 1)
		require.NoError(t, err)
		require.Equal(t, []string{"mean stay by ward"}, l.Names())
		return l.Data.X.Dense
	}
	for name, s := range map[string]partition.Structure{
		"independent": {}, "groups": {Groups: []string{"patient"}}, "time": {Time: "day"}, "gap": {Time: "day", Gap: 4},
		"time, groups": {Time: "day", Groups: []string{"patient"}},
	} {
		before := learned(wards(n), s)
		moved := make([]int, n)
		for i := range n {
			tab := wards(n)
			tab.Column("stay").Num[i] += 100
			day, patient := tab.Column("day").Num, tab.Column("patient").Num
			for j, v := range learned(tab, s) {
				same := v-before[j] < 1e-9 && before[j]-v < 1e-9
				if !same {
					moved[j]++
				}
				hasPast := day[j]-day[0] > s.Gap && (s.Groups == nil || patient[j] > 0)
				switch {
				case i == j && (s.Time == "" || hasPast), s.Groups != nil && patient[i] == patient[j] && s.Time == "":
					assert.True(t, same, "%s: row %d knows row %d", name, j, i)
				case s.Time != "" && hasPast && day[i] >= day[j]-s.Gap:
					assert.True(t, same, "%s: row %d knows row %d, which is no earlier", name, j, i)
				}
			}
		}
		assert.Greater(t, moved[n-1], 20, name)
	}
}

// What a row of training gets in time is what it would get from features that
// were fitted to the rows before it.
func TestMeansInTimeAreThoseOfThePast(t *testing.T) {
	tab := wards(80)
	o := Defaults()
	o.Target, o.Select, o.Encode.Categories = "stay", []string{"ward"}, "target"
	layout, err := (&partition.Structure{Time: "day"}).Layout(tab)
	require.NoError(t, err)
	all, err := Learn(tab, layout, o, nil, 1)
	require.NoError(t, err)
	for row := 40; row < 80; row++ {
		past := make([]int, row/2*2)
		for i := range past {
			past[i] = i
		}
		f, err := Fit(tab.Take(past), o)
		require.NoError(t, err)
		x, err := f.Transform(tab.Take([]int{row}))
		require.NoError(t, err)
		assert.InDelta(t, x.Dense[0], all.Data.X.Dense[row], 1e-9, "row %d", row)
	}
}

// Later rows have the means of all of training: of a missing value as of a level,
// of a new level the mean of all rows.
func TestMeansOfLaterRows(t *testing.T) {
	shop := lettered("shop", "aabbaabbccab")
	shop.Codes[10], shop.Codes[11] = -1, -1
	kind := lettered("kind", "xxyyxxyyzxzz")
	tab := table.New(shop, kind)
	o := Defaults()
	o.Target, o.Columns = "kind", map[string]Column{"shop": {Encode: "target"}}
	f, x := transform(t, tab, o)
	assert.Equal(t, []string{"share of y by shop", "share of z by shop"}, x.Names)
	asked := table.New(categoryColumn("shop", false, []string{"a", "b", "q"}, 0, 1, 2, -1))
	got, err := f.Transform(asked)
	require.NoError(t, err)
	assert.Less(t, got.Row(0)[0], 0.1)
	assert.Greater(t, got.Row(1)[0], 0.9)
	same(t, []float64{4. / 12, 3. / 12}, got.Row(2))
	assert.Greater(t, got.Row(3)[1], 0.8, "missing is a level")
	for i := range 4 {
		one, err := f.Transform(asked.Take([]int{i}))
		require.NoError(t, err)
		same(t, got.Row(i), one.Dense)
	}
	o.Encode.Missing, o.Encode.Unknown = "ignore", "error"
	f, err = Fit(tab, o)
	require.NoError(t, err)
	_, err = f.Transform(asked)
	assert.ErrorContains(t, err, `column "shop" has a level that training did not show; found "q"`)
	got, err = f.Lenient().Transform(asked)
	require.NoError(t, err)
	same(t, got.Row(2), got.Row(3))
}

// For linear models the means are on one scale, as training has them.
func TestMeansStandardised(t *testing.T) {
	o := Defaults()
	o.Target, o.Select, o.Encode.Categories, o.Numbers.Standardise = "stay", []string{"ward"}, "target", true
	f, _ := transform(t, wards(120), o)
	l, err := Learn(wards(120), nil, o, nil, 1)
	require.NoError(t, err)
	centre, scale := momentsOf(l.Data.X.Dense, nil)
	assert.InDelta(t, 0, centre, 1e-12)
	assert.InDelta(t, 1, scale, 1e-12)
	again, err := f.Learn(wards(120), 1)
	require.NoError(t, err)
	same(t, l.Data.X.Dense, again.Data.X.Dense)
	assert.Contains(t, f.Describe()[0].How, "standardised")
}

// From so many levels on the outcome encodes, unless a column says otherwise.
func TestTargetFrom(t *testing.T) {
	tab := table.New(lettered("few", "ababababab"), lettered("many", "abcdeabcde"), lettered("own", "abcdeabcde"),
		categoryColumn("place", true, []string{"1", "2", "3", "4"}, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1), numberColumn("y", 1, 2, 3, 4, 5, 1, 2, 3, 4, 5))
	o := Defaults()
	o.Target, o.Encode.Categories, o.Encode.TargetFrom = "y", "ordinal", 4
	o.Columns = map[string]Column{"own": {Encode: "ordinal"}}
	f, err := Fit(tab, o)
	require.NoError(t, err)
	assert.Equal(t, []string{"few", "mean y by many", "own", "place"}, f.Names())
}

// Rows of a part that is learned from anew have its means, not those of all.
func TestLearnAnew(t *testing.T) {
	tab := wards(120)
	o := Defaults()
	o.Target, o.Encode.Categories = "stay", "target"
	f, err := Fit(tab, o)
	require.NoError(t, err)
	some := tab.Take([]int{1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 20, 22, 25, 28, 30, 33, 38, 39})
	got, err := f.Learn(some, 1)
	require.NoError(t, err)
	want, err := Learn(some, nil, o, nil, 1)
	require.NoError(t, err)
	same(t, want.Data.X.Dense, got.Data.X.Dense)
	assert.False(t, f.Encodes(f), "the matrix of training is another thing")
}

// What is written while it is made is what is made and then written, also where rows
// have no outcome, means are of other rows, and columns are derived.
func TestPreparedWritesTheMatrix(t *testing.T) {
	tab := wards(5000)
	for i := range 50 {
		tab.Column("stay").Num[97*i] = math.NaN()
	}
	o := Defaults()
	o.Target = "stay"
	means := o
	means.Encode.Categories = "target"
	derived := o
	derived.Derive = params.Map[string]{{Key: "double", Value: "2 * day"}}
	texts := Defaults()
	texts.Target = "label"
	for name, c := range map[string]struct {
		*table.Table
		Options
	}{"dense": {tab, o}, "means": {tab, means}, "derived": {tab, derived}, "sparse": {letters(30), texts}} {
		learned, err := Learn(c.Table, nil, c.Options, nil, 1)
		require.NoError(t, err, name)
		prepared, err := Prepare(c.Table, nil, c.Options, nil, 1)
		require.NoError(t, err, name)
		var want, got bytes.Buffer
		require.NoError(t, learned.Data.Write(&want))
		require.NoError(t, prepared.Write(&got, 2))
		assert.True(t, bytes.Equal(want.Bytes(), got.Bytes()), name)
		assert.Equal(t, learned.Data.X.Rows, prepared.Rows(), name)
		assert.Equal(t, learned.Known, prepared.Known, name)
	}
}

// A bundle of one row is looked up in microseconds, however many levels there are.
func BenchmarkTargetMeans(b *testing.B) {
	c := &table.Column{Field: table.Field{Name: "c", Type: table.Category}}
	y := numberColumn("y")
	for i := range 4000 {
		if i < 2000 {
			c.Levels = append(c.Levels, string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)))
		}
		c.Codes, y.Num = append(c.Codes, int32(i%2000)), append(y.Num, float64(i%7))
	}
	o := Defaults()
	o.Target, o.Encode.Categories = "y", "target"
	f, err := Fit(table.New(c, y), o)
	require.NoError(b, err)
	one := table.New(&table.Column{Field: table.Field{Name: "c", Type: table.Category, Levels: []string{"zzb"}}, Codes: []int32{0}})
	for b.Loop() {
		if _, err := f.Transform(one); err != nil {
			b.Fatal(err)
		}
	}
}
