package features

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

func numberColumn(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

func categoryColumn(name string, ordered bool, levels []string, codes ...int32) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: levels, Ordered: ordered}, Codes: codes}
}

var nan = math.NaN()

// stones is a small training part. No row has the cut Poor.
func stones() *table.Table {
	day := func(s string) float64 {
		moment, _ := time.Parse(time.DateOnly, s)
		return float64(moment.Unix())
	}
	return table.New(
		numberColumn("carat", 1, 2, nan, 4),
		categoryColumn("cut", true, []string{"Poor", "Fair", "Good", "Ideal"}, 1, 2, 3, 2),
		categoryColumn("shop", false, []string{"east", "north", "west"}, 2, 0, 2, -1),
		&table.Column{Field: table.Field{Name: "sold", Type: table.Date}, Num: []float64{day("2024-02-29"), nan, day("2023-01-01"), day("2024-12-31")}},
		numberColumn("price", 10, 20, 30, 40),
	)
}

func with(change func(*Options)) Options {
	o := Defaults()
	o.Target = "price"
	if change != nil {
		change(&o)
	}
	return o
}

// transform fits on the training part and gives its matrix, after a round trip
// of the Features through JSON.
func transform(t *testing.T, train *table.Table, o Options) (*Features, *matrix.Matrix) {
	fitted, err := Fit(train, o)
	require.NoError(t, err)
	text, err := json.Marshal(fitted)
	require.NoError(t, err)
	f := new(Features)
	require.NoError(t, json.Unmarshal(text, f))
	again, err := json.Marshal(f)
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))
	x, err := f.Transform(train)
	require.NoError(t, err)
	direct, err := fitted.Transform(train)
	require.NoError(t, err)
	same(t, direct.Dense, x.Dense)
	return f, x
}

// same compares with NaN equal to itself.
func same(t *testing.T, want, got []float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		if math.IsNaN(want[i]) != math.IsNaN(got[i]) || math.Abs(want[i]-got[i]) > 1e-12 {
			require.Equal(t, want, got)
		}
	}
}

