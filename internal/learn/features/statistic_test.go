package features

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// sales has three shops, a row a day for each in turn of days, and what was sold.
func sales(days int) *table.Table {
	shop := &table.Column{Field: table.Field{Name: "shop", Type: table.Category, Levels: []string{"a", "b", "c"}}}
	day := &table.Column{Field: table.Field{Name: "day", Type: table.Date}}
	month, price, sold := numberColumn("month"), numberColumn("price"), numberColumn("sold")
	for d := range days {
		for s := range 3 {
			shop.Codes = append(shop.Codes, int32(s))
			day.Num = append(day.Num, float64(d*86400))
			month.Num, price.Num = append(month.Num, float64(d/30%12)), append(price.Num, float64(s+d%4))
			sold.Num = append(sold.Num, float64(100*s+d*d%17))
		}
	}
	return table.New(shop, day, month, price, sold)
}

func statistics(of ...params.Entry[Statistic]) Options {
	o := Defaults()
	o.Target, o.Statistics = "sold", of
	for _, s := range of {
		o.Select = append(o.Select, s.Key)
	}
	return o
}

func stat(name, take, of string, by []string, times ...string) params.Entry[Statistic] {
	s := Statistic{Take: take, Of: of, By: by}
	if len(times) > 0 {
		s.Ago = params.Scalar(times[0])
	}
	if len(times) > 1 {
		s.Over = params.Scalar(times[1])
	}
	return params.Entry[Statistic]{Key: name, Value: s}
}

func learnInTime(t *testing.T, tab *table.Table, o Options) *Learned {
	t.Helper()
	layout, err := (&partition.Structure{Time: "day"}).Layout(tab)
	require.NoError(t, err)
	l, err := Learn(tab, layout, o, nil, 1)
	require.NoError(t, err)
	return l
}

// What rows have in common, worked out by hand.
func TestStatisticsOfGroups(t *testing.T) {
	price := numberColumn("price", 1, 3, 2, 4, 6, math.NaN())
	tab := table.New(categoryColumn("shop", false, []string{"a", "b"}, 0, 0, 1, 1, 1, -1), price, numberColumn("sold", 1, 2, 3, 4, 5, 6))
	by := []string{"shop"}
	o := statistics(stat("mean", "mean", "price", by), stat("std", "std", "price", by), stat("median", "median", "price", by), stat("q25", "q25", "price", by),
		stat("most", "max", "price", by), stat("least", "min", "price", by), stat("n", "count", "", by), stat("share", "share", "", by))
	o.Derive = params.Map[string]{{Key: "off", Value: "price - mean"}}
	o.Select = append(o.Select, "off")
	f, x := transform(t, tab, o)
	same(t, []float64{2, 1, 2, 1.5, 3, 1, 2, 2. / 6, -1}, x.Row(0))
	same(t, []float64{4, math.Sqrt(8. / 3), 4, 3, 6, 2, 3, 3. / 6, -2}, x.Row(2))
	assert.True(t, math.IsNaN(x.Row(5)[0]), "nothing is known where the shop is missing")
	same(t, []float64{1, 1. / 6}, x.Row(5)[6:8])
	got, err := f.Transform(table.New(categoryColumn("shop", false, []string{"new"}, 0), numberColumn("price", 5)))
	require.NoError(t, err)
	same(t, []float64{3.2, 0, 0, 1.8}, []float64{got.Row(0)[0], got.Row(0)[6], got.Row(0)[7], got.Row(0)[8]})
	assert.Equal(t, []string{"shop"}, f.Origins()[0])
	assert.Equal(t, []string{"shop", "price"}, f.Origins()[8])
	assert.Contains(t, f.Describe()[0].Source, "mean = mean of price by shop")
}

// The past of a row, worked out from the table: what was at least so long before it.
func TestStatisticsOfThePast(t *testing.T) {
	tab := sales(60)
	shop := []string{"shop"}
	l := learnInTime(t, tab, statistics(stat("week ago", "last", "sold", shop, "7d"), stat("rolling", "mean", "sold", shop, "1d", "7d"),
		stat("spread", "std", "sold", shop, "1d", "7d"), stat("season", "mean", "sold", []string{"shop", "month"}, "1d"), stat("all", "mean", "price", nil, "1d")))
	sold, month := tab.Column("sold").Num, tab.Column("month").Num
	for row := range tab.Rows() {
		got := l.Data.X.Row(row)
		day, s := row/3, row%3
		if day < 7 {
			assert.True(t, math.IsNaN(got[0]))
		} else {
			assert.Equal(t, sold[(day-7)*3+s], got[0])
		}
		var week, season []float64
		for d := range day {
			if v := sold[d*3+s]; d >= day-7 {
				week = append(week, v)
			}
			if month[d*3] == month[row] {
				season = append(season, sold[d*3+s])
			}
		}
		for k, values := range map[int][]float64{1: week, 3: season} {
			if len(values) == 0 {
				assert.True(t, math.IsNaN(got[k]))
				continue
			}
			assert.InDelta(t, mean(values), got[k], 1e-9)
		}
		if len(week) > 0 {
			_, deviation := momentsOf(week, nil)
			if len(week) == 1 {
				deviation = 0
			}
			assert.InDelta(t, deviation, got[2], 1e-6)
		}
	}
	// A row of later has what was known last, each row by itself.
	later := sales(200)
	x, err := l.Transform(later)
	require.NoError(t, err)
	last := x.Row(199*3 + 1)
	assert.Equal(t, sold[59*3+1], last[0])
	one, err := l.Transform(later.Take([]int{199*3 + 1}))
	require.NoError(t, err)
	same(t, last, one.Row(0))
}

