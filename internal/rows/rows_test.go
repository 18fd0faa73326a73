package rows_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/rows"
	"labbook/internal/table"
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
	r, err := rows.Read(strings.NewReader("id,carat,cut,shop,sold,price\nk1,0.5,Good,a,1970-01-02,9\n"), "in.csv", fields(), "price")
	require.NoError(t, err)
	assert.Equal(t, []string{"id"}, r.Unread)
	assert.True(t, math.IsNaN(r.Table.Column("age").Num[0]))
	assert.Equal(t, len(fields()), len(r.Table.Columns))

	_, err = rows.Read(strings.NewReader("carat,cut,shop,sold\n0.5,Good,a,1970-01-02\n,Good,,1970-01-02\n"), "in.csv", fields())
	assert.ErrorContains(t, err, "in.csv:3: carat has no value; wanted a number\nhint: fill it in")
	assert.ErrorContains(t, err, "in.csv:3: shop has no value; wanted a category")
	_, err = rows.Read(strings.NewReader("karat,cut,shop,sold\n0.5,Good,a,1970-01-02\n"), "in.csv", fields())
	assert.ErrorContains(t, err, `there is no column "carat"`)
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
