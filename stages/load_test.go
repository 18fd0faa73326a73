package stages

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// doLoad runs the kind over files given by name and content.
func doLoad(t *testing.T, with string, cores int, files ...string) (string, stage.Result, error) {
	t.Helper()
	in, out := t.TempDir(), t.TempDir()
	config := stage.Config{Out: out, Cores: cores}
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(in, filepath.Base(files[i]))
		require.NoError(t, os.WriteFile(path, []byte(files[i+1]), 0o666))
		config.Files = append(config.Files, stage.File{Path: files[i], Abs: path})
	}
	return loadFiles(t, with, config)
}

func loadFiles(t *testing.T, with string, config stage.Config) (string, stage.Result, error) {
	t.Helper()
	kind := load()
	config.Params = kind.Params()
	if err := params.DecodeString(with, config.Params); err != nil {
		return "", stage.Result{}, err
	}
	c := stage.New(context.Background(), config)
	err := kind.Run(c)
	return config.Out, c.Result(), err
}

func readTable(t *testing.T, folder, name string) *table.Table {
	t.Helper()
	tab, err := table.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return tab
}

func TestLoad(t *testing.T) {
	out, result, err := doLoad(t, `
path: data/*.csv
columns:
  cut: {order: [Fair, Good, Ideal]}
  price: {type: number, unit: USD, doc: What it cost.}
derive:
  unit price: price / carat
  dear: column("unit price") > 1000
keep: price > 0 && carat > 0`, 1,
		"data/a.csv", "carat,cut,price\n1,Ideal,500\n0,Fair,300\n2,Good,-1\n1,Ideal,500\n0.1,Fair,900\n",
		"data/b.csv", "price,carat,cut\n500,1,Ideal\n700,2,Fair\n")
	require.NoError(t, err)
	tab := readTable(t, out, table.File)
	assert.Equal(t, []string{"carat", "cut", "price", "unit price", "dear"}, tab.Names())
	assert.Equal(t, []float64{500, 500, 900, 700}, tab.Column("price").Num, "equal rows of one file stay, those of another go")
	assert.Equal(t, []float64{0, 0, 1, 0}, tab.Column("dear").Num)
	assert.Equal(t, []string{"Fair", "Good", "Ideal"}, tab.Column("cut").Levels, "declared levels stay")
	assert.Equal(t, "USD", tab.Column("price").Unit)
	var warnings []string
	for _, w := range result.Warnings {
		warnings = append(warnings, w.Text)
	}
	assert.Equal(t, []string{
		"1 row dropped: an earlier file has the row already (first at data/b.csv:2)",
		"1 row dropped: keep: price > 0 (first at data/a.csv:4)",
		"1 row dropped: keep: carat > 0 (first at data/a.csv:3)",
	}, warnings)
	assert.Equal(t, 4.0, result.Metrics[0].Value)
	assert.Equal(t, 3.0, result.Metrics[1].Value)
	assert.Equal(t, []string{"data/b.csv", "2", "0", "1", "0", "1"}, texts(showResult(t, load(), out, result).Blocks[1].Table.Rows[1]))
}

// texts gives a row of a table as people read it.
func texts(row []notebook.Value) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = v.String()
	}
	return out
}

