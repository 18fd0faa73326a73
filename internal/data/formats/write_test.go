package formats

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

func written(t testing.TB, tab *table.Table, f Format) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, tab, f))
	return b.Bytes()
}

// wide gives a table of numbers, categories, texts and dates for speed and size.
func wide(rows, columns int) *table.Table {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]*table.Column, columns)
	for j := range all {
		c := &table.Column{Field: table.Field{Name: string(rune('a' + j)), Type: []table.Type{table.Number, table.Number, table.Number, table.Category, table.Text}[j%5]}}
		switch c.Type {
		case table.Category:
			c.Levels, c.Codes = []string{"Fair", "Good", "Ideal", "Premium", "Very Good"}, make([]int32, rows)
			for i := range c.Codes {
				c.Codes[i] = int32(r.IntN(5))
			}
		case table.Text:
			c.Texts = make([]string, rows)
			for i := range c.Texts {
				c.Texts[i] = []string{"alpha", "beta", "gamma delta", "epsilon"}[r.IntN(4)] + string(rune('a'+r.IntN(26)))
			}
		default:
			c.Num = make([]float64, rows)
			for i := range c.Num {
				if c.Num[i] = r.NormFloat64(); j%5 == 1 {
					c.Num[i] = math.Round(c.Num[i] * 1000)
				}
				if r.IntN(50) == 0 {
					c.Num[i] = math.NaN()
				}
			}
		}
		table.Observe(c, false)
		all[j] = c
	}
	return table.New(all...)
}

// TestWritesTheSameBytes: on any number of cores, and as ever: the digests change
// only where somebody means them to.
func TestWritesTheSameBytes(t *testing.T) {
	tab := wide(groupRows+pageRows+7, 6)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	want := written(t, tab, Parquet)
	for _, cores := range []int{3, 2} {
		runtime.GOMAXPROCS(cores)
		assert.True(t, bytes.Equal(want, written(t, tab, Parquet)), "on %d cores", cores)
		if testing.Short() {
			break
		}
	}
	small := tab.Slice(0, 100)
	for f, digest := range map[Format]string{
		CSV:     "ea4d7f9ded8363b0",
		Lines:   "f5ba55bc085e3825",
		Parquet: "6ee1a93f0bfc9155",
	} {
		sum := sha256.Sum256(written(t, small, f))
		assert.Equal(t, digest, hex.EncodeToString(sum[:8]), f)
	}
}

// TestParquetGroups: a table of several row groups and pages is read whole by
// another reader, with statistics that hold for each group.
func TestParquetGroups(t *testing.T) {
	testdata.OnlyComputes(t)
	tab := wide(groupRows+pageRows+7, 5)
	data := written(t, tab, Parquet)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	assert.EqualValues(t, tab.Rows(), f.NumRows())
	require.Len(t, f.RowGroups(), 2)
	row := 0
	for g, group := range f.RowGroups() {
		for j, c := range tab.Columns {
			chunk := group.ColumnChunks()[j]
			stats := f.Metadata().RowGroups[g].Columns[j].MetaData.Statistics
			nulls, i := int64(0), row
			pages := chunk.Pages()
			for {
				page, err := pages.ReadPage()
				if err != nil {
					break
				}
				values := make([]parquet.Value, page.NumValues())
				page.Values().ReadValues(values)
				for _, v := range values {
					switch {
					case v.IsNull():
						nulls++
						require.True(t, c.IsMissing(i), "row %d of %s", i, c.Name)
					case v.Kind() == parquet.ByteArray:
						require.Equal(t, c.String(i), v.String(), "row %d of %s", i, c.Name)
						require.LessOrEqual(t, string(stats.MinValue), v.String())
						require.GreaterOrEqual(t, string(stats.MaxValue), v.String())
					case v.Kind() == parquet.Int64:
						require.Equal(t, c.Num[i], float64(v.Int64()))
					default:
						require.Equal(t, c.Num[i], v.Double())
					}
					i++
				}
			}
			assert.Equal(t, min(groupRows, tab.Rows()-row), i-row)
			assert.Equal(t, nulls, stats.NullCount)
		}
		row += int(group.NumRows())
	}
}

// TestReadsWhatItWrites: random tables come back from Parquet as they were, with all that is known of their columns.
func TestReadsWhatItWrites(t *testing.T) {
	testdata.OnlyComputes(t)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range testdata.Studies(100) {
		tab := randomTable(r)
		path := filepath.Join(t.TempDir(), "t.parquet")
		require.NoError(t, os.WriteFile(path, written(t, tab, Parquet), 0o666))
		back, err := Read(path, Options{})
		require.NoError(t, err, "table %d", i)
		require.Equal(t, tab.Fields(), back.Table.Fields(), "table %d", i)
		require.Empty(t, back.Notices)
		require.True(t, bytes.Equal(written(t, tab, CSV), written(t, back.Table, CSV)), "table %d", i)
	}
}

