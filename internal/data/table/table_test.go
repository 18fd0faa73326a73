package table

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// example has a column of every type, each with a missing value.
func example() *Table {
	nan := math.NaN()
	return New(
		&Column{Field: Field{Name: "carat", Type: Number, Unit: "ct"}, Num: []float64{0.23, nan, 1.5, -2}},
		&Column{Field: Field{Name: "raw", Type: Number}, Num: []float64{math.Pi, math.Copysign(0, -1), 1e300, nan}},
		&Column{Field: Field{Name: "cut", Type: Category, Levels: []string{"Fair", "Ideal"}}, Codes: []int32{1, 0, -1, 1}},
		&Column{Field: Field{Name: "note", Type: Text}, Texts: []string{"a", "", "ü\n", "d"}},
		&Column{Field: Field{Name: "day", Type: Date, Layout: "2006-01-02"}, Num: []float64{0, 86400, nan, 1325376000}},
	)
}

func encode(t testing.TB, tab *Table) []byte {
	var b bytes.Buffer
	require.NoError(t, tab.Write(&b))
	return b.Bytes()
}

func TestCodecRoundTrip(t *testing.T) {
	testdata.OnlyComputes(t)
	for name, tab := range map[string]*Table{
		"every type": example(),
		"no rows":    example().Take(nil),
		"no columns": New(),
		"several record batches": New(
			&Column{Field: Field{Name: "n", Type: Number, Integer: true}, Num: make([]float64, 2*batchRows+5)},
			&Column{Field: Field{Name: "c", Type: Category, Levels: []string{"a", "b"}}, Codes: make([]int32, 2*batchRows+5)},
			&Column{Field: Field{Name: "t", Type: Text}, Texts: make([]string, 2*batchRows+5)},
			&Column{Field: Field{Name: "b", Type: Category, Levels: []string{"false", "true"}}, Codes: make([]int32, 2*batchRows+5)}),
		"levels beyond a byte": New(func() *Column {
			c := &Column{Field: Field{Name: "c", Type: Category}}
			for i := range 70000 {
				c.Levels = append(c.Levels, fmt.Sprint(i))
				c.Codes = append(c.Codes, int32(i))
			}
			return c
		}()),
	} {
		t.Run(name, func(t *testing.T) {
			data := encode(t, tab)
			back, err := Decode(data)
			require.NoError(t, err)
			assert.Equal(t, tab.Rows(), back.Rows())
			assert.Equal(t, tab.Fields(), back.Fields())
			assert.Equal(t, data, encode(t, back), "the bytes are canonical")
			for j, c := range tab.Columns {
				for i := range tab.Rows() {
					require.Equal(t, c.String(i), back.Columns[j].String(i), "%s, row %d", c.Name, i)
				}
			}
		})
	}
}

func TestNumbersKeepEveryBit(t *testing.T) {
	testdata.OnlyComputes(t)
	random := rand.New(rand.NewPCG(1, 2))
	for name, make := range map[string]func() float64{
		"decimals":  func() float64 { return float64(random.IntN(2000)-1000) / 100 },
		"integers":  func() float64 { return float64(random.Int64N(1 << 40)) },
		"any bits":  func() float64 { return math.Float64frombits(random.Uint64()) },
		"big":       func() float64 { return 1e9 * random.Float64() },
		"constants": func() float64 { return 7 },
		"zeros":     func() float64 { return math.Copysign(0, float64(random.IntN(2))-0.5) },
		"seconds":   func() float64 { return float64(random.Int64N(4e9)) - 2e9 },
		"micros":    func() float64 { return float64(random.Int64N(4e15)-2e15) / 1e6 },
	} {
		for range 50 {
			values := []float64{}
			for range random.IntN(20) {
				values = append(values, make())
			}
			for _, f := range []Field{{Name: "n", Type: Number}, {Name: "n", Type: Number, Integer: true}, {Name: "n", Type: Date},
				{Name: "n", Type: Date, Layout: "2006-01-02"}, {Name: "n", Type: Date, Layout: time.RFC3339}} {
				back, err := Decode(encode(t, New(&Column{Field: f, Num: values})))
				require.NoError(t, err)
				for i, v := range values {
					got := back.Columns[0].Num[i]
					if math.IsNaN(v) {
						require.True(t, math.IsNaN(got), name)
					} else {
						require.Equal(t, math.Float64bits(v), math.Float64bits(got), "%s %v: %v", name, f, v)
					}
				}
			}
		}
	}
}

