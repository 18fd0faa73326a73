package explore_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/show/explored"
	"labbook/internal/show/render"
	"labbook/internal/testdata"
)

func number(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

func category(name string, values ...string) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Category}}
	codes := map[string]int32{}
	for _, v := range values {
		if v == "" {
			c.Codes = append(c.Codes, -1)
			continue
		}
		if _, ok := codes[v]; !ok {
			codes[v] = int32(len(c.Levels))
			c.Levels = append(c.Levels, v)
		}
		c.Codes = append(c.Codes, codes[v])
	}
	return c
}

func texts(name string, values ...string) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Text}, Texts: values}
}

// wide makes a table of many columns of all types.
func wide(rows, columns int) *table.Table {
	r := rand.New(rand.NewPCG(3, 4))
	base := make([]float64, rows)
	for i := range base {
		base[i] = math.Exp(r.NormFloat64())
	}
	all := []*table.Column{number("target", base...)}
	for j := 1; j < columns; j++ {
		switch j % 5 {
		case 0:
			c := &table.Column{Field: table.Field{Name: fmt.Sprintf("category %d", j), Type: table.Category}}
			for l := range 3 + j%7 {
				c.Levels = append(c.Levels, fmt.Sprintf("level %d", l))
			}
			for range rows {
				c.Codes = append(c.Codes, int32(r.IntN(len(c.Levels)+1)-1))
			}
			all = append(all, c)
		case 1:
			c := &table.Column{Field: table.Field{Name: fmt.Sprintf("date %d", j), Type: table.Date}}
			for i := range rows {
				c.Num = append(c.Num, 1.3e9+float64(i)*86400/10)
			}
			all = append(all, c)
		default:
			c := number(fmt.Sprintf("number %d", j))
			for i := range rows {
				v := base[i]*float64(j%4) + r.NormFloat64()
				if r.IntN(50) == 0 {
					v = math.NaN()
				}
				c.Num = append(c.Num, v)
			}
			all = append(all, c)
		}
	}
	return table.New(all...)
}

// kept gives the facts as they come back from their file.
func kept(t testing.TB, facts *explore.Facts) *explore.Facts {
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, facts.Save(func(name string, data []byte) error { return os.WriteFile(path(name), data, 0o666) }))
	require.NoError(t, facts.Table.WriteFile(path(table.File)))
	again, err := explore.Open(&artifact.Artifact{Files: []artifact.Blob{
		{Name: explore.File, Path: path(explore.File)}, {Name: table.File, Path: path(table.File)},
	}})
	require.NoError(t, err)
	require.Equal(t, facts.Findings(), again.Findings())
	return again
}

// draw shows a table; what is shown of facts that were kept is what is shown of
// those that were measured.
func draw(t testing.TB, tab *table.Table, o explore.Options, cores int) ([]byte, *notebook.Cell, []notebook.Finding) {
	t.Helper()
	facts, err := explore.Describe(context.Background(), tab, o, nil, cores)
	require.NoError(t, err)
	var cell notebook.Cell
	require.NoError(t, explored.Show(context.Background(), kept(t, facts), &cell, cores))
	data, err := cell.Encode()
	require.NoError(t, err)
	return data, &cell, facts.Findings()
}

// Of more than six columns with gaps the rest are counted, in words that fit.
func TestManyColumnsMissValues(t *testing.T) {
	for _, tt := range []struct {
		columns int
		want    string
	}{{7, "\n1 more column misses values; see the table"}, {14, "\n8 more columns miss values; see the table"}} {
		var columns []*table.Column
		for i := range tt.columns {
			columns = append(columns, number(fmt.Sprint("c", i), 1, math.NaN(), 3, 4, float64(i)))
		}
		_, _, found := draw(t, table.New(columns...), options(""), 1)
		assert.Contains(t, said(found), tt.want)
	}
}

// Texts are not measured by associations, so that these tell nothing about them.
func TestTextsAreNotSaidToTellNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var y, x, words []string
	for range 400 {
		y, x = append(y, fmt.Sprint("class ", r.IntN(2))), append(x, fmt.Sprint("level ", r.IntN(2)))
		words = append(words, fmt.Sprintf("some words about %d and %d", r.IntN(1000), r.IntN(1000)))
	}
	_, _, found := draw(t, table.New(category("y", y...), category("x", x...)), options("y"), 1)
	assert.Contains(t, said(found), "no column by itself tells anything about y")
	_, _, found = draw(t, table.New(category("y", y...), category("x", x...), texts("resume", words...)), options("y"), 1)
	assert.NotContains(t, said(found), "no column by itself")
	assert.Contains(t, said(found), "no number, category or date by itself tells anything about y (the strongest association is")
	assert.Contains(t, said(found), "what resume tells is not measured so")
}

func options(target string, group ...string) explore.Options {
	o := explore.Defaults()
	o.Target, o.Group = target, group
	return o
}

