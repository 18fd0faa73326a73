package rows_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

func fields() []table.Field {
	zero := 0.0
	return []table.Field{
		{Name: "carat", Type: table.Number, Min: &zero},
		{Name: "cut", Type: table.Category, Levels: []string{"Fair", "Good", "Ideal"}, Ordered: true},
		{Name: "shop", Type: table.Category, Levels: []string{"a", "b"}},
		{Name: "age", Type: table.Number, Missing: true},
		{Name: "sold", Type: table.Date, Layout: "2006-01-02"},
		{Name: "note", Type: table.Text, Missing: true},
	}
}

const stone = `{"carat": 0.7, "cut": "Good", "shop": "c", "sold": "1970-01-02", "note": "<b>", "price": 5}`

func TestReadJSON(t *testing.T) {
	for name, test := range map[string]struct {
		in     string
		format rows.Format
		n      int
	}{
		"object":     {stone, rows.Object, 1},
		"byte order": {"\ufeff" + stone, rows.Object, 1},
		"list":       {"[" + stone + "," + stone + "]", rows.List, 2},
		"lines":      {stone + "\n" + stone + "\n", rows.Lines, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := rows.Read(strings.NewReader(test.in), "in", fields(), "price")
			require.NoError(t, err)
			assert.Equal(t, test.format, r.Format)
			require.Equal(t, test.n, r.Table.Rows())
			assert.Equal(t, 0.7, r.Table.Column("carat").Num[0])
			assert.Equal(t, int32(1), r.Table.Column("cut").Codes[0])
			assert.Equal(t, "c", r.Table.Column("shop").Levels[r.Table.Column("shop").Codes[0]], "a level that is new to the model")
			assert.True(t, math.IsNaN(r.Table.Column("age").Num[0]))
			assert.Equal(t, 86400.0, r.Table.Column("sold").Num[0])
			assert.Equal(t, "<b>", r.Table.Column("note").Texts[0])
		})
	}
	assert.Equal(t, []string{"a", "b"}, fields()[2].Levels)
}

// Every wrong field is named at once, with its path.
func TestReadJSONWrong(t *testing.T) {
	in := `[` + stone + `, {"carat": -1, "cut": "Idel", "shop": [1], "age": "7", "sold": "yesterday", "note": 3, "carrat": 2}]`
	_, err := rows.Read(strings.NewReader(in), "in.json", fields(), "price")
	for _, want := range []string{
		`in.json: [1]: carat is out of its range; found -1, wanted a number from 0`,
		`[1]: cut is none of its levels; found "Idel", wanted one of ["Fair","Good","Ideal"]`, `did you mean "Ideal"?`,
		`[1]: shop is no category; found [1]`,
		`[1]: age is no number; found "7"`,
		`[1]: sold is no date; found "yesterday"`,
		`[1]: note is no text; found 3`,
		`[1].carrat: there is no field "carrat"; found 2`, `did you mean "carat"?`,
	} {
		assert.ErrorContains(t, err, want)
	}

	for _, bad := range []string{"{\n \"carat\": }", "[]", "[7]", stone + "\n7"} {
		_, err = rows.Read(strings.NewReader(bad), "in.json", fields(), "price")
		assert.ErrorContains(t, err, "in.json: ", bad)
	}
	_, err = rows.Read(strings.NewReader(`{}`), "in.json", fields())
	assert.ErrorContains(t, err, `in.json: carat is missing; wanted a number from 0`)
	assert.NotContains(t, err.Error(), "age")
	assert.Contains(t, err.Error(), "hint: add it")
	for _, scalar := range []string{"null", "5", `"x"`, "true"} {
		_, err = rows.Read(strings.NewReader(scalar+"\n"), "in", fields())
		assert.ErrorContains(t, err, "in: line 1 column 1: the body is neither an object nor a list of objects", scalar)
		assert.NotContains(t, err.Error(), "  ", "a space twice")
	}
}

