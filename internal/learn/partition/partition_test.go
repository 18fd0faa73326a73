package partition

import (
	"fmt"
	"math"
	"testing"

	"labbook/internal/data/table"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rows makes a table of n different rows, in three unequal classes.
func rows(n int) *table.Table {
	x := &table.Column{Field: table.Field{Name: "x", Type: table.Number}}
	class := &table.Column{Field: table.Field{Name: "class", Type: table.Category, Levels: []string{"a", "b", "c"}}}
	for i := range n {
		x.Num = append(x.Num, float64(i))
		class.Codes = append(class.Codes, map[bool]int32{true: 2, false: int32(i % 2)}[i%10 == 0])
	}
	return table.New(x, class)
}

func divide(t *testing.T, tab *table.Table, o Options) *Parts {
	t.Helper()
	p, err := Divide(tab, o)
	require.NoError(t, err)
	require.Equal(t, tab.Rows(), len(p.Train)+len(p.Test))
	return p
}

func TestHashStaysWhenRowsJoin(t *testing.T) {
	o := Options{By: Hash, Test: 0.2, Seed: 42}
	small, large := divide(t, rows(1000), o), divide(t, rows(3000), o)
	assert.InDelta(t, 200, len(small.Test), 60)
	for i, row := range small.Test {
		assert.Equal(t, row, large.Test[i], "the first rows are on the side they were on")
	}
	o.Seed = 43
	assert.NotEqual(t, small.Test, divide(t, rows(1000), o).Test)
}

func TestHashGrowsWithTheShare(t *testing.T) {
	few := divide(t, rows(1000), Options{By: Hash, Test: 0.1, Seed: 1})
	many := divide(t, rows(1000), Options{By: Hash, Test: 0.3, Seed: 1})
	assert.Subset(t, many.Test, few.Test)
}

func TestHashKeepsEqualRowsAndGroupsTogether(t *testing.T) {
	tab := rows(500)
	twice := table.Concat(tab, tab)
	p := divide(t, twice, Options{By: Hash, Test: 0.5, Seed: 1})
	assert.Zero(t, Shared(twice.Take(p.Train), twice.Take(p.Test)))

	group := &table.Column{Field: table.Field{Name: "g", Type: table.Text}}
	for i := range 500 {
		group.Texts = append(group.Texts, fmt.Sprint(i%50))
	}
	group.Texts[0], group.Texts[1] = "", ""
	tab = table.New(append(tab.Columns, group)...)
	p = divide(t, tab, Options{By: Hash, Test: 0.5, Seed: 1, Group: []string{"g"}})
	side := map[string]bool{}
	for _, row := range p.Test {
		side[group.Texts[row]] = true
	}
	for _, row := range p.Train {
		assert.False(t, group.Texts[row] != "" && side[group.Texts[row]])
	}
}

func TestStratified(t *testing.T) {
	tab := rows(1000)
	for _, column := range []string{"class", "x"} {
		p := divide(t, tab, Options{By: Stratified, Column: column, Test: 0.2, Seed: 42})
		assert.InDelta(t, 200, len(p.Test), 3)
		if column == "class" {
			assert.Equal(t, []int{80, 100, 20}, table.Summarize(tab.Take(p.Test).Columns[1]).Counts)
		}
	}
}

func TestTime(t *testing.T) {
	c := &table.Column{Field: table.Field{Name: "day", Type: table.Date}, Num: []float64{5, 1, 3, 3, math.NaN(), 2}}
	p := divide(t, table.New(c), Options{By: Time, Column: "day", Test: 0.4})
	assert.Equal(t, []int{0}, p.Test, "the two of one day are not torn apart")
	assert.Equal(t, 1, p.Undated)
}

func TestGiven(t *testing.T) {
	c := &table.Column{Field: table.Field{Name: "part", Type: table.Text}, Texts: []string{"train", "Test", "train"}}
	for _, o := range []Options{{By: "part"}, {By: Given, Column: "part"}} {
		assert.Equal(t, []int{1}, divide(t, table.New(c), o).Test)
		assert.Equal(t, "part", o.Consumes())
	}
}

func TestErrors(t *testing.T) {
	tab := rows(10)
	tab = table.New(append(tab.Columns, &table.Column{Field: table.Field{Name: "note", Type: table.Text}, Texts: make([]string, 10)})...)
	for want, o := range map[string]Options{
		"did you mean \"class\"":                                         {By: "clas"},
		"says neither train nor test":                                    {By: "class"},
		"is a text and has no strata":                                    {By: Stratified, Column: "note", Test: 0.2},
		"column \"class\" is no time":                                    {By: Time, Column: "class", Test: 0.2},
		"the test part is empty":                                         {By: Hash, Test: 1e-9},
		"the training part is empty":                                     {By: Hash, Test: 1 - 1e-9},
		"group names a column that the table does not have; found \"g\"": {By: Hash, Test: 0.2, Group: []string{"g"}},
	} {
		_, err := Divide(tab, o)
		assert.ErrorContains(t, err, want)
	}
}

func TestBalances(t *testing.T) {
	tab := rows(100)
	b := Balances(tab.Take([]int{1, 2, 3}), tab.Take([]int{0, 10, 4}))
	assert.Equal(t, "x", b[0].Column)
	assert.Nil(t, b[0].Level)
	assert.EqualValues(t, 2, b[0].Train)
	assert.InDelta(t, 14.0/3-2, float64(b[0].Gap), 1e-12)
	assert.Equal(t, "b", *b[1].Level)
	assert.EqualValues(t, 0, b[1].Test)
	assert.Equal(t, 2, b[1].Unseen)
}
