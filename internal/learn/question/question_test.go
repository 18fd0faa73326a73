package question

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

func numbers(name string, n int, f func(i int) float64) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Number}}
	for i := range n {
		c.Num = append(c.Num, f(i))
	}
	table.Observe(c, false)
	return c
}

func category(name string, n int, f func(i int) string) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Category}}
	codes := map[string]int32{}
	for i := range n {
		level := f(i)
		if _, ok := codes[level]; !ok {
			codes[level] = int32(len(codes))
			c.Levels = append(c.Levels, level)
		}
		c.Codes = append(c.Codes, codes[level])
	}
	return c
}

// Whatever a column is called, what it holds decides.
func TestNamesDecideNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 600
	for _, name := range []string{"id", "patient_id", "date", "time", "year", "group", "target", "index"} {
		q, err := Ask(table.New(numbers(name, n, func(int) float64 { return r.NormFloat64() }), numbers("y", n, func(int) float64 { return r.NormFloat64() })), Wishes{Target: "y"})
		require.NoError(t, err)
		assert.Empty(t, q.Columns, name)
		assert.Equal(t, "at random", q.Split.String(), name)
		assert.Empty(t, q.Offers, name)
	}
}

// Pure noise has neither keys nor time, however its columns repeat.
func TestNoiseHasNoStructure(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		const n = 600
		day := numbers("day", n, func(int) float64 { return float64(r.IntN(900)) * day })
		day.Type, day.Layout = table.Date, "2006-01-02"
		columns := []*table.Column{day, category("y", n, func(int) string { return []string{"a", "b", "c"}[r.IntN(3)] })}
		for j, levels := range []int{2, 3, 25, 60, 200} {
			columns = append(columns, category(fmt.Sprint("c", j), n, func(int) string { return fmt.Sprint(r.IntN(levels)) }),
				numbers(fmt.Sprint("n", j), n, func(int) float64 { return float64(r.IntN(levels)) }))
		}
		q, err := Ask(table.New(columns...), Wishes{Target: "y"})
		require.NoError(t, err)
		assert.Equal(t, "at random", q.Split.String(), "seed %d", seed)
		assert.Equal(t, []Offer{{"day has dates, but nothing says that they order the rows", "--time day"}}, q.Offers, "seed %d", seed)
	}
}

func TestPositive(t *testing.T) {
	for want, classes := range map[string][]Class{"yes": {{"no", 5}, {"yes", 4}}, "TRUE": {{"TRUE", 9}, {"FALSE", 1}}, "1": {{"1", 9}, {"0", 1}}, "rare": {{"usual", 9}, {"rare", 1}}, "": {{"a", 1}, {"b", 1}, {"yes", 1}}} {
		assert.Equal(t, want, (&Target{Classes: classes}).Positive())
	}
}

func TestWishes(t *testing.T) {
	tab := table.New(numbers("a", 60, func(i int) float64 { return float64(i * 7 % 11) }), category("b", 60, func(i int) string { return fmt.Sprint(i % 3) }),
		numbers("y", 60, func(i int) float64 { return float64(i*7%11) + .5 }))
	for _, c := range []struct {
		wish Wishes
		says string
	}{
		{Wishes{Target: "z"}, `--target names a column that there is not; found "z"`},
		{Wishes{Target: "y", Group: []string{"bb"}}, `--group names a column that there is not; found "bb"`},
		{Wishes{Target: "y", Drop: []string{"y"}}, "--drop names the target"},
		{Wishes{Target: "y", Time: "b"}, `--time names a column that is no time; found "b", a category`},
		{Wishes{Target: "y", Drop: []string{"a", "b"}}, `there is nothing to predict "y" from`},
		{Wishes{Target: "b", Task: metrics.Regression}, `the target "b" cannot be predicted as a number`},
	} {
		_, err := Ask(tab, c.wish)
		require.ErrorContains(t, err, c.says)
	}
	q, err := Ask(tab, Wishes{Target: "y", Time: "a", Group: []string{"b"}})
	require.NoError(t, err)
	assert.Equal(t, "by time (a) and group (b)", q.Split.String())
}

// The gap is as long as the target repeats itself: of a mean of five days, some
// days; of noise, none.
func TestGap(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	noise := make([]float64, 1000)
	for i := range noise {
		noise[i] = r.NormFloat64()
	}
	c := numbers("day", 990, func(i int) float64 { return float64(i) * day })
	c.Type = table.Date
	means := numbers("y", 990, func(i int) float64 { return (noise[i] + noise[i+1] + noise[i+2] + noise[i+3] + noise[i+4]) / 5 })
	assert.Equal(t, "3d", gap(c, [][]float64{means.Num}))
	assert.Equal(t, "", gap(c, [][]float64{noise[:990]}))
	hours := numbers("hour", 990, func(i int) float64 { return float64(i) * 3600 })
	hours.Type = table.Date
	assert.Equal(t, "3h", gap(hours, [][]float64{means.Num}))
	assert.Equal(t, "3", gap(numbers("n", 990, func(i int) float64 { return float64(i) }), [][]float64{means.Num}))
	assert.Equal(t, "", gap(c, [][]float64{numbers("none", 990, func(int) float64 { return math.NaN() }).Num}))
}

// By time the latest fifth is the test part, unless it has hardly any row of a
// class that was frequent before.
func TestFadedClass(t *testing.T) {
	for _, c := range []struct {
		late  int // rows of "old" among the 200 latest of 1,000
		folds int
	}{{10, foldsOfFew}, {49, foldsOfFew}, {50, 0}, {100, 0}} {
		when := numbers("when", 1000, func(i int) float64 { return float64(i) * day })
		when.Type = table.Date
		kind := category("kind", 1000, func(i int) string {
			if i >= 800 && i-800 >= c.late || i < 800 && i%4 == 3 {
				return "new"
			}
			return "old"
		})
		q, err := Ask(table.New(when, kind, numbers("x", 1000, func(i int) float64 { return float64(i * 7 % 11) })), Wishes{Target: "kind", Time: "when"})
		require.NoError(t, err)
		assert.Equal(t, c.folds, q.Split.Folds, "%d rows", c.late)
		assert.Equal(t, c.folds > 0, q.Split.FoldsWhy != "")
		if c.late == 10 {
			assert.Equal(t, "of old's 610 rows the latest fifth has 10, too few to judge by: every part but the first is held out in turn", q.Split.FoldsWhy)
		}
	}
}