func TestEncodings(t *testing.T) {
	const a, w = 2 * math.Pi / 365.2425, 2 * math.Pi / 7 // a day on the circle of the year, and on that of the week
	for _, c := range []struct {
		name   string
		change func(*Options)
		names  []string
		want   []float64
		levels []int
	}{
		{"one-hot without the first, missing as a level", func(o *Options) { o.Select = []string{"cut", "shop"} },
			[]string{"cut=Good", "cut=Ideal", "shop=west", "shop missing"},
			[]float64{0, 0, 1, 0 /**/, 1, 0, 0, 0 /**/, 0, 1, 1, 0 /**/, 1, 0, 0, 1}, nil},
		{"one-hot with the first, missing as nothing", func(o *Options) {
			o.Select, o.Encode.DropFirst, o.Encode.Missing = []string{"shop"}, false, "ignore"
		}, []string{"shop=east", "shop=west"}, []float64{0, 1 /**/, 1, 0 /**/, 0, 1 /**/, 0, 0}, nil},
		{"one-hot, missing as the most frequent", func(o *Options) {
			o.Select, o.Encode.Missing = []string{"shop"}, "most_frequent"
		}, []string{"shop=west"}, []float64{1, 0, 1, 1}, nil},
		{"ordinal: declared levels keep their place, others are sorted", func(o *Options) {
			o.Select, o.Encode.Categories = []string{"cut", "shop"}, "ordinal"
		}, []string{"cut", "shop"}, []float64{1, 1 /**/, 2, 0 /**/, 3, 1 /**/, 2, nan}, nil},
		{"native: ordered categories stay ordinal", func(o *Options) {
			o.Select, o.Encode.Categories = []string{"cut", "shop"}, "native"
		}, []string{"cut", "shop"}, []float64{1, 1 /**/, 2, 0 /**/, 3, 1 /**/, 2, nan}, []int{0, 2}},
		{"numbers as they are", func(o *Options) { o.Select = []string{"carat"} }, []string{"carat"}, []float64{1, 2, nan, 4}, nil},
		{"mean", func(o *Options) { o.Select, o.Numbers.Impute = []string{"carat"}, "mean" }, []string{"carat"}, []float64{1, 2, 7. / 3, 4}, nil},
		{"median of logarithms", func(o *Options) {
			o.Select, o.Numbers.Impute, o.Numbers.Log = []string{"carat"}, "median", []string{"carat"}
		}, []string{"log(carat)"}, []float64{0, math.Ln2, math.Ln2, 2 * math.Ln2}, nil},
		{"standardised after imputing", func(o *Options) {
			o.Select, o.Numbers.Impute, o.Numbers.Standardise = []string{"carat"}, "median", true
		}, []string{"carat"}, // 1, 2, 2, 4: mean 2.25, variance 1.1875
			[]float64{-1.25 / math.Sqrt(1.1875), -0.25 / math.Sqrt(1.1875), -0.25 / math.Sqrt(1.1875), 1.75 / math.Sqrt(1.1875)}, nil},
		{"dates", func(o *Options) { o.Select = []string{"sold"} },
			[]string{"sold year", "sold month", "sold weekday", "sold yearday"},
			[]float64{2024, 2, 4, 60 /**/, nan, nan, nan, nan /**/, 2023, 1, 7, 1 /**/, 2024, 12, 2, 366}, nil},
		{"dates, standardised part by part, whatever is missing left out", func(o *Options) {
			o.Select, o.Dates = []string{"sold"}, []string{"year", "month"}
			o.Columns = map[string]Column{"sold": {Scale: "standardise"}}
		}, []string{"sold year", "sold month"}, // 2024, 2023, 2024: deviation √2/3; 2, 1, 12: mean 5, deviation √(74/3)
			[]float64{math.Sqrt2 / 2, -3 / math.Sqrt(74./3) /**/, nan, nan /**/, -math.Sqrt2, -4 / math.Sqrt(74./3) /**/, math.Sqrt2 / 2, 7 / math.Sqrt(74./3)}, nil},
		{"dates, standardised as numbers are, and imputed before", func(o *Options) {
			o.Select, o.Dates, o.Numbers = []string{"sold"}, []string{"year"}, Numbers{Standardise: true, Impute: "median"}
		}, []string{"sold year"}, // 2024, 2024, 2023, 2024: deviation √3/4
			[]float64{1 / math.Sqrt(3), 1 / math.Sqrt(3), -3 / math.Sqrt(3), 1 / math.Sqrt(3)}, nil},
		{"dates, on circles", func(o *Options) {
			o.Select, o.Dates = []string{"sold"}, []string{"quarter", "hour", "year_cycle", "week_cycle"}
		},
			[]string{"sold quarter", "sold hour", "sold year sin", "sold year cos", "sold week sin", "sold week cos"}, // Thursday, Sunday, Tuesday; day 60, 1, 366
			[]float64{1, 0, math.Sin(59 * a), math.Cos(59 * a), math.Sin(3 * w), math.Cos(3 * w) /**/, nan, nan, nan, nan, nan, nan /**/, 1, 0, 0, 1, math.Sin(6 * w), math.Cos(6 * w) /**/, 4, 0, math.Sin(365 * a), math.Cos(365 * a), math.Sin(w), math.Cos(w)}, nil},
		{"derived, also from derived and dropped ones", func(o *Options) {
			o.Derive = params.Map[string]{{Key: "double", Value: "carat * 2"}, {Key: "more", Value: "double + 1"}, {Key: "fine", Value: `cut >= "Good"`}}
			o.Drop = []string{"carat", "cut", "shop", "sold", "double"}
		}, []string{"more", "fine"}, []float64{3, 0 /**/, 5, 1 /**/, nan, 1 /**/, 9, 1}, nil},
		{"per column", func(o *Options) {
			o.Select, o.Encode.Categories = []string{"carat", "cut"}, "ordinal"
			o.Columns = map[string]Column{"cut": {Encode: "onehot"}, "carat": {Impute: "most_frequent", Log: true}}
		}, []string{"log(carat)", "cut=Good", "cut=Ideal"},
			[]float64{0, 0, 0 /**/, math.Ln2, 1, 0 /**/, 0, 0, 1 /**/, 2 * math.Ln2, 1, 0}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, x := transform(t, stones(), with(c.change))
			assert.Equal(t, c.names, x.Names)
			same(t, c.want, x.Dense)
			assert.Equal(t, c.levels, x.Levels)
		})
	}
}