func TestLoadErrors(t *testing.T) {
	a := "carat,cut,price\n1,Ideal,500\n"
	for name, test := range map[string]struct {
		with  string
		files []string
		want  string
	}{
		"other columns":        {"path: '*.csv'", []string{"a.csv", a, "b.csv", "carat,cut,prize\n1,Ideal,5\n"}, `b.csv:1: its columns differ from those of a.csv: it lacks "price", it has besides "prize"` + "\nhint: if \"prize\" is \"price\", rename it"},
		"other type":           {"path: '*.csv'", []string{"a.csv", a, "b.csv", "carat,cut,price\n1,Ideal,many\n"}, "b.csv:2:9: price is not a number"},
		"a duplicate":          {"{path: '*.csv', duplicates: error}", []string{"a.csv", a, "b.csv", a}, "b.csv:2: the row stands in a.csv:2 too"},
		"nothing left":         {"{path: a.csv, keep: price > 1000}", []string{"a.csv", a}, "no row is left; found 1 dropped (keep: price > 1000)"},
		"keep":                 {"{path: a.csv, keep: prize > 1000}", []string{"a.csv", a}, "there is no column \"prize\"\n  prize > 1000"},
		"keep is no condition": {"{path: a.csv, keep: price}", []string{"a.csv", a}, "the formula gives a number"},
		"derive":               {"{path: a.csv, derive: {p: prize + 1}}", []string{"a.csv", a}, "there is no column \"prize\"\n  prize + 1"},
		"derive twice":         {"{path: a.csv, derive: {cut: price + 1}}", []string{"a.csv", a}, "a derived column has the name of another; found \"cut\""},
		"no file":              {"path: x*.csv", nil, "no file matches x*.csv"},
		"no path":              {"{}", nil, "no file is named"},
		"delimiter":            {"{path: a.csv, delimiter: ab}", nil, "not one character"},
		"comma twice":          {"{path: a.csv, delimiter: ',', decimal: ','}", nil, "both decimal point and delimiter"},
		"order of a number":    {"{path: a.csv, columns: {a: {type: number, order: [x]}}}", nil, "only a category has order"},
		"min of a text":        {"{path: a.csv, columns: {a: {type: text, min: 1}}}", nil, "only a number has min"},
		"min above max":        {"{path: a.csv, columns: {a: {min: 2, max: 1}}}", nil, "min is above max"},
		"level twice":          {"{path: a.csv, columns: {a: {order: [x, x]}}}", nil, "stands twice"},
		"amount":               {"{path: a.csv, columns: {a: {type: number, layout: $1000}}}", nil, "the layout has no 1234.5 in it"},
		"layout of a text":     {"{path: a.csv, columns: {a: {type: text, layout: $1234}}}", nil, "only a date or a number has a layout"},
		"layout":               {"{path: a.csv, columns: {a: {type: date, layout: DD.MM.YYYY}}}", nil, "the layout has neither a year nor a time of day"},
		"unknown level":        {"{path: a.csv, columns: {cut: {order: [Fair, Idael]}}}", []string{"data/a.csv", a}, "data/a.csv:2:3: unknown level of cut"},
		"below the minimum":    {"{path: a.csv, columns: {price: {min: 1000}}}", []string{"data/a.csv", a}, "data/a.csv:2:9: price is below 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := doLoad(t, test.with, 1, test.files...)
			require.Error(t, err)
			assert.Contains(t, err.Error(), test.want)
		})
	}
}

func TestLoadBadRows(t *testing.T) {
	out, result, err := doLoad(t, "{path: a.csv, bad_rows: drop, columns: {a: {min: 0}}}", 1, "a.csv", "a,b\n1,x\n-1,y\n3\n4,z\n")
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 4}, readTable(t, out, table.File).Column("a").Num)
	assert.Equal(t, []string{"x", "z"}, readTable(t, out, table.File).Column("b").Levels)
	require.Len(t, result.Warnings, 2)
	assert.Equal(t, "1 row dropped: a is below 0 (first at a.csv:3:1)", result.Warnings[0].Text)
	assert.Equal(t, "a", result.Warnings[0].Column)
}

func TestLoadLabels(t *testing.T) {
	out, _, err := doLoad(t, "{path: a.csv, columns: {l: {labels: {0: .Net Developer, 1: Java}}, t: {type: text}}}", 1, "a.csv", "t,l\nx,1\ny,0\n")
	require.NoError(t, err)
	assert.Equal(t, []string{".Net Developer", "Java"}, readTable(t, out, table.File).Column("l").Levels)
}

// What load leaves must not depend on the cores.
func TestLoadIsDeterministic(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,c\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "%d.%d,k%d\n", i, i%10, i%7)
	}
	var outputs [][]byte
	for _, cores := range []int{1, 2, 8} {
		out, result, err := doLoad(t, "{path: a.csv, keep: n > 3}", cores, "a.csv", b.String())
		require.NoError(t, err)
		data, err := os.ReadFile(filepath.Join(out, table.File))
		require.NoError(t, err)
		cell, err := showResult(t, load(), out, result).Encode()
		require.NoError(t, err)
		outputs = append(outputs, append(data, cell...))
	}
	assert.Equal(t, outputs[0], outputs[1])
	assert.Equal(t, outputs[0], outputs[2])
}

