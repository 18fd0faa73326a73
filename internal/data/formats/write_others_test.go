package formats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// told is a column as others.py is told it: times in whole microseconds, dates in
// days, null where nothing is, and -0 as a text.
type told struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"` // int, float, bool, category, text, date, time, zoned
	Unit    string   `json:"unit"`
	Doc     string   `json:"doc"`
	Levels  []string `json:"levels"`
	Ordered bool     `json:"ordered"`
	Values  []any    `json:"values"`
}

// TestOthersRead: pandas, Polars, pyarrow and DuckDB find in the files of random
// tables what is in the tables: values, nulls, levels with their order, times
// with their zone, units and documentation.
func TestOthersRead(t *testing.T) {
	python := testdata.Python(t, "pandas", "polars", "pyarrow", "duckdb")
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(14, 2))
	for i := range testdata.Studies(50) {
		tab := randomTable(r)
		schema, err := tab.Schema()
		require.NoError(t, err)
		var columns []told
		for j, c := range tab.Columns {
			columns = append(columns, tell(c, schema.Field(j).Type))
		}
		data, err := json.Marshal(columns)
		require.NoError(t, err)
		path := filepath.Join(dir, fmt.Sprintf("%05d", i))
		require.NoError(t, os.WriteFile(path+".json", data, 0o666))
		for _, f := range []Format{CSV, Parquet, Arrow, Lines} {
			out, err := os.Create(path + "." + string(f))
			require.NoError(t, err)
			require.NoError(t, Write(out, tab, f))
			require.NoError(t, out.Close())
		}
	}
	out, err := exec.Command(python, filepath.Join(testdata.Root(), "internal", "testdata", "python", "others.py"), dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// tell gives a column as others are told it.
func tell(c *table.Column, typ arrow.DataType) told {
	out := told{Name: c.Name, Unit: c.Unit, Doc: c.Doc, Levels: c.Levels, Ordered: c.Ordered, Values: make([]any, c.Len())}
	units := 1.0
	switch typ := typ.(type) {
	case *arrow.BooleanType:
		out.Type = "bool"
	case *arrow.DictionaryType:
		out.Type = "category"
	case *arrow.StringType:
		out.Type = "text"
	case *arrow.Int64Type:
		out.Type = "int"
	case *arrow.Date32Type:
		out.Type, units = "date", 1.0/(24*60*60)
	case *arrow.TimestampType:
		out.Type, units = "time", 1e6
		if typ.TimeZone != "" {
			out.Type = "zoned"
		}
	default:
		out.Type = "float"
	}
	for i := range out.Values {
		switch {
		case c.IsMissing(i):
		case out.Type == "bool":
			out.Values[i] = c.Codes[i] == 1
		case c.Type == table.Category || c.Type == table.Text:
			out.Values[i] = c.String(i)
		case out.Type == "float" && c.Num[i] == 0 && math.Signbit(c.Num[i]):
			out.Values[i] = "-0.0"
		case out.Type == "float":
			out.Values[i] = c.Num[i]
		default:
			out.Values[i] = int64(math.Round(c.Num[i] * units))
		}
	}
	return out
}