// A column that is made of others is told in these.
func TestOrigins(t *testing.T) {
	f, err := Fit(stones(), with(func(o *Options) {
		o.Derive = params.Map[string]{{Key: "double", Value: "carat * 2"}, {Key: "late", Value: "year(sold) + double + carat"}}
		o.Select = []string{"cut", "shop", "late", "double"}
		o.Columns = map[string]Column{"shop": {Encode: "target"}}
	}))
	require.NoError(t, err)
	assert.Equal(t, []string{"cut=Good", "cut=Ideal", "mean price by shop", "double", "late"}, f.Names())
	assert.Equal(t, [][]string{{"cut"}, {"cut"}, {"shop"}, {"carat"}, {"carat", "sold"}}, f.Origins())
}

// Levels that training did not show do as declared; the codes of the levels
// may be others than in training.
func TestUnknownLevels(t *testing.T) {
	asked := table.New(
		categoryColumn("shop", false, []string{"south", "west", "east"}, 1, 0, 2, -1),
		numberColumn("unused", 1, 2, 3, 4),
	)
	for _, c := range []struct {
		encode, unknown string
		want            []float64
		problem         string
	}{
		{"onehot", "ignore", []float64{1, 0 /**/, 0, 0 /**/, 0, 0 /**/, 0, 1}, ""},
		{"onehot", "most_frequent", []float64{1, 0 /**/, 1, 0 /**/, 0, 0 /**/, 0, 1}, ""},
		{"onehot", "error", nil, `row 2: column "shop" has a level that training did not show; found "south", wanted one of "east", "west"`},
		{"ordinal", "ignore", []float64{1, nan, 0, nan}, ""},
		{"ordinal", "most_frequent", []float64{1, 1, 0, nan}, ""},
		{"ordinal", "error", nil, "south"},
	} {
		f, err := Fit(stones(), with(func(o *Options) {
			o.Select, o.Encode.Categories, o.Encode.Unknown = []string{"shop"}, c.encode, c.unknown
		}))
		require.NoError(t, err)
		x, err := f.Transform(asked)
		if c.problem != "" {
			assert.ErrorContains(t, err, c.problem)
			continue
		}
		require.NoError(t, err)
		same(t, c.want, x.Dense)
		// One row is as the same row among many, though it knows fewer levels.
		for i := range 4 {
			one, err := f.Transform(asked.Take([]int{i}))
			require.NoError(t, err)
			same(t, x.Row(i), one.Dense)
		}
	}
}

func TestUnlike(t *testing.T) {
	train := stones()
	table.Describe(train, 1)
	train.Columns[0].Unit = "ct"
	f, err := Fit(train, with(nil))
	require.NoError(t, err)
	assert.Empty(t, f.Unlike(train))
	asked := table.New(
		numberColumn("carat", 0.5, 9, 8, nan),
		categoryColumn("cut", true, []string{"Poor", "Fair", "Good", "Ideal"}, 0, 1, 2, 3),
		categoryColumn("shop", false, []string{"south", "west"}, 0, 1, 1, -1),
	)
	var texts []string
	for _, finding := range f.Unlike(asked) {
		texts = append(texts, finding.Text)
	}
	assert.Equal(t, []string{
		"carat 0.5 ct is below the smallest in training (1 ct)",
		"carat 9 ct is above the largest in training (4 ct)",
		`cut was never "Poor" in training`,
		`shop was never "south" in training`,
	}, texts)
}