// Whoever changes the future changes nothing before it, to the last bit.
func TestStatisticsNeverLookAhead(t *testing.T) {
	shop := []string{"shop"}
	o := statistics(stat("last", "last", "sold", shop, "1d"), stat("rolling", "mean", "sold", nil, "2d", "9d"), stat("spread", "std", "price", shop, "1d"), stat("season", "mean", "sold", []string{"month", "shop"}, "1d"))
	before := learnInTime(t, sales(60), o).Data.X
	for _, from := range []int{20, 41, 59} {
		tab := sales(60)
		for row := from * 3; row < tab.Rows(); row++ {
			for _, name := range []string{"price", "sold", "month"} {
				tab.Column(name).Num[row] = 1e6 + float64(row*7919%1000)
			}
			tab.Column("shop").Codes[row] = int32(row % 2)
		}
		after := learnInTime(t, tab, o).Data.X
		moved := false
		for row := range from * 3 {
			for j := range before.Cols {
				a, b := before.Row(row)[j], after.Row(row)[j]
				assert.True(t, a == b || math.IsNaN(a) && math.IsNaN(b), "row %d, %s: %g, then %g", row, before.Names[j], a, b)
			}
		}
		for row := (from + 1) * 3; row < tab.Rows(); row++ {
			moved = moved || before.Row(row)[0] != after.Row(row)[0]
		}
		assert.True(t, moved || from == 59)
	}
}

// What has no meaning is refused, with what to do.
func TestStatisticsRefuse(t *testing.T) {
	tab, shop := sales(40), []string{"shop"}
	inTime := partition.Structure{Time: "day"}
	for want, c := range map[string]struct {
		of params.Entry[Statistic]
		in partition.Structure
	}{
		"would tell each training row its own outcome":                {stat("s", "mean", "sold", shop), inTime},
		"there is no time by which rows were before":                  {stat("s", "last", "sold", shop, "1d"), partition.Structure{}},
		"have no past of their own":                                   {stat("s", "last", "sold", shop, "1d"), partition.Structure{Time: "day", Groups: shop}},
		"by the gap of the split outcomes are known later":            {stat("s", "last", "sold", shop, "7d"), partition.Structure{Time: "day", Gap: 7 * 86400}},
		"a length of time does not suit day, which is a date":         {stat("s", "last", "sold", shop, "7"), inTime},
		"this is no length of time":                                   {stat("s", "last", "sold", shop, "-1d"), inTime},
		"of the past there is no median":                              {stat("s", "median", "sold", shop, "1d"), inTime},
		"shop is no number":                                           {stat("s", "mean", "shop", shop), inTime},
		"rows are not told apart by sold":                             {stat("s", "mean", "price", []string{"sold"}), inTime},
		"nobody says of what the mean is":                             {stat("s", "mean", "", shop), inTime},
		"statistics.s.by names a column that the table does not have": {stat("s", "count", "", []string{"shp"}), inTime},
		"a statistic has the name of a column":                        {stat("price", "count", "", shop), inTime},
		"a statistic of all rows is the same in each":                 {stat("s", "mean", "price", nil), inTime},
		"the last of all rows is none before the row":                 {stat("s", "last", "price", shop), inTime},
		"a time is counted back from rows that are some time ago":     {params.Entry[Statistic]{Key: "s", Value: Statistic{Take: "mean", Of: "price", By: shop, Over: "3d"}}, inTime},
	} {
		layout, err := c.in.Layout(tab)
		require.NoError(t, err)
		_, err = Learn(tab, layout, statistics(c.of), nil, 1)
		assert.ErrorContains(t, err, want)
	}
}

// What is kept is what was fitted, and damage is found.
func TestStatisticsAreKept(t *testing.T) {
	shop := []string{"shop"}
	l := learnInTime(t, sales(30), statistics(stat("last", "last", "sold", shop, "1d"), stat("mean", "mean", "price", []string{"shop", "month"})))
	data, err := json.Marshal(l.Features)
	require.NoError(t, err)
	var again Features
	require.NoError(t, json.Unmarshal(data, &again))
	later := sales(35)
	want, err := l.Transform(later)
	require.NoError(t, err)
	got, err := again.Transform(later)
	require.NoError(t, err)
	same(t, want.Dense, got.Dense)
	for _, damage := range []func(s *statistic){
		func(s *statistic) { s.Ends[0] = -1 }, func(s *statistic) { s.Ends = s.Ends[:1] }, func(s *statistic) { s.Times = nil },
		func(s *statistic) { s.Clock = "hour" }, func(s *statistic) { s.Said.By = []string{"none"} }, func(s *statistic) { s.Keys[0] = "z" },
	} {
		var bad Features
		require.NoError(t, json.Unmarshal(data, &bad))
		damage(bad.statistics[0])
		broken, err := json.Marshal(&bad)
		require.NoError(t, err)
		assert.Error(t, json.Unmarshal(broken, new(Features)))
	}
	o := l.Features
	assert.False(t, o.Encodes(learnInTime(t, sales(29), statistics(stat("last", "last", "sold", shop, "1d"), stat("mean", "mean", "price", []string{"shop", "month"}))).Features))
}