func figures(cell *notebook.Cell) []*notebook.Figure {
	var all []*notebook.Figure
	for _, b := range cell.Blocks {
		if b.Figure != nil {
			all = append(all, b.Figure)
		}
		all = append(all, b.Gallery...)
	}
	return all
}

func wellFormed(t *testing.T, f *notebook.Figure) {
	t.Helper()
	drawn, err := render.HTML(f)
	assert.NoError(t, err, f.Alt)
	assert.NotRegexp(t, `NaN|\bInf\b`, drawn+f.Alt)
}

func said(findings []notebook.Finding) string {
	var s string
	for _, f := range findings {
		s += f.Text + "\n"
	}
	return s
}

// Every table has a page: also the ones that nobody should model.
func TestAnyTable(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		table  *table.Table
		target string
		says   string
	}{
		{"no columns", table.New(), "", "the table has no columns"},
		{"no rows", table.New(number("a"), category("b"), texts("c")), "a", "the table has no rows"},
		{"one row", table.New(number("a", 1), category("b", "x"), texts("c", "hello")), "a", "only 1 row"},
		{"all missing", table.New(number("a", nan, nan), category("b", "", ""), texts("c", "", "")), "b", "3 columns are empty (a, b, c): drop"},
		{"constant", table.New(number("a", 2, 2, 2), number("b", 1, 2, 4)), "b", "1 column is constant (a)"},
		{"only text", table.New(texts("t", "one", "two words", "three")), "", "only 3 rows"},
		{"infinite spread", table.New(number("a", -1e308, 1e308, 0, 1e-300), number("b", 1, 2, 3, 4)), "b", "only 4 rows"},
		{"text target", table.New(texts("t", "one", "two"), number("a", 1, 2)), "t", "only 2 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, cell, findings := draw(t, c.table, options(c.target), 2)
			assert.Contains(t, said(findings), c.says)
			for _, f := range figures(cell) {
				wellFormed(t, f)
			}
		})
	}
}

func TestUnknownTarget(t *testing.T) {
	_, err := explore.Describe(context.Background(), table.New(number("price", 1)), options("prise"), nil, 1)
	require.ErrorContains(t, err, `did you mean "price"?`)
}

func TestFindings(t *testing.T) {
	n := 400
	r := rand.New(rand.NewPCG(1, 1))
	id, x, twin, price, size := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	class, tag := make([]string, n), make([]string, n)
	for i := range n {
		id[i] = float64(i + 1)
		x[i] = 5 + r.NormFloat64()
		twin[i] = 2*x[i] + 0.01*r.NormFloat64()
		price[i] = math.Exp(x[i])
		size[i] = 10 + r.Float64()
		class[i], tag[i] = "common", fmt.Sprintf("tag%d", i%3)
	}
	size[7], size[9] = 0, 0
	class[5] = "rare"
	bmi := append([]float64(nil), x...)
	for i := range 16 {
		bmi[i*9] = math.NaN()
	}
	_, _, findings := draw(t, table.New(number("id", id...), number("x", x...), number("twin", twin...),
		number("size", size...), number("bmi", bmi...), texts("tag", tag...), number("price", price...)), options("price"), 2)
	text := said(findings)
	assert.Contains(t, text, "price is right-skewed (")
	assert.Contains(t, text, ": consider target: log\n")
	assert.Contains(t, text, "x, twin and bmi are nearly collinear (|r| > .95)")
	assert.Contains(t, text, "id looks like a row number: drop it")
	assert.Contains(t, text, "column bmi misses 4.0%")
	assert.Contains(t, text, "size has 2 zeros far below all other values")
	assert.Contains(t, text, "tag is text with only 3 different values")
	assert.Contains(t, text, "tell most about price")

	_, _, findings = draw(t, table.New(category("class", class...), number("x", x...)), options("class"), 1)
	assert.Contains(t, said(findings), `classes of class are unbalanced: "common" has 399 rows, "rare" only 1`)

	_, _, findings = draw(t, table.New(number("a", 1, 2, 1, math.NaN(), math.NaN()), texts("b", "x", "y", "x", "", "")), options(""), 1)
	assert.Contains(t, said(findings), "2 rows repeat an earlier row in every column (40%)")
}

