package dataset

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// sources writes files given by name and content.
func sources(t *testing.T, files ...string) []Source {
	t.Helper()
	folder := t.TempDir()
	var all []Source
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(folder, files[i])
		require.NoError(t, os.WriteFile(path, []byte(files[i+1]), 0o666))
		all = append(all, Source{files[i], path})
	}
	return all
}

func number(v float64) *float64 { return &v }

func TestExpectations(t *testing.T) {
	jan := "shop,day,net,tax\nA,1,10,1\nA,2,20,2\nB,1,30,\n"
	feb := "shop,day,net,tax\nA,3,-1,1\nA,1,20,3\nA,4,-5,\nB,4,1,\nC,,1,\nC,,2,\n"
	for name, test := range map[string]struct {
		e      Expectation
		keep   string
		wanted string // "" where it holds
		kept   Kept
	}{
		"unique": {Expectation{Promise: Unique, Columns: []string{"shop", "day"}}, "",
			"feb.csv:3: shop and day should be of one row only: jan.csv:2 has the same; found shop A, day 1, wanted each once",
			Kept{Of: "shop, day", Farthest: 1, File: "feb.csv", Broken: 1}},
		"unique without its twin":      {Expectation{Promise: Unique, Columns: []string{"shop", "day"}}, "tax != 1", "", Kept{Of: "shop, day"}},
		"a missing value is no value":  {Expectation{Promise: Unique, Columns: []string{"day", "net"}}, "", "", Kept{Of: "day, net"}},
		"a relation that holds":        {Expectation{Promise: Holds, Formula: "net > 0 || net >= -5"}, "", "", Kept{Of: "net > 0 || net >= -5"}},
		"a relation of rows kept only": {Expectation{Promise: Holds, Formula: "net > 0"}, "net > 0", "", Kept{Of: "net > 0"}},
		"a relation": {Expectation{Promise: Holds, Formula: "net > 0 && not missing(net)"}, "shop != 'C'",
			"feb.csv:2: what is expected is not true of the row (and of 1 row after it); found net -1, wanted net > 0 && not missing(net)",
			Kept{Of: "net > 0 && not missing(net)", Farthest: 2, File: "feb.csv", Broken: 1}},
		"too few rows": {Expectation{Promise: Rows, Least: number(4)}, "", "jan.csv: has fewer or more rows than expected; found 3 rows, wanted at least 4 rows",
			Kept{Farthest: 3, File: "jan.csv", Broken: 1}},
		"too many rows": {Expectation{Promise: Rows, Least: number(1), Most: number(5)}, "", "feb.csv: has fewer or more rows than expected; found 6 rows, wanted 1 row to 5 rows",
			Kept{Farthest: 6, File: "feb.csv", Broken: 1}},
		"rows": {Expectation{Promise: Rows, Least: number(3), Most: number(6)}, "", "", Kept{Farthest: 3, File: "jan.csv"}},
		"missing": {Expectation{Promise: Missing, Columns: []string{"tax"}, Most: number(.5)}, "",
			"feb.csv: tax is missing more often than expected; found 67%, 4 of 6 rows, wanted at most 50%", Kept{Of: "tax", Farthest: 4. / 6, File: "feb.csv", Broken: 1}},
		"missing enough": {Expectation{Promise: Missing, Columns: []string{"tax"}, Most: number(4. / 6)}, "", "", Kept{Of: "tax", Farthest: 4. / 6, File: "feb.csv"}},
		"dropped": {Expectation{Promise: Dropped, Most: number(.2)}, "net > 0", "feb.csv: more of its rows are kept out than expected; found 33%, 2 of 6 rows, wanted at most 20%",
			Kept{Farthest: 2. / 6, File: "feb.csv", Broken: 1}},
		"shift": {Expectation{Promise: Shift, Columns: []string{"net"}, Most: number(.8)}, "",
			"feb.csv: net is farther from the files before it than expected; found 0.83: its mean is 3, and 20 in the file before it, wanted at most 0.8",
			Kept{Of: "net", Farthest: 5. / 6, File: "feb.csv", Broken: 1}},
		"shift of levels": {Expectation{Promise: Shift, Columns: []string{"shop"}, Most: number(.3)}, "",
			`feb.csv: shop is farther from the files before it than expected; found 0.33: "C" in 33% of its rows, and in 0% in the file before it, wanted at most 0.3`,
			Kept{Of: "shop", Farthest: 1. / 3, File: "feb.csv", Broken: 1}},
	} {
		files := sources(t, "jan.csv", jan, "feb.csv", feb)
		o := Options{Duplicates: DropLater, Keep: test.keep, Expect: []Expectation{test.e}}
		_, err := Read(files, o)
		if test.wanted == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, test.wanted, name)
			assert.ErrorContains(t, err, "hint: mend the file", name)
		}
		o.Expect[0].Warn = true
		d, err := Read(files, o)
		require.NoError(t, err, name)
		test.kept.Promise, test.kept.Least, test.kept.Most = test.e.Promise, test.e.Least, test.e.Most
		require.Len(t, d.Kept, 1, name)
		assert.InDelta(t, test.kept.Farthest, d.Kept[0].Farthest, 1e-12, name)
		d.Kept[0].Farthest = test.kept.Farthest
		if test.kept.Farthest > 0 {
			assert.Equal(t, test.kept, d.Kept[0], name)
		}
		assert.Len(t, d.Breaches, test.kept.Broken, name)
	}
}