// The shipped data and the fresh drops that come with the reference.
func TestLoadDiamonds(t *testing.T) {
	shipped := filepath.Join(testdata.Root(), "data", "diamonds.csv")
	data, err := os.ReadFile(shipped)
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join(testdata.Root(), "data", "README.md"))
	require.NoError(t, err)
	assert.Contains(t, string(readme), fmt.Sprintf("%x", sha256.Sum256(data)), "the README names the digest")
	config := stage.Config{Out: t.TempDir(), Cores: 2, Files: []stage.File{{Path: "data/diamonds.csv", Abs: shipped}}}
	with := "{path: data/diamonds*.csv, keep: price > 0 && x * y * z > 0}"
	_, result, err := loadFiles(t, with, config)
	require.NoError(t, err)
	assert.Equal(t, 53920.0, result.Metrics[0].Value)
	assert.Equal(t, 28.0, result.Metrics[1].Value)

	fresh := testdata.Shared(t, "diamonds/fresh/2024-02_fresh.csv")
	config.Out, config.Files = t.TempDir(), append(config.Files, stage.File{Path: "data/diamonds_fresh.csv", Abs: fresh})
	out, result, err := loadFiles(t, with, config)
	require.NoError(t, err)
	assert.Equal(t, []string{"data/diamonds_fresh.csv", "801", "0", "798", "3", "0"}, texts(showResult(t, load(), out, result).Blocks[1].Table.Rows[1]),
		"all but the three with typing errors of their own are stones that are known")
}

func TestLoadWarnsOfDoubtfulColumns(t *testing.T) {
	_, result, err := doLoad(t, "{path: a.csv, derive: {ratio: x / zero, none: x + empty}}", 1,
		"a.csv", "x,zero,same,empty,id,price\n1,0,s,,1.5,\"1,5\"\n2,0,s,,9007199254740993,\"2,5\"\n")
	require.NoError(t, err)
	var got []string
	for _, f := range result.Warnings {
		got = append(got, fmt.Sprintf("%s %d: %s", f.Column, f.Count, f.Text))
	}
	assert.Equal(t, []string{
		`id 1: id has 1 number of more digits than are kept, such as "9007199254740993" (a.csv:3); if they are names rather than amounts, declare its type: category or text; else mend them, or declare them under missing`,
		`price 2: price is read as a category, for its decimal point is another, such as "1,5" (a.csv:2); declare decimal: ","`,
		"zero 2: zero is 0 in every row: nothing can be learned from it",
		"same 2: same is s in every row: nothing can be learned from it",
		"empty 2: empty has no value in any row",
		"ratio 2: ratio is missing in every row: x / zero",
		"none 2: none is missing in every row: x + empty",
	}, got)
}

// What cannot work is told where it is written, before any file is read.
func TestLoadParamsAreChecked(t *testing.T) {
	for with, want := range map[string][]string{
		`path: ""`:                               {"line 1: a path is empty", "hint: write path"},
		"path: [a.csv, '']":                      {"a path is empty"},
		"path: /tmp/a.csv":                       {"/tmp/a.csv is outside the project", "hint: copy the file into data/, or link it"},
		"path: data/../../a":                     {"data/../../a is outside the project"},
		"path: a.csv\nkeep: x >> 1":              {"line 2: unexpected token", "   2 | keep: x >> 1\n                ^\n", "x >> 1", "hint: formulas are written like"},
		"path: a.csv\nderive:\n  z: x +\n  y: x": {"line 3: unexpected token"},
		"path: a.csv\nrest: drop\ncolumns: {x: {type: number}}\nkeep: 1 < xx":                {"line 4: there is no column \"xx\"", `did you mean "x"?`},
		"path: a.csv\nrest: error\ncolumns: {x: {levels: [a]}}\nderive: {z: x}\nkeep: z > 1": {"line 5: a text is compared with a number"},
		"path: a.csv\nexpect:\n  - {}":                        {"line 3: an expectation has none of the promises; wanted one of unique, holds"},
		"path: a.csv\nexpect:\n  - unique: a\n    dropped: 0": {"line 3: an expectation has unique and dropped of the promises"},
		"path: a.csv\nexpect:\n  - rows: {}":                  {"line 3: neither min nor max"},
		"path: a.csv\nexpect:\n  - rows: {min: 3, max: 2}":    {"line 3: min is above max"},
		"path: a.csv\nexpect:\n  - holds: x +":                {"line 3: unexpected token"},
		"path: a.csv\nexpect:\n  - missing: {a: 5}":           {"line 3"},
	} {
		err := params.DecodeString(with, load().Params())
		for _, w := range want {
			assert.ErrorContains(t, err, w, with)
		}
	}
	assert.NoError(t, params.DecodeString("path: data/..a/b*.csv\nkeep: unknown > 1", load().Params()))
	assert.NoError(t, params.DecodeString("path: a.csv\nrest: drop\ncolumns: {x: {type: number}}\nderive: {y: x / 2, z: y > 1}\nkeep: z > 0 && x < 3", load().Params()))
}