// CSV goes by the rules of JSON: what training never lacked must be there, the
// rest may be left out, and what is not read is not silently so.
func TestReadCSVLacking(t *testing.T) {
	r, err := rows.Read(strings.NewReader(",id,carat,cut,shop,sold,price\n0,k1,0.5,Good,a,1970-01-02,9\n"), "in.csv", fields(), "price")
	require.NoError(t, err)
	assert.Equal(t, []string{"id"}, r.Unread)
	assert.True(t, math.IsNaN(r.Table.Column("age").Num[0]))
	assert.Equal(t, len(fields()), len(r.Table.Columns))

	// Nothing is known of training to fill a gap with.
	_, err = rows.Read(strings.NewReader("carat,cut,shop,sold\n0.5,Good,a,1970-01-02\n,Good,,1970-01-02\n"), "in.csv", fields())
	assert.ErrorContains(t, err, "in.csv:3: carat has no value; wanted a number\nhint: fill it in")
	assert.ErrorContains(t, err, "in.csv:3: shop has no value; wanted a category")
	_, err = rows.Read(strings.NewReader("karat,cut,shop,sold\n0.5,Good,a,1970-01-02\n"), "in.csv", fields())
	assert.ErrorContains(t, err, `there is no column "carat"`)
}

// seen is fields with what training showed of them.
func seen() []table.Field {
	all := fields()
	all[0].Seen = &table.Summary{Count: 9, Quantiles: []float64{0, 1, 2, 3, 4, 0.625, 6, 7, 8, 9, 10}}
	all[1].Seen = &table.Summary{Count: 9, Counts: []int{2, 4, 3}}
	all[2].Seen = &table.Summary{Count: 9, Counts: []int{1, 8}}
	all[4].Seen = &table.Summary{Count: 9, Quantiles: []float64{0, 1, 2, 3, 4, 86400, 6, 7, 8, 9, 10}}
	return all
}

// A gap where training had none is filled with what is usual there, and said; one
// where training had some is the model's to fill.
func TestReadCSVGaps(t *testing.T) {
	r, err := rows.Read(strings.NewReader("carat,cut,shop,age,sold,note\n,,,,,\n1,Ideal,a,7,1970-01-03,x\nNA,Fair,a,,,x\n"), "in.csv", seen())
	require.NoError(t, err)
	assert.Equal(t, []float64{0.625, 1, 0.625}, r.Table.Column("carat").Num)
	assert.Equal(t, "Good", r.Table.Column("cut").String(0))
	assert.Equal(t, "b", r.Table.Column("shop").String(0), "which the file does not have")
	assert.True(t, math.IsNaN(r.Table.Column("age").Num[0]))
	assert.Equal(t, []float64{86400, 2 * 86400, 86400}, r.Table.Column("sold").Num)
	var texts []string
	for _, remark := range r.Remarks {
		texts = append(texts, remark.Text)
	}
	assert.Equal(t, []string{
		"carat has no value in 2 rows, first at in.csv:2: the median in training, 0.625, stands in",
		"cut has no value in 1 row, first at in.csv:2: the most frequent level in training, Good, stands in",
		"shop has no value in 1 row, first at in.csv:2: the most frequent level in training, b, stands in",
		"sold has no value in 2 rows, first at in.csv:2: the median in training, 1970-01-02, stands in",
	}, texts)
}

// What stood for no value in training, and the names that raw values had there,
// hold for other files too.
func TestReadCSVAsLoadDeclared(t *testing.T) {
	fields := []table.Field{
		{Name: "hp", Type: table.Number, Missing: true, Marks: []string{"?", "NA"}},
		{Name: "pay", Type: table.Number, Layout: "$1,234.5", Unit: "$"},
		{Name: "damage", Type: table.Category, Levels: []string{"Major", "None"}, Marks: []string{"NA"}},
		{Name: "kind", Type: table.Category, Levels: []string{"cat", "dog"}, Labels: map[string]string{"1": "cat", "2": "dog"}},
		{Name: "size", Type: table.Category, Levels: []string{"small", "large"}, Ordered: true, Labels: map[string]string{"s": "small", "l": "large"}},
	}
	r, err := rows.Read(strings.NewReader("hp,pay,damage,kind,size\n?,\"$1,200.50\",None,2,s\n7,3,Major,dog,large\nNA,$4,None,1,l\n"), "in.csv", fields)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(r.Table.Column("hp").Num[0]) && math.IsNaN(r.Table.Column("hp").Num[2]))
	assert.Equal(t, []float64{1200.5, 3, 4}, r.Table.Column("pay").Num)
	for name, want := range map[string][]string{"damage": {"None", "Major", "None"}, "kind": {"dog", "dog", "cat"}, "size": {"small", "large", "large"}} {
		var got []string
		for row := range 3 {
			got = append(got, r.Table.Column(name).String(row))
		}
		assert.Equal(t, want, got, name)
	}
	assert.Empty(t, r.Remarks)
}