func TestExpectationsOfWhatIsNotThere(t *testing.T) {
	files := sources(t, "a.csv", "x,note\n1,one two three\n")
	for name, test := range map[string]struct {
		e      Expectation
		wanted string
	}{
		"a column":      {Expectation{Promise: Unique, Columns: []string{"y"}, Parameter: "expect[0].unique"}, "expect names a column that the table does not have; found \"y\""},
		"no condition":  {Expectation{Promise: Holds, Formula: "x + 1", Parameter: "expect[0].holds"}, "the formula gives a number"},
		"another":       {Expectation{Promise: Holds, Formula: "y > 1", Parameter: "expect[0].holds"}, `there is no column "y"`},
		"text that has": {Expectation{Promise: Shift, Columns: []string{"note"}, Most: number(.1), Parameter: "expect[0].shift.note"}, "the shift of a text is not measured"},
	} {
		o := Options{Expect: []Expectation{test.e}}
		o.CSV.Columns = append(o.CSV.Columns, csvfile.Column{Field: table.Field{Name: "note", Type: table.Text}})
		_, err := Read(files, o)
		require.ErrorContains(t, err, test.wanted, name)
		assert.True(t, params.IsFault(err), name)
	}
}

// TestDistances compares with the statistic of scipy.stats.ks_2samp (1.14) of the same
// numbers, and with the definition.
func TestDistances(t *testing.T) {
	a := []float64{1, 2, 2, 3, 5, 8}
	b := []float64{2, 3, 3, 9, math.NaN(), 10}
	c := []float64{-4, 2, 2.5}
	column := &table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: append(append(append([]float64{}, a...), b...), c...)}
	got := distances(column, []int{0, 6, 12, 15})
	assert.False(t, got[0].known, "nothing is before it")
	assert.InDelta(t, .4, got[1].distance, 1e-12)
	assert.InDelta(t, naive(c, append(a, b...)), got[2].distance, 1e-12)
	assert.InDelta(t, .6363636363636364, got[2].distance, 1e-12)
}

// naive is the definition.
func naive(x, y []float64) float64 {
	below := func(values []float64, at float64) float64 {
		n, all := 0, 0
		for _, v := range values {
			if !math.IsNaN(v) {
				all++
				if v <= at {
					n++
				}
			}
		}
		return float64(n) / float64(all)
	}
	most := 0.0
	for _, at := range append(append([]float64{}, x...), y...) {
		if !math.IsNaN(at) {
			most = max(most, math.Abs(below(x, at)-below(y, at)))
		}
	}
	return most
}
