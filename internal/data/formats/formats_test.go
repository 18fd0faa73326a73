package formats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// sample gives the place of a file that another program wrote.
func sample(name string) string { return filepath.Join(testdata.Root(), "testdata", "formats", name) }

func TestFormatsAreFound(t *testing.T) {
	for name, want := range map[string]Format{"a.csv": CSV, "a.CSV.gz": CSV, "a.tsv": CSV, "b.parquet": Parquet, "x/b.pq": Parquet, "c.feather": Arrow, "c.arrows": Arrow, "d.jsonl.zst": Lines, "d.ndjson": Lines} {
		got, ok := ByName(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	_, ok := ByName("a.xlsx")
	assert.False(t, ok)
	// What a file begins with counts, and not what it is called.
	data, err := os.ReadFile(sample("stones.parquet"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "stones.csv")
	require.NoError(t, os.WriteFile(path, data, 0o666))
	f, err := Of(path)
	require.NoError(t, err)
	assert.Equal(t, Parquet, f)
}

// The same table in three forms is one table.
func TestFormsAreOne(t *testing.T) {
	var first *table.Table
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.arrows"} {
		for _, cores := range []int{1, 2, 3} {
			r, err := Read(sample(name), Options{Cores: cores})
			require.NoError(t, err)
			if first == nil {
				first = r.Table
			}
			assert.Equal(t, first, r.Table, name)
			require.Len(t, r.Notices, 1)
			assert.Equal(t, "id", r.Notices[0].Column)
			assert.Contains(t, r.Place(2), "row 3")
		}
	}
	assert.Equal(t, "9007199254740995", first.Column("id").String(2))
	assert.Equal(t, []string{"Fair", "Good", "Ideal"}, first.Column("cut").Levels)
	assert.True(t, first.Column("cut").Ordered)
	assert.Equal(t, "2024-03-01T11:00:00Z", first.Column("told").String(0))
}

func TestOnlyWhatIsWanted(t *testing.T) {
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.jsonl"} {
		r, err := Read(sample(name), Options{Columns: []string{"price", "carat"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"carat", "price"}, r.Table.Names())
		_, err = Read(sample(name), Options{Columns: []string{"carrat"}})
		assert.ErrorContains(t, err, `there is no column carrat`)
		assert.ErrorContains(t, err, `did you mean "carat"?`)
	}
	_, err := Read(sample("nested.parquet"), Options{})
	assert.ErrorContains(t, err, "column tags holds lists")
	r, err := Read(sample("nested.parquet"), Options{Columns: []string{"carat"}})
	require.NoError(t, err)
	assert.Equal(t, 60, r.Table.Rows())
	r, err = Read(sample("stones.parquet"), Options{Columns: []string{"id"}, Numbers: []string{"id"}})
	require.NoError(t, err)
	assert.Equal(t, table.Number, r.Table.Columns[0].Type)
	assert.Contains(t, r.Notices[0].What, "more digits than are kept")
}

// A file that was cut anywhere, or of which a byte is another, is an error or a
// table, and nothing else.
func TestDamagedFiles(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.arrows"} {
		whole, err := os.ReadFile(sample(name))
		require.NoError(t, err)
		for n := range len(whole) {
			if n%7 != 0 && n > 64 {
				continue
			}
			_, ok, err := ReadBytes(whole[:n], Options{Name: "f"})
			if ok && name != "stones.arrows" { // a stream may end anywhere between messages
				require.Error(t, err, "%s cut after %d bytes", name, n)
				require.True(t, strings.HasPrefix(err.Error(), "f: "), err.Error())
			}
			damaged := bytes.Clone(whole)
			damaged[n] ^= 0x55
			_, _, _ = ReadBytes(damaged, Options{Name: "f"})
		}
	}
}

func TestLines(t *testing.T) {
	r, err := ReadLines([]byte("{\"a\": 1, \"b\": \"x\\u00e9\", \"c\": true}\n\n{\"b\": null, \"a\": -2.5e1, \"d\": 9007199254740993}\r\n"), Options{Name: "f"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c", "d"}, r.Table.Names())
	assert.Equal(t, []float64{1, -25}, r.Table.Column("a").Num)
	assert.Equal(t, []string{"xé", ""}, r.Table.Column("b").Texts)
	assert.Equal(t, []int32{1, -1}, r.Table.Column("c").Codes)
	assert.Equal(t, []string{"", "9007199254740993"}, r.Table.Column("d").Texts)
	assert.Equal(t, "f:3", r.Place(1))
	r, err = ReadLines([]byte("{\"a\": 1}\n{\"a\": \"x\"}\n"), Options{Name: "f"})
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "x"}, r.Table.Column("a").Texts)
	assert.Contains(t, r.Notices[0].What, "several kinds")
	for text, want := range map[string]string{
		"":                         "f: is empty",
		"[{\"a\": 1}]":             "f:1: is a JSON list",
		"{\"a\": 1}\nx":            "f:2:1: the line does not begin an object",
		"{\"a\": 1":                "f:1:8: the object is not closed",
		"{\"a\": 01}":              "a value is no JSON",
		"{\"a\": 1, \"a\": 2}":     "the name \"a\" stands twice",
		"{\"a\": {\"b\": 1}}":      "f:1: column a holds lists or objects",
		"{\"a\": 1} 2":             "something follows the object",
		"{\"a\": \"\xff\"}":        "not valid UTF-8",
		"{\"a\": 1e999}":           "beyond what a number holds",
		"{\"a\": \"\\u12\"}":       "a value is no JSON",
		"{a: 1}":                   "a name in quotes",
		"{\"a\": tru}":             "a value is no JSON",
		"{\"a\": 1}{\"a\": 2}\n{}": "something follows the object",
	} {
		_, err := ReadLines([]byte(text), Options{Name: "f"})
		assert.ErrorContains(t, err, want, text)
	}
}

// What a file claims is looked at before room is made for it, and what is called
// Parquet or Arrow is never taken for something else.
func TestWhatFilesClaim(t *testing.T) {
	testdata.OnlyComputes(t)
	footer := func(description string) string {
		return "PAR1" + description + string(binary.LittleEndian.AppendUint32(nil, uint32(len(description)))) + "PAR1"
	}
	for _, tt := range []struct{ name, body, want string }{
		{"a.parquet", footer("\x15\x02\x19\xfc\xff\xff\xff\xff\x07"), "claims more than its bytes can hold"},
		{"a.parquet", footer(strings.Repeat("\x1c", 1_000_000)), "nested more than 64 deep"},
		{"a.parquet", footer(strings.Repeat("\x19", 1_000_000)), "nested more than 64 deep"},
		{"a.parquet", footer("\x15\x02\x1b\xff\xff\xff\xff\x07\x88"), "claims more than its bytes can hold"},
		{"a.parquet", "a,b\n1,2\n3,4\n", "does not begin as a Parquet file does"},
		{"a.parquet", "PAR2" + footer("")[4:], "does not begin as a Parquet file does"},
		{"a.arrow", "ARROX1\x00\x00 and more", "does not begin as an Arrow file or stream does"},
		{"a.arrow", "FEA1 and more", "version 1"},
	} {
		_, ok, err := ReadBytes([]byte(tt.body), Options{Name: tt.name})
		assert.True(t, ok)
		assert.ErrorContains(t, err, tt.want)
	}
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "{\"name %d\":1}\n", i)
	}
	_, err := ReadLines([]byte(text.String()), Options{Name: "f"})
	assert.ErrorContains(t, err, "leave more gaps than are taken")
}