func TestTargets(t *testing.T) {
	labels := numberColumn("label", 3, 10, 3, nan)
	tab := table.New(append(stones().Columns, labels)...)
	f, err := Fit(tab, with(func(o *Options) { o.Target, o.Task = "label", "classification" }))
	require.NoError(t, err)
	assert.Equal(t, []string{"3", "10"}, f.Classes)
	y, err := f.Outcome(tab)
	require.NoError(t, err)
	same(t, []float64{0, 1, 0, nan}, y)
	assert.NotContains(t, f.Names(), "label")

	f, err = Fit(tab, with(func(o *Options) { o.Target = "shop" }))
	require.NoError(t, err)
	assert.Equal(t, metrics.Classification, f.Task)
	y, err = f.Outcome(tab)
	require.NoError(t, err)
	same(t, []float64{2, 0, 2, nan}, y)
	y, err = f.Outcome(table.New(categoryColumn("shop", false, []string{"south", "west"}, 0, 1)))
	require.NoError(t, err)
	same(t, []float64{nan, 2}, y)
}

// Levels that only rows have which are held out are not of the schema, unless their
// order is declared.
func TestInputsListTheLevelsOfTheRows(t *testing.T) {
	shop := categoryColumn("shop", false, []string{"closed", "new", "north", "south"}, 2, 0, 2)
	grade := categoryColumn("grade", true, []string{"poor", "fair", "good"}, 0, 2, 2)
	all := table.New(shop, grade, numberColumn("price", 1, 2, 3))
	table.Describe(all, 1)
	f, err := Fit(all, with(func(*Options) {}))
	require.NoError(t, err)
	assert.Equal(t, []string{"closed", "north"}, f.Inputs[0].Levels)
	assert.Equal(t, []int{1, 2}, f.Inputs[0].Seen.Counts)
	assert.Equal(t, []string{"poor", "fair", "good"}, f.Inputs[1].Levels)
	assert.Equal(t, []int{1, 0, 2}, f.Inputs[1].Seen.Counts)
	assert.Equal(t, []string{"closed", "new", "north", "south"}, shop.Levels, "the table keeps its own")

	other := table.New(categoryColumn("shop", false, shop.Levels, 1), categoryColumn("grade", true, grade.Levels, 0))
	assert.Contains(t, f.Unlike(other)[0].Text, `shop was never "new" in training`)
}

func TestFindings(t *testing.T) {
	tab := table.New(append(stones().Columns,
		numberColumn("empty", nan, nan, nan, nan),
	)...)
	f, err := Fit(tab, with(func(o *Options) { o.Encode.Categories = "ordinal" }))
	require.NoError(t, err)
	var columns []string
	for _, finding := range f.Findings {
		columns = append(columns, finding.Column)
	}
	assert.Equal(t, []string{"shop", "empty"}, columns)
	assert.Equal(t, []string{"carat", "cut", "shop", "sold"}, []string{f.Inputs[0].Name, f.Inputs[1].Name, f.Inputs[2].Name, f.Inputs[3].Name})
}

func TestMistakes(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"no target is declared":                    func(o *Options) { o.Target = "" },
		`did you mean "price"?`:                    func(o *Options) { o.Target = "prize" },
		`did you mean "carat"?`:                    func(o *Options) { o.Drop = []string{"karat"} },
		`found "kut"`:                              func(o *Options) { o.Select = []string{"kut"} },
		"numbers.log names":                        func(o *Options) { o.Numbers.Log = []string{"weight"} },
		"columns names":                            func(o *Options) { o.Columns = map[string]Column{"weight": {}} },
		"select names the target":                  func(o *Options) { o.Select = []string{"price"} },
		"no column is left":                        func(o *Options) { o.Drop = []string{"carat", "cut", "shop", "sold"} },
		`the target "sold" cannot be predicted`:    func(o *Options) { o.Target = "sold" },
		`the target "cut" is no number`:            func(o *Options) { o.Target, o.Task = "cut", "regression" },
		"derive cheap":                             func(o *Options) { o.Derive = params.Map[string]{{Key: "cheap", Value: "price < 3"}} },
		"a derived column has the name of another": func(o *Options) { o.Derive = params.Map[string]{{Key: "cut", Value: "carat"}} },
	} {
		_, err := Fit(stones(), with(change))
		assert.ErrorContains(t, err, want)
	}
	f, err := Fit(stones(), with(nil))
	require.NoError(t, err)
	_, err = f.Transform(stones().Without("cut"))
	assert.ErrorContains(t, err, `column "cut" is missing`)
	_, err = f.Transform(table.New(append(stones().Without("cut").Columns, numberColumn("cut", 1, 2, 3, 4))...))
	assert.ErrorContains(t, err, `column "cut" has another type than in training; found number, wanted category`)
	_, err = f.Outcome(stones().Without("price"))
	assert.ErrorContains(t, err, `the target column "price" is missing`)
}

