package formats

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// truth is a table that another program wrote, as tables.py tells it.
type truth struct {
	File    string
	Rows    int
	Columns []struct {
		Name, Kind string
		Levels     []string
		Ordered    bool
		Values     []*string
	}
}

// TestReadOthers: what pyarrow, pandas, Polars and DuckDB write is read as they
// mean it: values, what is missing, levels and their order, all digits of whole
// numbers, and moments with their zone. There are 50 tables, or as many as
// LABBOOK_NIGHT says.
func TestReadOthers(t *testing.T) {
	python := testdata.Python(t, "pandas", "polars", "pyarrow", "duckdb")
	dir := t.TempDir()
	count := testdata.Studies(50)
	seed := "1"
	if count > 50 {
		seed = strconv.Itoa(count)
	}
	script := filepath.Join(testdata.Root(), "internal", "testdata", "python", "tables.py")
	out, err := exec.Command(python, script, dir, strconv.Itoa(count), seed).CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := os.Open(filepath.Join(dir, "truth.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	tables := 0
	for ; lines.Scan(); tables++ {
		var want truth
		require.NoError(t, json.Unmarshal(lines.Bytes(), &want))
		if err := want.check(filepath.Join(dir, want.File)); err != nil {
			t.Errorf("%s: %v", want.File, err)
		}
	}
	require.NoError(t, lines.Err())
	require.Equal(t, count, tables)
}

func (w *truth) check(path string) error {
	r, err := Read(path, Options{Cores: 2})
	if err != nil {
		return err
	}
	if n := len(r.Table.Columns); n != len(w.Columns) || r.Table.Rows() != w.Rows {
		return fmt.Errorf("%d columns of %d rows, of %d and %d", n, r.Table.Rows(), len(w.Columns), w.Rows)
	}
	for i, want := range w.Columns {
		c := r.Table.Columns[i]
		if c.Name != want.Name {
			return fmt.Errorf("column %q is called %q", want.Name, c.Name)
		}
		for row, value := range want.Values {
			if err := same(c, row, want.Kind, value); err != nil {
				return fmt.Errorf("column %q, a %s, row %d: %w", c.Name, want.Kind, row+1, err)
			}
		}
		if want.Levels == nil || len(want.Values) == 0 {
			continue
		}
		if c.Type != table.Category || c.Ordered != want.Ordered {
			return fmt.Errorf("column %q is a %s, ordered %v", c.Name, c.Type, c.Ordered)
		}
		if want.Ordered && fmt.Sprint(c.Levels) != fmt.Sprint(want.Levels) {
			return fmt.Errorf("column %q has the levels %q of %q", c.Name, c.Levels, want.Levels)
		}
	}
	return nil
}

// same says whether a value is the one that was meant.
func same(c *table.Column, row int, kind string, want *string) error {
	if want == nil {
		if !c.IsMissing(row) {
			return fmt.Errorf("%q is missing", c.String(row))
		}
		return nil
	}
	got := c.String(row)
	switch kind {
	case "float", "decimal", "whole":
		v, _ := strconv.ParseFloat(*want, 64)
		if c.Type == table.Number {
			if math.Float64bits(c.Num[row]) != math.Float64bits(v) && c.Num[row] != v {
				return fmt.Errorf("%v is %s", c.Num[row], *want)
			}
			return nil
		}
	case "long":
		if c.Type == table.Number { // where a number holds it
			if got = fmt.Sprintf("%.0f", c.Num[row]); got == "-0" {
				got = "0"
			}
		}
	case "moment", "time":
		got = fmt.Sprintf("%.0f", math.Round(c.Num[row]*1e6))
	}
	if got != *want {
		return fmt.Errorf("%q is %q", got, *want)
	}
	return nil
}