// TestArrowTypes: what other programs see of a column.
func TestArrowTypes(t *testing.T) {
	levels := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprint(i)
		}
		return all
	}
	for want, c := range map[string]*Column{
		"int64":   {Field: Field{Type: Number, Integer: true}, Num: []float64{1, math.NaN(), -3}},
		"float64": {Field: Field{Type: Number}, Num: []float64{1, 2}},
		"bool":    {Field: Field{Type: Category, Levels: []string{"false", "true"}}, Codes: []int32{1, -1}},
		"dictionary<values=utf8, indices=int8, ordered=true>":   {Field: Field{Type: Category, Levels: levels(128), Ordered: true}},
		"dictionary<values=utf8, indices=int16, ordered=false>": {Field: Field{Type: Category, Levels: levels(129)}},
		"dictionary<values=utf8, indices=int32, ordered=false>": {Field: Field{Type: Category, Levels: levels(32769)}},
		"utf8":                  {Field: Field{Type: Text}, Texts: []string{"a"}},
		"date32":                {Field: Field{Type: Date, Layout: "02.01.2006"}, Num: []float64{0, -86400}},
		"timestamp[s]":          {Field: Field{Type: Date, Layout: "2006-01-02 15:04"}, Num: []float64{86400}},
		"timestamp[s, tz=UTC]":  {Field: Field{Type: Date, Layout: time.RFC3339}, Num: []float64{1}},
		"timestamp[us, tz=UTC]": {Field: Field{Type: Date, Layout: time.RFC3339Nano}, Num: []float64{1.25e-4}},
		"timestamp[ms]":         {Field: Field{Type: Date, Layout: "2006-01-02T15:04:05.000"}, Num: []float64{1.5}},
	} {
		assert.Equal(t, want, c.arrowType().String())
	}
}

// TestDecodeOld: tables that earlier versions wrote are read for ever.
func TestDecodeOld(t *testing.T) {
	old, err := ReadFile("testdata/every-type.lbt")
	require.NoError(t, err)
	want := example()
	Describe(want, 1)
	assert.Equal(t, want.Fields(), old.Fields())
	assert.Equal(t, encode(t, want), encode(t, old))

	old, err = ReadFile("testdata/wide-levels.lbt")
	require.NoError(t, err)
	require.Equal(t, 300, old.Rows())
	assert.Equal(t, "299", old.Columns[0].String(0))
	assert.Equal(t, 326.0+18*299, old.Columns[1].Num[299])
}

func TestDecodeRefusesDamage(t *testing.T) {
	data := encode(t, example())
	for n := range data {
		_, err := Decode(data[:n])
		require.ErrorIs(t, err, ErrFormat, "cut to %d bytes", n)
	}
	_, err := Decode(append(data, 0))
	require.ErrorIs(t, err, ErrFormat)
}

// A large file is read a record batch at a time, and its damage is found all the same.
func TestReadFileInPieces(t *testing.T) {
	tab := example().Take(slices.Repeat([]int{0, 1, 2, 3}, 3*batchRows/8))
	path := filepath.Join(t.TempDir(), "table.arrow")
	require.NoError(t, tab.WriteFile(path))
	back, err := ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(encode(t, tab), encode(t, back)))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Greater(t, len(data), pieced)
	for _, n := range []int{pieced + 1, len(data) - 1, len(data) - 1000} {
		require.NoError(t, os.WriteFile(path, data[:n], 0o666))
		_, err = ReadFile(path)
		require.ErrorIs(t, err, ErrFormat, "cut to %d bytes", n)
	}
}

