package dataset

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

func namesOf(rejected []Rejected) (names []string) {
	for _, r := range rejected {
		names = append(names, r.Name)
	}
	return names
}

// Whatever files are like, those are left out that a person would leave out who added
// one file after the other, and the rest says what it says of the others read alone.
func TestRejectsWhatDoesNotFitTheFilesBefore(t *testing.T) {
	rejected := 0
	for seed := range uint64(45) {
		r := rand.New(rand.NewPCG(seed, 7))
		var files []string
		for f := range 7 {
			var b strings.Builder
			b.WriteString("id,group,price,old\n")
			wild := r.IntN(3) == 0
			for range 2 + r.IntN(6) {
				price, group, old := fmt.Sprint(1+r.IntN(9)), string("abc"[r.IntN(3)]), ""
				switch n := r.IntN(12); {
				case wild && n == 0:
					price = "x"
				case wild && n == 1:
					price = "-1"
				case wild && n < 5:
					group = ""
				}
				if f > 2 {
					old = fmt.Sprint(r.IntN(2))
					if wild {
						old = "y"
					}
				}
				fmt.Fprintf(&b, "%d,%s,%s,%s\n", r.IntN(400), group, price, old)
			}
			files = append(files, fmt.Sprintf("%d.csv", f), b.String())
		}
		all := sources(t, files...)
		o := Options{CSV: csvfile.Options{Rest: csvfile.Drop, DropBad: seed%2 == 0, Columns: []csvfile.Column{{Field: table.Field{Name: "id", Type: table.Number}},
			{Field: table.Field{Name: "group"}}, {Field: table.Field{Name: "old"}}, {Field: table.Field{Name: "price", Type: table.Number}}}},
			Duplicates: []Duplicates{KeepAll, DropLater, Refuse}[seed%3], Keep: "price > -2",
			Expect: []Expectation{{Promise: Unique, Columns: []string{"id"}}, {Promise: Holds, Formula: "price > 0"}, {Promise: Rows, Least: number(3)},
				{Promise: Missing, Columns: []string{"group"}, Most: number(.3)}, {Promise: Dropped, Most: number(.2)}, {Promise: Shift, Columns: []string{"price"}, Most: number(.8)}}}
		var in []Source
		var out []string
		for _, source := range all {
			if _, err := Read(append(in[:len(in):len(in)], source), o); err == nil {
				in = append(in, source)
			} else {
				out = append(out, source.Name)
			}
		}
		rejected += len(out)
		o.Reject = true
		d, err := Read(all, o)
		if len(in) == 0 {
			require.ErrorContains(t, err, "none is left")
			continue
		}
		require.NoError(t, err, "seed %d", seed)
		assert.Equal(t, out, namesOf(d.Rejected), "seed %d", seed)
		o.Reject = false
		alone, err := Read(in, o)
		require.NoError(t, err)
		var a, b bytes.Buffer
		require.NoError(t, alone.Table.Write(&a))
		require.NoError(t, d.Table.Write(&b))
		assert.Equal(t, a.Bytes(), b.Bytes(), "seed %d", seed)
		d.Rejected, d.Table, alone.Table = nil, nil, nil
		assert.Equal(t, alone, d, "seed %d", seed)
	}
	assert.Greater(t, rejected, 45)
}

func TestRejected(t *testing.T) {
	good := "shop,price\nA,1\nB,2\n"
	for name, test := range map[string]struct {
		files  []string
		out    []string
		why    string
		wanted string // error where none is left
	}{
		"a file of another kind that comes first": {[]string{"0.csv", "name,age\nx,1\n", "1.csv", good, "2.csv", "shop,price\nC,3\n"}, []string{"0.csv"},
			"0.csv: its columns are not those of 2 other files; found age, name, wanted price, shop", ""},
		"a broken line":       {[]string{"1.csv", good, "2.csv", "shop,price\nA\n"}, []string{"2.csv"}, "2.csv:2: the row has a wrong number of fields", ""},
		"an empty file":       {[]string{"1.csv", "", "2.csv", good}, []string{"1.csv"}, "1.csv: ", ""},
		"half a Parquet file": {[]string{"1.csv", good, "2.parquet", "PAR1xxxx"}, []string{"2.parquet"}, "2.parquet: ", ""},
		"all of them":         {[]string{"1.csv", "shop,price\nA,x\n", "2.csv", "shop,price\nA,-1\n"}, nil, "", "2.csv:2: what is expected is not true of the row; found price -1, wanted price > 0"},
	} {
		d, err := Read(sources(t, test.files...), Options{Reject: true, Duplicates: DropLater, CSV: csvfile.Options{Rest: csvfile.Infer, Columns: []csvfile.Column{{Field: table.Field{Name: "price", Type: table.Number}}}},
			Expect: []Expectation{{Promise: Holds, Formula: "price > 0"}}})
		if test.wanted != "" {
			require.ErrorContains(t, err, "none is left; found 2 files, wanted at least one", name)
			assert.ErrorContains(t, err, test.wanted, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.out, namesOf(d.Rejected), name)
		assert.Contains(t, d.Rejected[0].Why[0].Clause(), test.why, name)
	}
	// A promise about a column that is nowhere is no file's fault.
	_, err := Read(sources(t, "1.csv", good), Options{Reject: true, Expect: []Expectation{{Promise: Unique, Columns: []string{"day"}, Parameter: "expect[0].unique"}}})
	assert.ErrorContains(t, err, "expect names a column that the table does not have")
}
