package expression

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var nan = math.NaN()

func stones() *table.Table {
	date := func(s string) float64 {
		t, _ := time.Parse(time.DateOnly, s)
		return float64(t.Unix())
	}
	return table.New(
		&table.Column{Field: table.Field{Name: "price", Type: table.Number}, Num: []float64{326, -1, nan}},
		&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: []float64{2, 0, 3}},
		&table.Column{Field: table.Field{Name: "bill length", Type: table.Number}, Num: []float64{1, 2, 3}},
		&table.Column{Field: table.Field{Name: "cut", Type: table.Category, Levels: []string{"Fair", "Very Good", "Ideal"}, Ordered: true}, Codes: []int32{2, 1, -1}},
		&table.Column{Field: table.Field{Name: "color", Type: table.Category, Levels: []string{"D", "E"}}, Codes: []int32{1, -1, 0}},
		&table.Column{Field: table.Field{Name: "note", Type: table.Text}, Texts: []string{"Äpfel", "", "b"}},
		&table.Column{Field: table.Field{Name: "sold", Type: table.Date}, Num: []float64{date("2012-01-31"), date("2013-06-03"), nan}},
	)
}

func TestBools(t *testing.T) {
	for source, want := range map[string]string{
		"price > 0":                            "100",
		"price > 0 && x * x * x > 0":           "100",
		"price != 326":                         "010",
		"price <= 0 or x >= 3":                 "011",
		"not (price > 0)":                      "011",
		"missing(price)":                       "001",
		"missing(1/x)":                         "010",
		"1/x > 0":                              "101",
		"(price ?? 5) == 5":                    "001",
		"0 < price < 1000":                     "100",
		`cut == "Ideal"`:                       "100",
		`cut != "Ideal"`:                       "010",
		`cut >= "Very Good"`:                   "110",
		`"Very Good" < cut`:                    "100",
		`color in ["D", "E"]`:                  "101",
		`color not in ["D"]`:                   "110",
		`x in [0, 3]`:                          "011",
		`x in [-1, 2.0]`:                       "100",
		`note contains "pf" || note == "b"`:    "101",
		`note startsWith "b"`:                  "001",
		`note matches "^.p"`:                   "100",
		`sold < "2013-01-01"`:                  "100",
		`sold >= date("2013-01-01")`:           "010",
		`missing(sold)`:                        "001",
		`column("bill length") > 1`:            "011",
		`let v = x + 1; v * v > 4`:             "101",
		`true`:                                 "111",
		`(x > 1) == (price > 0)`:               "110",
		`if x > 1 { true } else { price < 0 }`: "111",
	} {
		t.Run(source, func(t *testing.T) {
			tab := stones()
			e, err := Compile(source, tab.Fields())
			require.NoError(t, err)
			values, err := e.Bools(tab)
			require.NoError(t, err)
			got := ""
			for _, v := range values {
				got += map[bool]string{true: "1", false: "0"}[v]
			}
			assert.Equal(t, want, got)
			assert.Equal(t, stones().Columns[0].Num[:2], tab.Columns[0].Num[:2], "the table is not changed")
		})
	}
}

func TestNumbers(t *testing.T) {
	for source, want := range map[string][]float64{
		"price / x":                      {163, nan, nan},
		"-x ** 2":                        {-4, 0, -9},
		"7 % x":                          {1, nan, 1},
		"log(x)":                         {math.Log(2), nan, math.Log(3)},
		"max(x, 2.5, price)":             {326, 2.5, nan},
		"min(x, 1)":                      {1, 0, 1},
		"abs(price) | sqrt() | floor()":  {18, 1, nan},
		"x > 1 ? x : -x":                 {2, 0, 3},
		"len(note)":                      {5, nan, 1},
		`number("1.5") + number(note)`:   {nan, nan, nan},
		"year(sold) * 100 + month(sold)": {201201, 201306, nan},
		"weekday(sold)":                  {2, 1, nan},
		`sold - "2012-01-30"`:            nil,
		`sold - date("2012-01-30")`:      {1, 490, nan},
		"x > 1":                          {1, 0, 1},
		"price ?? x":                     {326, -1, 3},
	} {
		t.Run(source, func(t *testing.T) {
			tab := stones()
			e, err := Compile(source, tab.Fields())
			if want == nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			got, err := e.Numbers(tab)
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got))
		})
	}
}

func TestStrings(t *testing.T) {
	tab := stones()
	for source, want := range map[string][]string{
		`color + "-" + cut`:               {"E-Ideal", "", ""},
		`upper(note)`:                     {"ÄPFEL", "", "B"},
		`color ?? "none"`:                 {"E", "none", "D"},
		`x > 1 ? "large" : "small"`:       {"large", "small", "large"},
		`x > 2 ? "l" : x > 1 ? "m" : "s"`: {"m", "s", "l"},
	} {
		e, err := Compile(source, tab.Fields())
		require.NoError(t, err, source)
		got, err := e.Strings(tab)
		require.NoError(t, err)
		assert.Equal(t, want, got, source)
	}
}

func TestColumn(t *testing.T) {
	tab := stones()
	for source, want := range map[string]*table.Column{
		`x > 1 ? "large" : "small"`: {Field: table.Field{Name: "n", Type: table.Category, Levels: []string{"large", "small"}}, Codes: []int32{0, 1, 0}},
		"x * 2":                     {Field: table.Field{Name: "n", Type: table.Number, Integer: true}, Num: []float64{4, 0, 6}},
		"x > 1":                     {Field: table.Field{Name: "n", Type: table.Number, Integer: true}, Num: []float64{1, 0, 1}},
	} {
		e, err := Compile(source, tab.Fields())
		require.NoError(t, err, source)
		got, err := e.Column("n", tab)
		require.NoError(t, err)
		assert.Equal(t, want, got, source)
	}
}

