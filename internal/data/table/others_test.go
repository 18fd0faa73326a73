package table

import (
	"encoding/json"
	"math"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// seen is a column as read.py tells it.
type seen struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Meta    map[string]string `json:"meta"`
	Levels  []string          `json:"levels"`
	Ordered bool              `json:"ordered"`
	PyArrow []any             `json:"pyarrow"`
	Pandas  []any             `json:"pandas"`
	Polars  []any             `json:"polars"`
}

// TestOthersRead: pandas, Polars and pyarrow find in a table's file what is in
// the table.
func TestOthersRead(t *testing.T) {
	python := testdata.Python(t, "pandas", "polars", "pyarrow")
	nan := math.NaN()
	tab := New(
		&Column{Field: Field{Name: "rooms", Type: Number, Integer: true, Unit: "rooms", Doc: "How many."}, Num: []float64{3, nan, 1 << 53}},
		&Column{Field: Field{Name: "area", Type: Number, Unit: "m²"}, Num: []float64{80.5, nan, -0.25}},
		&Column{Field: Field{Name: "state", Type: Category, Levels: []string{"poor", "fair", "good"}, Ordered: true}, Codes: []int32{2, -1, 0}},
		&Column{Field: Field{Name: "sold", Type: Category, Levels: []string{"false", "true"}}, Codes: []int32{1, -1, 0}},
		&Column{Field: Field{Name: "note", Type: Text}, Texts: []string{"a", "", "ü\n"}},
		&Column{Field: Field{Name: "built", Type: Date, Layout: "2006-01-02"}, Num: []float64{-86400, nan, 86400}},
		&Column{Field: Field{Name: "told", Type: Date, Layout: time.RFC3339}, Num: []float64{1.5e9, nan, 0.25}},
	)
	for name, tab := range map[string]*Table{"rows": tab, "no rows": tab.Take(nil)} {
		path := filepath.Join(t.TempDir(), "table.arrow")
		require.NoError(t, tab.WriteFile(path))
		out, err := exec.Command(python, "testdata/read.py", path).Output()
		require.NoError(t, err, "%s", stderrOf(err))
		var columns []seen
		require.NoError(t, json.Unmarshal(out, &columns))
		require.Len(t, columns, len(tab.Columns))
		for i, c := range tab.Columns {
			want := make([]any, c.Len())
			for row := range want {
				switch {
				case c.IsMissing(row):
				case c.Type == Text, c.Type == Category && !isBool(&c.Field):
					want[row] = c.String(row)
				case c.Type == Category:
					want[row] = c.Codes[row] == 1
				default:
					want[row] = c.Num[row]
				}
			}
			assert.Equal(t, want, columns[i].PyArrow, "%s of %s by pyarrow", c.Name, name)
			assert.Equal(t, want, columns[i].Pandas, "%s of %s by pandas", c.Name, name)
			assert.Equal(t, want, columns[i].Polars, "%s of %s by Polars", c.Name, name)
		}
		assert.Equal(t, map[string]string{"unit": "rooms", "description": "How many."}, columns[0].Meta)
		assert.Equal(t, tab.Columns[2].Levels, columns[2].Levels)
		assert.True(t, columns[2].Ordered)
		assert.Equal(t, "date32[day]", columns[5].Type)
		if tab.Rows() > 0 {
			assert.Equal(t, "timestamp[ms, tz=UTC]", columns[6].Type)
		}
	}
}

// TestReadOthers: files that pandas and Polars wrote are tables, compressed or
// not.
func TestReadOthers(t *testing.T) {
	python := testdata.Python(t, "pandas", "polars", "pyarrow")
	for _, compression := range []string{"lz4", "zstd", "uncompressed"} {
		dir := t.TempDir()
		paths := []string{filepath.Join(dir, "pandas.arrow"), filepath.Join(dir, "polars.arrow")}
		_, err := exec.Command(python, append([]string{"testdata/write.py"}, append(paths, compression)...)...).Output()
		require.NoError(t, err, "%s", stderrOf(err))
		for i, path := range paths {
			tab, err := ReadFile(path)
			require.NoError(t, err)
			rows := map[string][]string{
				"whole": {"1", "", "-3"}, "small": {"1", "2", "3"}, "real": {"0.5", "", tab.Column("real").String(2)},
				"flag": {"true", "", "false"}, "grade": {"low", "", "high"}, "text": {"a", "", "ü\n"},
				"when": {"2020-01-02T03:04:05.25", "", "1969-12-31T23:59:59"},
			}
			if i == 0 {
				rows["zoned"] = []string{"2020-01-02T02:04:05Z", "", "2020-07-02T01:04:05Z"}
			} else {
				rows["day"] = []string{"2020-02-29", "", "1969-12-31"}
			}
			for name, want := range rows {
				c := tab.Column(name)
				require.NotNil(t, c, name)
				var got []string
				for row := range want {
					got = append(got, c.String(row))
				}
				assert.Equal(t, want, got, "%s of %s", name, filepath.Base(path))
			}
			assert.Equal(t, -1e300, tab.Column("real").Num[2])
			assert.Equal(t, []string{"low", "middle", "high"}, tab.Column("grade").Levels)
			assert.True(t, tab.Column("grade").Ordered)
			first := encode(t, tab)
			again, err := Decode(first)
			require.NoError(t, err)
			assert.Equal(t, first, encode(t, again))
		}
	}
}

func stderrOf(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}