func TestDealUsesUp(t *testing.T) {
	tab := example()
	rows := []int{2, 0}
	wantA, wantB := tab.Take(rows), tab.Take(nil)
	a, b := tab.Deal(rows, nil)
	assert.Equal(t, encode(t, wantA), encode(t, a))
	assert.Equal(t, encode(t, wantB), encode(t, b))
	assert.Zero(t, tab.Rows())
	assert.Empty(t, tab.Columns)
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, example()))
	f.Add(encode(f, New()))
	for _, name := range []string{"testdata/every-type.lbt", "testdata/wide-levels.lbt"} {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		first := encode(t, tab)
		again, err := Decode(first)
		require.NoError(t, err)
		require.Equal(t, first, encode(t, again))
		for _, c := range tab.Columns {
			for i := range tab.Rows() {
				c.String(i)
			}
		}
		Describe(tab, 1)
		Digests(tab, 1)
	})
}

func TestDigestsDependOnContentOnly(t *testing.T) {
	a := New(
		&Column{Field: Field{Name: "n", Type: Number}, Num: []float64{1, math.Copysign(0, -1), math.NaN()}},
		&Column{Field: Field{Name: "c", Type: Category, Levels: []string{"x", "y"}}, Codes: []int32{0, 1, 1}},
	)
	b := New(
		&Column{Field: Field{Name: "c", Type: Text}, Texts: []string{"y", "x", "y"}},
		&Column{Field: Field{Name: "n", Type: Number}, Num: []float64{0, 1, math.NaN()}},
	)
	da, db := Digests(a, 1), Digests(b, 1)
	assert.Equal(t, []Digest{db[1], db[0], db[2]}, da)
	assert.Len(t, map[Digest]bool{da[0]: true, da[1]: true, da[2]: true}, 3)

	swapped := Digests(New(
		&Column{Field: Field{Name: "a", Type: Number}, Num: []float64{1, 2}},
		&Column{Field: Field{Name: "b", Type: Number}, Num: []float64{2, 1}},
	), 1)
	assert.NotEqual(t, swapped[0], swapped[1], "a value belongs to its column")
}

// Changing these digests moves rows between the parts of everybody's splits.
func TestDigestsStay(t *testing.T) {
	tab := New(
		&Column{Field: Field{Name: "carat", Type: Number}, Num: []float64{0.23}},
		&Column{Field: Field{Name: "cut", Type: Text}, Texts: []string{"Ideal"}},
	)
	d := Digests(tab, 1)[0]
	assert.Equal(t, Digest{0xd221764c90b83c6f, 0xba055f67f8d4ee3c}, d)
	assert.InDelta(t, 0.05413043515115257, d.Uniform(42), 1e-15)
}

func TestUniformIsUniform(t *testing.T) {
	c := &Column{Field: Field{Name: "n", Type: Number}}
	for i := range 100_000 {
		c.Num = append(c.Num, float64(i))
	}
	below := 0
	for _, d := range Digests(New(c), 1) {
		if d.Uniform(42) < 0.2 {
			below++
		}
	}
	// Six standard deviations of a binomial with n = 100,000 and p = 0.2.
	assert.InDelta(t, 20_000, below, 760)
}

// Expected values: R 4.2, summary, sd and quantile(type = 7).
func TestDescribe(t *testing.T) {
	nan := math.NaN()
	tab := New(
		&Column{Field: Field{Name: "n", Type: Number}, Num: []float64{4, 1, nan, 3, 2}},
		&Column{Field: Field{Name: "c", Type: Category, Levels: []string{"a", "b", "z"}}, Codes: []int32{0, 0, 1, -1, 0}},
		&Column{Field: Field{Name: "t", Type: Text}, Texts: []string{"äö", "", "abcd", "", ""}},
		&Column{Field: Field{Name: "e", Type: Number}, Num: []float64{nan, nan, nan, nan, nan}},
	)
	shared := tab.Columns[0]
	Describe(tab, 1)
	assert.Nil(t, shared.Seen, "a table that shares the column keeps its own")
	n := tab.Columns[0].Seen
	assert.Equal(t, 4, n.Count)
	assert.Equal(t, 1, n.Missing)
	assert.Equal(t, 2.5, n.Mean)
	assert.InDelta(t, 1.290994, n.StdDev, 1e-6)
	assert.InDeltaSlice(t, []float64{1, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8, 3.1, 3.4, 3.7, 4}, n.Quantiles, 1e-12)
	assert.Equal(t, []int{3, 1, 0}, tab.Columns[1].Seen.Counts)
	assert.Equal(t, &Summary{Count: 2, Missing: 3, Min: 2, Max: 4, Mean: 3, StdDev: math.Sqrt2}, tab.Columns[2].Seen)
	assert.Equal(t, &Summary{Missing: 5}, tab.Columns[3].Seen)
}