// sparseEncoder stands for a vocabulary: a column for each number up to 9.
type sparseEncoder struct{ number }

func (*sparseEncoder) names() []string {
	return []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
}

func (*sparseEncoder) encode(c *table.Column, _ int) (*matrix.CSR, error) {
	out := &matrix.CSR{Indptr: []int{0}}
	for _, v := range c.Num {
		if !math.IsNaN(v) {
			out.Indices, out.Data = append(out.Indices, int32(v)), append(out.Data, 1)
		}
		out.Indptr = append(out.Indptr, len(out.Data))
	}
	return out, nil
}

// A sparse encoder makes the whole matrix sparse, the dense ones beside it.
func TestSparseSeam(t *testing.T) {
	f, err := Fit(stones(), with(func(o *Options) { o.Select = []string{"cut", "shop"} }))
	require.NoError(t, err)
	carat := &sparseEncoder{number{Column: "carat"}}
	f.encoders = []encoder{f.encoders[0], carat, f.encoders[1]}
	f.seal()
	x, err := f.Transform(stones())
	require.NoError(t, err)
	require.Nil(t, x.Dense)
	assert.Equal(t, 14, x.Cols)
	assert.Equal(t, []int{0, 2, 4, 6, 9}, x.Sparse.Indptr)
	assert.Equal(t, []int32{3, 12 /**/, 0, 4 /**/, 1, 12 /**/, 0, 6, 13}, x.Sparse.Indices)
}

// FuzzUnmarshal holds decoding to surviving any bytes, and what it takes to
// encoding the training part without a panic.
func FuzzUnmarshal(f *testing.F) {
	for _, change := range []func(*Options){
		nil,
		func(o *Options) { o.Encode.Categories, o.Encode.Rare, o.Numbers.Quantile = "native", 3, true },
		func(o *Options) { o.Encode.Categories, o.Generate = "target", "auto" },
		func(o *Options) { o.Numbers = Numbers{Spline: 3, Indicate: true, Standardise: true, Impute: "mean"} },
		func(o *Options) {
			o.Statistics = params.Map[Statistic]{{Key: "usual", Value: Statistic{Take: "std", Of: "carat", By: []string{"cut"}}}}
		},
		func(o *Options) {
			o.Numbers = Numbers{Standardise: true, Impute: "mean", Log: []string{"carat"}}
			o.Derive = params.Map[string]{{Key: "double", Value: "carat * 2"}}
		},
	} {
		fitted, err := Fit(stones(), with(change))
		require.NoError(f, err)
		text, _ := json.Marshal(fitted)
		f.Add(text)
	}
	past := statistics(stat("last", "last", "sold", []string{"shop"}, "1d"))
	tab := sales(3)
	layout, err := (&partition.Structure{Time: "day"}).Layout(tab)
	require.NoError(f, err)
	l, err := Learn(tab, layout, past, nil, 1)
	require.NoError(f, err)
	text, _ := json.Marshal(l.Features)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		decoded := new(Features)
		if json.Unmarshal(text, decoded) != nil {
			return
		}
		decoded.Transform(stones())
		decoded.Transform(sales(2))
		decoded.Statistics()
		decoded.Unlike(stones())
		decoded.Outcome(stones())
		decoded.Describe()
	})
}