// A bound holds whatever the size of the file is.
func TestMost(t *testing.T) {
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.arrows"} {
		data, err := os.ReadFile(sample(name))
		require.NoError(t, err)
		for _, most := range []Bound{{Rows: 59}, {Bytes: 2_000}} {
			_, _, err = ReadBytes(data, Options{Name: "f", Most: most})
			assert.ErrorIs(t, err, csvfile.ErrBound, "%s: %v", name, most)
		}
		r, _, err := ReadBytes(data, Options{Name: "f", Most: Bound{Rows: 60, Bytes: 1 << 20}})
		require.NoError(t, err)
		assert.Equal(t, 60, r.Table.Rows())
	}
}

// TestNamesOfRowsAreNoColumn: pandas leaves them in files, and nobody meant them as a
// column to learn from.
func TestNamesOfRowsAreNoColumn(t *testing.T) {
	rows := table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: []float64{1, 2}},
		&table.Column{Field: table.Field{Name: "__index_level_0__", Type: table.Number}, Num: []float64{7, 8}})
	for _, format := range []Format{Parquet, Arrow, Lines} {
		path := filepath.Join(t.TempDir(), "rows."+string(format))
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, Write(f, rows, format))
		require.NoError(t, f.Close())
		names, err := Names(path, "rows")
		require.NoError(t, err)
		assert.Equal(t, []string{"x"}, names, format)
		for want, columns := range map[int][]string{1: nil, 2: {"x", "__index_level_0__"}} {
			r, err := Read(path, Options{Name: "rows", Columns: columns})
			require.NoError(t, err, format)
			assert.Len(t, r.Table.Columns, want, format)
		}
	}
}