// The forms that load can be told of are found.
func TestReadCSVForms(t *testing.T) {
	for name, in := range map[string]string{
		"semicolons, decimal comma": "carat;cut;shop;sold\n0,5;Good;é;1970-01-02\n",
		"decimal point, tab":        "carat\tcut\tshop\tsold\n0.5\tGood\té\t1970-01-02\n",
		"a delimiter of its own":    "carat#cut#shop#sold\n0.5#Good#é#1970-01-02\n",
		"byte order mark":           "\ufeffcarat,cut,shop,sold\n0.5,Good,é,1970-01-02\n",
		"windows-1252":              "carat,cut,shop,sold\n0.5,Good,\xe9,1970-01-02\n",
		"utf-16":                    utf16("carat,cut,shop,sold\n0.5,Good,é,1970-01-02\n"),
	} {
		r, err := rows.Read(strings.NewReader(in), "in.csv", seen())
		require.NoError(t, err, name)
		assert.Equal(t, 0.5, r.Table.Column("carat").Num[0], name)
		assert.Equal(t, "é", r.Table.Column("shop").String(0), name)
		var out bytes.Buffer
		require.NoError(t, r.Write(&out, &rows.Answers{Target: table.Field{Name: "price"}, Values: []float64{1}}), name)
		assert.Contains(t, out.String(), "é", name)
		assert.Equal(t, name == "windows-1252", len(r.Remarks) > 0, name)
	}
}