func BenchmarkTransform(b *testing.B) {
	train := stones()
	rows := make([]int, 1_000_000)
	for i := range rows {
		rows[i] = i % 4
	}
	million, one := train.Take(rows), train.Take([]int{1})
	for _, encode := range []string{"onehot", "ordinal"} {
		f, err := Fit(train, with(func(o *Options) { o.Drop, o.Encode.Categories = []string{"sold"}, encode }))
		require.NoError(b, err)
		for name, t := range map[string]*table.Table{"one": one, "million": million} {
			b.Run(encode+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f.Transform(t); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// The squares of 1e308 have no float64, and +Inf has no JSON.
func TestFitRefusesWhatIsTooLargeToStandardise(t *testing.T) {
	x := &table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: []float64{1, math.NaN(), 1e308, -2}}
	y := &table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: []float64{1, 2, 3, 4}}
	o := Defaults()
	o.Target, o.Numbers.Standardise = "y", true
	_, err := Fit(table.New(x, y), o)
	assert.ErrorContains(t, err, "the values of x are too large to impute or standardise; found 1e+308")
	assert.ErrorContains(t, err, "hint: bound it at load, as in columns: {x: {max: 1e6}}")
	o.Numbers.Standardise = false
	_, err = Fit(table.New(x, y), o)
	assert.NoError(t, err)
}

// A formula without a column tells nothing, and of no column nobody knows how many
// rows there are.
func TestConstantsAlone(t *testing.T) {
	tab := table.New(numberColumn("x", 1, 2, 3), numberColumn("y", 1, 2, 3))
	o := Defaults()
	o.Target, o.Select = "y", []string{"d"}
	o.Derive = params.Map[string]{{Key: "d", Value: "3"}}
	_, err := Fit(tab, o)
	assert.ErrorContains(t, err, "nothing that is learned from reads a column of the data")
	o.Select = append(o.Select, "x")
	_, x := transform(t, tab, o)
	same(t, []float64{1, 3}, x.Row(0))
}

// Numbers by their places, worked out by hand, and what is beyond, between and missing.
func TestQuantiles(t *testing.T) {
	x := numberColumn("x", 1, 1, 1, 1, 5, 5, 7, 1e9, math.NaN())
	tab := table.New(x, numberColumn("y", 1, 2, 3, 4, 5, 6, 7, 8, 9))
	o := Defaults()
	o.Target, o.Numbers.Quantile, o.Numbers.Standardise, o.Numbers.Spline = "y", true, true, 4
	f, m := transform(t, tab, o)
	assert.Equal(t, []string{"x quantile"}, m.Names)
	normal := func(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
	low, five, seven, top := normal(.25), normal(5./8), normal(6.5/8), normal(7.5/8)
	same(t, []float64{low, low, low, low, five, five, seven, top, math.NaN()}, m.Dense)
	got, err := f.Transform(table.New(numberColumn("x", -1e9, 3, 1e300)))
	require.NoError(t, err)
	same(t, []float64{low, (low + five) / 2, top}, got.Dense)
	var again Features
	data, err := json.Marshal(f)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &again))
	_, err = again.Transform(tab)
	assert.NoError(t, err)
	constant, _ := transform(t, table.New(numberColumn("x", 3, 3), numberColumn("y", 1, 2)), o)
	assert.Equal(t, []string{"x"}, constant.Names())
}

// Levels of few rows are one, and so is what training did not show.
func TestRareLevels(t *testing.T) {
	tab := table.New(lettered("c", "aaaabbbcd"), numberColumn("y", 1, 2, 3, 4, 5, 6, 7, 8, 9))
	o := Defaults()
	o.Target, o.Encode.Rare, o.Encode.DropFirst = "y", 2, false
	f, m := transform(t, tab, o)
	assert.Equal(t, []string{"c=a", "c=b", "c=(rare)"}, m.Names)
	same(t, []float64{0, 0, 1}, m.Row(8))
	got, err := f.Transform(table.New(lettered("c", "z")))
	require.NoError(t, err)
	same(t, []float64{0, 0, 1}, got.Dense)
	for encode, want := range map[string]float64{"native": 2, "ordinal": 2} {
		o.Encode.Categories = encode
		_, m = transform(t, tab, o)
		same(t, []float64{want, want}, m.Dense[7:])
	}
	o.Encode.Categories = "target"
	_, m = transform(t, tab, o)
	assert.Equal(t, m.Dense[7], m.Dense[8])
	o.Columns = map[string]Column{"c": {Rare: 1, Encode: "onehot"}}
	_, m = transform(t, tab, o)
	assert.Len(t, m.Names, 4)
	o.Columns["c"] = Column{Rare: 2, Unknown: "error"}
	assert.ErrorContains(t, o.Resolve(), "counts as a rare one, and cannot be an error too")
}