func TestDescribeHugeNumbers(t *testing.T) {
	s := Summarize(&Column{Field: Field{Type: Number}, Num: []float64{1e308, -1e308, 1e308}})
	assert.InEpsilon(t, 1e308/3, s.Mean, 1e-9)
	assert.False(t, math.IsInf(s.StdDev, 0) || math.IsNaN(s.StdDev))
}

func TestConcat(t *testing.T) {
	nan := math.NaN()
	a := New(
		&Column{Field: Field{Name: "c", Type: Category, Levels: []string{"b", "d"}}, Codes: []int32{0, 1}},
		&Column{Field: Field{Name: "n", Type: Number}, Num: []float64{nan, nan}},
	)
	b := New(
		&Column{Field: Field{Name: "n", Type: Text}, Texts: []string{"x", "y", ""}},
		&Column{Field: Field{Name: "c", Type: Category, Levels: []string{"a", "b"}}, Codes: []int32{0, -1, 1}},
	)
	both := Concat(a, b)
	assert.Equal(t, []string{"c", "n"}, both.Names())
	assert.Equal(t, []string{"a", "b", "d"}, both.Columns[0].Levels)
	assert.Equal(t, []int32{1, 2, 0, -1, 1}, both.Columns[0].Codes)
	assert.Equal(t, []string{"", "", "x", "y", ""}, both.Columns[1].Texts, "a column without values takes the other's type")
	assert.Panics(t, func() { Concat(a, a.Without("n")) })
}

func TestObserve(t *testing.T) {
	c := &Column{Field: Field{Name: "c", Type: Category, Levels: []string{"a", "b", "c"}}, Codes: []int32{2, -1, 2}}
	Observe(c, false)
	assert.Equal(t, []string{"c"}, c.Levels)
	assert.Equal(t, []int32{0, -1, 0}, c.Codes)
	assert.True(t, c.Missing)
	n := &Column{Field: Field{Name: "n", Type: Number}, Num: []float64{1, 2, math.NaN()}}
	Observe(n, false)
	assert.True(t, n.Integer)
	assert.True(t, n.Missing)
}

// million is a table of a million rows: five columns of decimals, two of whole
// numbers, three of categories.
func million() *Table {
	const rows = 1_000_000
	var columns []*Column
	for k := range 10 {
		c := &Column{Field: Field{Name: fmt.Sprint("c", k), Type: Number}, Num: make([]float64, rows)}
		for i := range c.Num {
			c.Num[i] = float64(i * 7919 % 50000)
			if k < 5 {
				c.Num[i] /= 100
			}
		}
		if c.Integer = k >= 5; k >= 7 {
			c.Field = Field{Name: c.Name, Type: Category, Levels: []string{"a", "b", "c", "d", "e", "f", "g"}}
			c.Num, c.Codes = nil, make([]int32, rows)
			for i := range c.Codes {
				c.Codes[i] = int32(i * 31 % 7)
			}
		}
		columns = append(columns, c)
	}
	return New(columns...)
}

func BenchmarkWrite(b *testing.B) {
	tab := million()
	for b.Loop() {
		encode(b, tab)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := encode(b, million())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := Decode(data)
		require.NoError(b, err)
	}
}