func TestLoadMissingAsUsual(t *testing.T) {
	out, _, err := doLoad(t, "{path: a.csv, missing: [usual, '-99']}", 1, "a.csv", "x\n1\nNaN\n-99\n")
	require.NoError(t, err)
	assert.Equal(t, 2, table.Outline(readTable(t, out, table.File).Column("x")).Missing)
	for _, line := range params.Lines(load().Params()) {
		assert.NotContains(t, line.Value, "NaN", "the key is shown on pages, where NaN means that something went wrong")
	}
	for _, marker := range csvfile.DefaultMissing {
		assert.Contains(t, fmt.Sprint(params.Describe(load().Params())), marker, "the parameter's doc lists them")
	}
}

// A new file that loses far more of its rows than the old ones is named.
func TestLoadNamesTheFileThatLostRows(t *testing.T) {
	fresh := strings.Repeat("0,1\n", 4) + "5,1\n"
	_, result, err := doLoad(t, "{path: data/*.csv, keep: price > 0}", 1,
		"data/a.csv", "price,b\n"+strings.Repeat("7,1\n8,2\n", 20)+"0,3\n", "data/b.csv", "price,b\n"+fresh)
	require.NoError(t, err)
	var texts []string
	for _, w := range result.Warnings {
		texts = append(texts, w.Text)
	}
	assert.Contains(t, texts, "data/b.csv is unlike the other files: 4 of its 5 rows are kept out, and 2.4% of theirs")
}

// Promises that are broken stop, or are warned of with a code; the cell has all.
func TestLoadExpects(t *testing.T) {
	files := []string{"data/a.csv", "id,price\n1,5\n2,6\n3,\n", "data/b.csv", "id,price\n4,5\n2,7\n"}
	const expect = "{path: data/*.csv, expect: [{unique: id, else: %s}, {missing: {price: 0.5}}]}"
	_, _, err := doLoad(t, fmt.Sprintf(expect, "stop"), 1, files...)
	require.EqualError(t, err, "data/b.csv:3: id should be of one row only: data/a.csv:3 has the same; found id 2, wanted each once\n"+
		"hint: mend the file, or what is expected; else: warn goes on, and reject: rejected goes on without the file")
	out, result, err := doLoad(t, fmt.Sprintf(expect, "warn"), 1, files...)
	require.NoError(t, err)
	require.Len(t, result.Warnings, 1)
	assert.Equal(t, notebook.Finding{Level: notebook.Warning, Code: "C030", Column: "id", Count: 1,
		Text: "data/b.csv:3: id should be of one row only: data/a.csv:3 has the same; found id 2, wanted each once"}, result.Warnings[0])
	var rows [][]string
	for _, row := range showResult(t, load(), out, result).Blocks[2].Table.Rows {
		rows = append(rows, texts(row))
	}
	assert.Equal(t, [][]string{{"unique", "id", "", "1 row", "data/b.csv", "1 file"}, {"missing", "price", "at most 50%", "33.3%", "data/a.csv", "no file"}}, rows)
}