// TestWriteValues: what each value becomes in the forms without types.
func TestWriteValues(t *testing.T) {
	nan := math.NaN()
	tab := table.New(
		&table.Column{Field: table.Field{Name: "whole", Type: table.Number, Integer: true}, Num: []float64{1 << 53, nan, -3}},
		&table.Column{Field: table.Field{Name: "real, or not", Type: table.Number}, Num: []float64{1e300, 0.1, math.Copysign(0, -1)}},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"", "a,b", `"q"`}}, Codes: []int32{0, 1, -1}},
		&table.Column{Field: table.Field{Name: "sold", Type: table.Category, Levels: []string{"false", "true"}}, Codes: []int32{1, -1, 0}},
		&table.Column{Field: table.Field{Name: "note", Type: table.Text}, Texts: []string{"<b>\n", "", " x"}},
		&table.Column{Field: table.Field{Name: "day", Type: table.Date, Layout: "02.01.2006"}, Num: []float64{0, nan, -86400}},
		&table.Column{Field: table.Field{Name: "when", Type: table.Date, Layout: "2006-01-02T15:04:05Z07:00"}, Num: []float64{-0.25, 1.578, nan}},
	)
	assert.Equal(t, `whole,"real, or not",kind,sold,note,day,when
9007199254740992,1e+300,"",true,"<b>
",1970-01-01,1969-12-31T23:59:59.750Z
,0.1,"a,b",,,,1970-01-01T00:00:01.578Z
-3,-0,,false," x",1969-12-31,
`, string(written(t, tab, CSV)))
	assert.Equal(t, `{"whole":9007199254740992,"real, or not":1e+300,"kind":"","sold":true,"note":"\u003cb\u003e\n","day":"1970-01-01","when":"1969-12-31T23:59:59.750Z"}
{"whole":null,"real, or not":0.1,"kind":"a,b","sold":null,"note":null,"day":null,"when":"1970-01-01T00:00:01.578Z"}
{"whole":-3,"real, or not":-0.0,"kind":null,"sold":false,"note":" x","day":"1969-12-31","when":null}
`, string(written(t, tab, Lines)))
	empty := table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Text}, Texts: []string{"", "a"}})
	assert.Equal(t, "x\n\"\"\na\n", string(written(t, empty, CSV)))
	endless := table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: []float64{1, math.Inf(-1)}})
	assert.Equal(t, "x\n1\n-inf\n", string(written(t, endless, CSV)))
	assert.ErrorContains(t, Write(new(bytes.Buffer), endless, Lines), `row 2 of column "x" is -Inf, which JSON has no form for`)
}

// TestOfMatrix: no row and no value of a matrix is lost.
func TestOfMatrix(t *testing.T) {
	dense := &matrix.Labelled{X: &matrix.Matrix{Rows: 2, Cols: 2, Names: []string{"a", "y"}, Dense: []float64{1, math.NaN(), 3, 4}}, Y: []float64{.5, 7}}
	assert.Equal(t, "a,y,y_\n1,,0.5\n3,4,7\n", string(written(t, OfMatrix(dense, "y"), CSV)))
	sparse := &matrix.Labelled{
		X: &matrix.Matrix{Rows: 3, Cols: 3, Names: []string{"a", "b", "c"}, Sparse: &matrix.CSR{Indptr: []int{0, 2, 2, 3}, Indices: []int32{0, 2, 1}, Data: []float64{1, 2, 3}}},
		Y: []float64{1, 0, 1}, Classes: []string{"no", "yes"},
	}
	tab := OfMatrix(sparse, "job")
	assert.Equal(t, "row,column,value,job\n0,a,1,yes\n0,c,2,yes\n1,,,no\n2,b,3,yes\n", string(written(t, tab, CSV)))
	assert.Equal(t, []string{"a", "b", "c"}, tab.Column("column").Levels)
}

// TestWriteWide writes the table of BenchmarkWrite where LABBOOK_WIDE says, for
// bench/formats/compare.py.
func TestWriteWide(t *testing.T) {
	path := os.Getenv("LABBOOK_WIDE")
	if path == "" {
		t.Skip("LABBOOK_WIDE names no file")
	}
	require.NoError(t, os.WriteFile(path, written(t, wide(1_000_000, 10), Parquet), 0o666))
}

// BenchmarkWrite writes 1,000,000 rows of 10 columns: bench/formats/compare.py has
// what others take for the same.
func BenchmarkWrite(b *testing.B) {
	tab := wide(1_000_000, 10)
	for _, f := range []Format{Parquet, Arrow, CSV, Lines} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(written(b, tab, f))))
			}
		})
	}
}