// The statistics and associations are those of numpy 1.24.2 and scipy 1.10.1
// (Debian 12's python3): see testdata/statistics.py.
func TestStatistics(t *testing.T) {
	a := []float64{3, 1.5, 4, 1, 5.5, 9, 2, 6, 5, 35}
	p := explore.NewProfile(number("a", a...))
	assert.InDelta(t, 7.2, p.Mean, 1e-12)
	assert.InDelta(t, 10.061477691340041, p.StdDev, 1e-12)
	assert.InDelta(t, 2.8365989462320953, p.Skew, 1e-12)
	assert.InDelta(t, 2.25, p.Q1, 1e-12)
	assert.InDelta(t, 4.5, p.Median, 1e-12)
	assert.InDelta(t, 5.875, p.Q3, 1e-12)
	assert.Equal(t, 1, p.Tukey)
	assert.Equal(t, 1, p.Far)

	b := []float64{2, 1, math.NaN(), 3, 4, 8, 1, 5, 6, 20}
	g := []string{"u", "u", "v", "u", "v", "w", "u", "w", "w", "w"}
	h := []string{"m", "m", "m", "m", "n", "n", "m", "n", "n", "n"}
	links, err := explore.Associate(context.Background(), table.New(number("a", a...), number("b", b...), category("g", g...), category("h", h...)), 2)
	require.NoError(t, err)
	assert.InDelta(t, 0.9768141805484668, links[1][0], 1e-12, "Pearson")
	assert.InDelta(t, 0.570982262557618, links[2][0], 1e-12, "η")
	assert.InDelta(t, 0.806225774829855, links[3][2], 1e-12, "V")
}

func TestSameBytesWhateverTheCores(t *testing.T) {
	tab := wide(3000, 20)
	one, _, _ := draw(t, tab, options("target"), 1)
	two, _, _ := draw(t, tab, options("target"), 2)
	assert.True(t, bytes.Equal(one, two))
}

// A page stays under a megabyte, however wide the table.
func TestBudget(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, target := range []string{"target", "category 5", ""} {
		data, _, _ := draw(t, wide(20_000, 60), options(target), 2)
		t.Logf("target %q: %d kB", target, len(data)/1000)
		assert.Less(t, len(data), 1_000_000, target)
	}
}

// Text from data stays text (the shared data's C74): it is escaped in drawings.
func TestHostileValues(t *testing.T) {
	evil := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(2)>`, `'><svg/onload=alert(3)>`, "</text></svg><script>\x00\x01\u202e", "\xff\xfe"}
	var levels []string
	var values []float64
	for i := range 200 {
		levels, values = append(levels, evil[i%len(evil)]), append(values, float64(i%17))
	}
	_, cell, _ := draw(t, table.New(category(evil[0], levels...), number(evil[1], values...), number("x]]>&amp;", values...)), options(evil[1], evil[0]), 2)
	for _, f := range figures(cell) {
		wellFormed(t, f)
		drawn, err := render.HTML(f)
		require.NoError(t, err)
		assert.NotContains(t, drawn, "<script>")
		assert.NotContains(t, drawn, "<img")
		assert.NotContains(t, drawn, "<svg/")
	}
}

func BenchmarkDiamonds(b *testing.B) {
	f, err := csvfile.Read(testdata.Shared(b, "diamonds/diamonds_ggplot2_full.csv.gz"), csvfile.Options{Cores: 2})
	require.NoError(b, err)
	for b.Loop() {
		draw(b, f.Table, options("price"), 2)
	}
}

// TestLook leaves a page to be looked at: LABBOOK_LOOK names a folder,
// LABBOOK_CSV a file and LABBOOK_TARGET its target.
func TestLook(t *testing.T) {
	dir := os.Getenv("LABBOOK_LOOK")
	if dir == "" {
		t.Skip("set LABBOOK_LOOK to a folder to look at a page")
	}
	f, err := csvfile.Read(os.Getenv("LABBOOK_CSV"), csvfile.Options{Cores: 2})
	require.NoError(t, err)
	data, cell, findings := draw(t, f.Table, options(os.Getenv("LABBOOK_TARGET")), 2)
	t.Logf("%d kB\n%s", len(data)/1000, said(findings))
	html := "<!doctype html><style>" + render.CSS() + "</style><body style='width:500px'>"
	for _, f := range figures(cell) {
		drawn, err := render.HTML(f)
		require.NoError(t, err)
		html += "<figure class=plot>" + drawn + "</figure>"
	}
	require.NoError(t, os.WriteFile(dir+"/explore.html", []byte(html), 0o666))
}

// FuzzOpen reads any exploration beside a table: it is refused, or can be shown.
func FuzzOpen(f *testing.F) {
	tab := table.New(number("x", 1, 2, 3, 4), category("y", "a", "b", "a", "b"), texts("t", "one two", "two", "three", "one"))
	dir := f.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(f, tab.WriteFile(path(table.File)))
	for _, target := range []string{"", "y", "x"} {
		facts, err := explore.Describe(f.Context(), tab, options(target), nil, 1)
		require.NoError(f, err)
		require.NoError(f, facts.Save(func(_ string, data []byte) error { f.Add(data); return nil }))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(path(explore.File), data, 0o666))
		facts, err := explore.Open(&artifact.Artifact{Files: []artifact.Blob{
			{Name: explore.File, Path: path(explore.File)}, {Name: table.File, Path: path(table.File)},
		}})
		if err != nil {
			return
		}
		facts.Findings()
		var cell notebook.Cell
		_ = explored.Show(t.Context(), facts, &cell, 1) // what is written is of no bytes that Save makes
		_, err = cell.Encode()
		require.NoError(t, err)
	})
}