func TestErrors(t *testing.T) {
	for source, want := range map[string]string{
		"":                          "empty",
		"price >":                   "unexpected token",
		"prise > 0":                 "there is no column \"prise\"\n  prise > 0\n  ^\nhint: did you mean \"price\"?",
		"x > 0 && prise > 0":        "\n           ^\n",
		"sqr(x)":                    "did you mean \"sqrt\"",
		"now() > sold":              "there is no function now",
		"cut > 5":                   "a text is compared with a number",
		`cut == "Idael"`:            "cut has no level \"Idael\"",
		`cut in ["Idael"]`:          "did you mean \"Ideal\"",
		`price > "a"`:               "a number is compared with a text",
		`sold > "yesterday"`:        "this is not a date",
		`note == ""`:                "ask missing(x)",
		"price + cut":               "this is a text where a number is needed",
		"price && x":                "this is a number where a true or false is needed",
		"price.x":                   "values have no members",
		"nil":                       "ask missing(x)",
		"map([1], # + 1)":           "there is no function map",
		"[1, 2]":                    "not part of formulas",
		"x in price":                "in wants a list",
		"x in [price]":              "constants only",
		"min(x)":                    "two or more",
		"log(x, 2)":                 "log takes one value",
		`note matches "("`:          "missing closing",
		"true < false":              "no order",
		"x > 1 ? 1 : \"a\"":         "this is a text where a number is needed",
		strings.Repeat("(", 20_000): "too long",
		"column(price)":             "one text written in the formula",
		"x == missing(x)":           "compared with",
	} {
		_, err := Compile(source, stones().Fields())
		var d *diag.Error
		require.ErrorAs(t, err, &d, source)
		assert.Contains(t, err.Error(), want)
		assert.NotEmpty(t, d.Hint, source)
	}
}

// Names are checked before there are values to check the rest by.
func TestCheck(t *testing.T) {
	columns := []string{"price", "bill length"}
	for source, want := range map[string]string{
		"price >":                          "unexpected token",
		"prise > 0 && x > 0":               "there is no column \"prise\"\n  prise > 0 && x > 0\n  ^\nhint: did you mean \"price\"?",
		"sqr(price)":                       "there is no function sqr",
		"hours(sold) > 1":                  "there is no function hours",
		`column("bill lenth") > 1`:         "there is no column \"bill lenth\"",
		"let v = prise; v + 1":             "there is no column \"prise\"",
		"price > 0":                        "",
		`column("bill length") > price`:    "",
		"let v = price; missing(v) || v>":  "unexpected token",
		"let v = price; missing(v)":        "",
		"price + date(\"2024-01-31\") > 1": "", // types are not known yet
	} {
		err := Check(source, columns)
		if want == "" {
			assert.NoError(t, err, source)
			continue
		}
		assert.ErrorContains(t, err, want, source)
	}
	assert.NoError(t, Check("prise > 0", nil), "the columns are not known")
}

func TestConjuncts(t *testing.T) {
	tab := stones()
	e, err := Compile("price > 0 && (x > 1 or x < -1) and not missing(cut)", tab.Fields())
	require.NoError(t, err)
	var parts []string
	for _, p := range e.Conjuncts() {
		parts = append(parts, p.String())
		_, err := p.Bools(tab)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"price > 0", "x > 1 or x < -1", "not missing(cut)"}, parts)
}

func TestWrongUse(t *testing.T) {
	tab := stones()
	e, err := Compile("price + 1", tab.Fields())
	require.NoError(t, err)
	_, err = e.Bools(tab)
	assert.ErrorContains(t, err, "the formula gives a number")
	_, err = e.Numbers(tab.Without("price"))
	assert.ErrorContains(t, err, "needs the column price")
}

// Blocks must not show.
func TestManyRows(t *testing.T) {
	c := &table.Column{Field: table.Field{Name: "x", Type: table.Number}}
	for i := range 5000 {
		c.Num = append(c.Num, float64(i))
	}
	tab := table.New(c)
	e, err := Compile("(x > 2500 ? x : -x) * 2 + 1", tab.Fields())
	require.NoError(t, err)
	got, err := e.Numbers(tab)
	require.NoError(t, err)
	for i, v := range got {
		want := float64(-2*i + 1)
		if i > 2500 {
			want = float64(2*i + 1)
		}
		require.Equal(t, want, v)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"price > 0", `cut in ["Ideal"] ? 1 : x`, "let v = x; v ?? price", `sold - date("2012-01-30") > 3`, "x | abs()", `note matches "a"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tab := stones()
		e, err := Compile(source, tab.Fields())
		if err == nil {
			require.NoError(t, Check(source, tab.Names()), "what compiles is right before there is a table")
			require.NoError(t, Check(source, nil))
		} else {
			_ = Check(source, tab.Names())
		}
		if err != nil {
			var d *diag.Error
			require.True(t, errors.As(err, &d) && d.Hint != "")
			return
		}
		_, err = e.Column("new", tab)
		if e.Kind() != Bool {
			require.NoError(t, err)
		}
		_, _ = e.Bools(tab)
	})
}

func BenchmarkKeep(b *testing.B) {
	const rows = 53_940
	columns := []*table.Column{}
	for _, name := range []string{"price", "x", "y", "z"} {
		c := &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: make([]float64, rows)}
		for i := range c.Num {
			c.Num[i] = float64(i % 100)
		}
		columns = append(columns, c)
	}
	tab := table.New(columns...)
	for b.Loop() {
		e, err := Compile("price > 0 && x * y * z > 0", tab.Fields())
		require.NoError(b, err)
		_, err = e.Bools(tab)
		require.NoError(b, err)
	}
}