func utf16(s string) string {
	out := []byte("\xff\xfe")
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// Every bad row is named, up to a bound.
func TestReadCSVNamesAllBadRows(t *testing.T) {
	in := "carat,cut,shop,sold\n1,Good,a,1970-01-02\nx,Good,a,1970-01-02\n2,Goood,a,1970-01-02\n3,Good\n4,Good,a,today\n-1,Good,a,1970-01-02\n"
	_, err := rows.Read(strings.NewReader(in), "in.csv", seen())
	for _, want := range []string{
		`in.csv:3:1: carat is not a number; found "x", wanted a number` + "\nhint: mend it\n",
		`in.csv:4:3: unknown level of cut; found "Goood"`, `in.csv:5: the row has a wrong number of fields`,
		`in.csv:6:10: sold is not a date like 2006-01-02; found "today"`, `in.csv:7:1: carat is below 0; found "-1"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = rows.Read(strings.NewReader("carat,cut,shop,sold\n"+strings.Repeat("x,Good,a,1970-01-02\n", 1000)), "in.csv", seen())
	assert.ErrorContains(t, err, "in.csv:10:1: carat is not a number")
	assert.ErrorContains(t, err, "1000 of 1000 rows cannot be read; these are the first")
	assert.Less(t, len(err.Error()), 2000)
}

func TestWrite(t *testing.T) {
	read := func(in string) *rows.Rows {
		r, err := rows.Read(strings.NewReader(in), "in", fields(), "price")
		require.NoError(t, err)
		return r
	}
	write := func(r *rows.Rows, a *rows.Answers) string {
		var out bytes.Buffer
		require.NoError(t, r.Write(&out, a))
		return out.String()
	}
	number := &rows.Answers{Model: "m@1", Target: table.Field{Name: "price", Unit: "USD"}, Values: []float64{12.5, math.NaN()}}
	assert.Equal(t, `{"price": 12.5, "unit": "USD", "model": "m@1"}`+"\n", write(read(stone), number))
	assert.Equal(t, "[\n  "+`{"price": 12.5, "unit": "USD", "model": "m@1"}`+",\n  "+`{"price": null, "unit": "USD", "model": "m@1"}`+"\n]\n",
		write(read("["+stone+","+stone+"]"), number))

	ranged := *number
	ranged.Low, ranged.High, ranged.Level = []float64{11, 0}, []float64{14, 1}, 0.9
	assert.Equal(t, `{"price": 12.5, "unit": "USD", "low": 11, "high": 14, "level": 0.9, "model": "m@1"}`+"\n", write(read(stone), &ranged))

	class := &rows.Answers{Model: "m@1", Target: table.Field{Name: "kind"}, Values: []float64{1},
		Classes: []string{"<x>", "y"}, Probabilities: []float64{.25, .75}}
	assert.Equal(t, `{"kind": "y", "probabilities": {"<x>": 0.25, "y": 0.75}, "model": "m@1"}`+"\n", write(read(stone), class))

	csv := "carat;cut;shop;age;sold;note;price\n0.5;Fair;a;;1970-01-02;\"x;y\";1\n"
	assert.Equal(t, "carat;cut;shop;age;sold;note;price;predicted_price\n0.5;Fair;a;;1970-01-02;\"x;y\";1;12.5\n", write(read(csv), number))
	assert.Equal(t, "carat;cut;shop;age;sold;note;price;predicted_price;low_price;high_price\n0.5;Fair;a;;1970-01-02;\"x;y\";1;12.5;11;14\n", write(read(csv), &ranged))
	assert.Equal(t, "carat;cut;shop;age;sold;note;price;predicted_kind;p_<x>;p_y\n0.5;Fair;a;;1970-01-02;\"x;y\";1;y;0.25;0.75\n", write(read(csv), class))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(stone))
	f.Add([]byte("[" + stone + "]"))
	f.Add([]byte("carat,cut,shop,age,sold,note\n1,Fair,a,,1970-01-01,x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := rows.Read(bytes.NewReader(data), "in", fields())
		if err == nil {
			assert.Len(t, r.Table.Columns, len(fields()))
			a := &rows.Answers{Target: table.Field{Name: "y"}, Values: make([]float64, r.Table.Rows())}
			assert.NoError(t, r.Write(&bytes.Buffer{}, a))
		}
	})
}

// A table with types is answered as the CSV that it would be.
func TestReadTyped(t *testing.T) {
	fields := []table.Field{{Name: "carat", Type: table.Number, Layout: "1234.5 ct"}, {Name: "cut", Type: table.Category, Levels: []string{"Fair", "Good", "Ideal"}, Ordered: true},
		{Name: "day", Type: table.Date, Layout: "02.01.2006"}, {Name: "told", Type: table.Date, Layout: "unix"}}
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.arrows"} {
		data, err := os.ReadFile(filepath.Join(testdata.Root(), "testdata", "formats", name))
		require.NoError(t, err)
		r, err := rows.Read(bytes.NewReader(data), name, fields, "price")
		require.NoError(t, err)
		assert.Equal(t, rows.CSV, r.Format)
		assert.Equal(t, []string{"id", "sold"}, r.Unread)
		assert.Equal(t, 60, r.Table.Rows())
		assert.Equal(t, "01.01.2024", r.Table.Column("day").String(0))
		assert.Equal(t, 1709290800.0, r.Table.Column("told").Num[0])
		assert.True(t, rows.Binary(data))
		_, err = rows.Read(bytes.NewReader(data[:len(data)/2]), name, fields, "price")
		if name != "stones.arrows" {
			assert.ErrorContains(t, err, "cut short")
		}
	}
	nested, err := os.ReadFile(filepath.Join(testdata.Root(), "testdata", "formats", "nested.parquet"))
	require.NoError(t, err)
	_, err = rows.Read(bytes.NewReader(nested), "n", fields, "price")
	assert.ErrorContains(t, err, "hint: make columns of it first, one a value, or leave it out")
	assert.NotContains(t, err.Error(), "rest: drop")
	lines := "{\"carat\": 1, \"cut\": \"Good\", \"day\": \"01.02.2024\", \"told\": 5, \"more\": true}\n"
	_, whole, err := rows.ReadWhole(strings.NewReader(lines), "l", []table.Field{{Name: "carat", Type: table.Number}})
	require.NoError(t, err)
	assert.Equal(t, []string{"carat", "cut", "day", "told", "more"}, whole.Names())
}
