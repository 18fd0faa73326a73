package jsonrow

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

func ptr(v float64) *float64 { return &v }

var stones = []table.Field{
	{Name: "carat", Type: table.Number, Min: ptr(0), Max: ptr(100)},
	{Name: "cut", Type: table.Category, Levels: []string{"Fair", "Good", "Ideal"}, Ordered: true},
	{Name: "shop", Type: table.Category, Levels: []string{"east", "west"}, Missing: true},
	{Name: "note", Type: table.Text, Missing: true},
	{Name: "sold", Type: table.Date, Layout: "2006-01-02", Missing: true},
}

func decoder() *Decoder { return New(stones, Options{Ignored: []string{"price"}}) }

func TestScanAndDecodeAgree(t *testing.T) {
	for _, body := range []string{
		`{"carat":0.7,"cut":"Ideal"}`,
		` { "cut" : "Fair" , "carat" : 1e1, "shop":"west", "note":"größer", "sold":"2024-02-29", "price": 3 } ` + "\n",
		`{"carat":1,"cut":"Good","note":"lines\n\tand \"quotes\" \\ \/ \b\f\r, \u00e9\u0000\u20AC, größer"}`,
	} {
		d := decoder()
		row := d.NewRow()
		require.True(t, d.Scan([]byte(body), row), body)
		rows, err := d.Decode([]byte(body), 10)
		require.NoError(t, err)
		requireSame(t, rows.Table, row.Table)
	}
}

func requireSame(t *testing.T, a, b *table.Table) {
	t.Helper()
	require.Equal(t, a.Rows(), b.Rows())
	for j, c := range a.Columns {
		for i := range c.Len() {
			require.Equal(t, c.IsMissing(i), b.Columns[j].IsMissing(i), c.Name)
			require.Equal(t, c.String(i), b.Columns[j].String(i), c.Name)
		}
	}
}

func TestFaultsAreAllTold(t *testing.T) {
	_, err := decoder().Decode([]byte(`{"carta": 1, "cut": "Ideel", "note": 5, "sold": "yesterday", "shop": {}, "note": "again"}`), 10)
	var faults *Faults
	require.ErrorAs(t, err, &faults)
	assert.False(t, faults.Syntax)
	var found []string
	for _, f := range faults.List {
		text, _ := json.Marshal(f.Value)
		found = append(found, f.Location+": "+f.Message+" "+string(text)+" "+f.Hint)
	}
	assert.Equal(t, []string{
		`body.carta: there is no field "carta" 1 did you mean "carat"?`,
		`body.cut: cut is none of its levels "Ideel" did you mean "Ideal"?`,
		`body.note: note is no text 5 write it in quotes`,
		`body.sold: sold is no date "yesterday" `,
		`body.shop: shop is no category {} `,
		`body.note: note stands twice "again" `,
		`body.carat: carat is missing null `,
	}, found)
	assert.Equal(t, []string{"Fair", "Good", "Ideal"}, faults.List[1].Allowed)
}

func TestFaults(t *testing.T) {
	const good = `{"carat": 1, "cut": "Fair"}`
	deep := strings.Repeat(`{"carat":`, 20000)
	for body, want := range map[string]string{
		``:                                "the body is empty",
		`5`:                               "neither an object nor a list",
		`[]`:                              "the list is empty",
		`[1]`:                             "body[0]: this is no object",
		`[[` + good:                       "body[0]: this is a list",
		good + good:                       "something follows",
		good[:9]:                          "the JSON ends early",
		"{\"a\xff\"}":                     "not valid UTF-8",
		`{"carat": NaN, "cut": "Fair"}`:   "this is no JSON",
		`{"carat": "1", "cut": "Fair"}`:   "carat is no number",
		`{"carat": 1e999, "cut": "Fair"}`: "carat is no number",
		`{"carat": -1, "cut": "Fair"}`:    "carat is out of its range",
		`{"carat": null, "cut": "Fair"}`:  "carat has no value",
		`{"carat": true, "cut": "Fair"}`:  "carat is no number",
		`[` + good + `,` + good + `,` + good + `]`: "too many rows",
		`[` + good + `,{}]`:                        "body[1].carat: carat is missing (and 1 more)",
		deep:                                       "this is no JSON",
	} {
		_, err := decoder().Decode([]byte(body), 2)
		assert.ErrorContains(t, err, want, "%.60s", body)
		d := decoder()
		assert.False(t, d.Scan([]byte(body), d.NewRow()), "%.60s", body)
		_, ok := d.ScanList([]byte(body), 2)
		assert.False(t, ok, "%.60s", body)
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	_, err := decoder().Decode([]byte(`[`+strings.Repeat(`{"x":1},`, 999)+`{}]`), 1000)
	var faults *Faults
	require.ErrorAs(t, err, &faults)
	assert.Len(t, faults.List, maxListed)
	assert.Equal(t, 999*3+2-maxListed, faults.More)
}

func TestUnknownLevelOfAnOpenCategory(t *testing.T) {
	d := decoder()
	rows, err := d.Decode([]byte(`[{"carat":1,"cut":"Fair","shop":"north"},{"carat":1,"cut":"Fair","shop":"north"}]`), 10)
	require.NoError(t, err)
	shop := rows.Table.Column("shop")
	assert.Equal(t, "north", shop.String(1))
	assert.Len(t, shop.Levels, 3)
	assert.Equal(t, []string{"east", "west"}, stones[2].Levels, "the schema's levels are not touched")

	_, err = New(stones, Options{Closed: true}).Decode([]byte(`{"carat":1,"cut":"Fair","shop":"north"}`), 10)
	assert.ErrorContains(t, err, "shop is none of its levels")
}

// A level needs no quotes where training showed levels that need none.
func TestLevelsWithoutQuotes(t *testing.T) {
	field := func(levels ...string) []table.Field {
		return []table.Field{{Name: "kind", Type: table.Category, Levels: levels}}
	}
	for _, tt := range []struct {
		levels     []string
		raw, level string // "" where it is refused
	}{
		{[]string{"1", "2"}, `2`, "2"}, {[]string{"1", "2"}, `2.0`, "2"}, {[]string{"1", "2"}, `3`, "3"}, {[]string{"1", "2"}, `true`, ""},
		{[]string{"false", "true"}, `true`, "true"}, {[]string{"false", "true"}, `1`, ""},
		{[]string{"east", "west"}, `5`, ""}, {[]string{"east", "west"}, `false`, ""}, {nil, `5`, ""}, {[]string{"01", "0x1"}, `5`, ""},
	} {
		rows, err := New(field(tt.levels...), Options{}).Decode([]byte(`{"kind":`+tt.raw+`}`), 1)
		if tt.level == "" {
			assert.ErrorContains(t, err, "kind is no category", "%v %s", tt.levels, tt.raw)
			continue
		}
		if assert.NoError(t, err, "%v %s", tt.levels, tt.raw) {
			assert.Equal(t, tt.level, rows.Table.Column("kind").String(0))
		}
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	d := New(stones[:4], Options{})
	row, body := d.NewRow(), []byte(`{"carat":0.71,"cut":"Ideal","shop":"west","note":"a present\n"}`)
	require.True(t, d.Scan(body, row), "which makes room for a text without its escapes")
	assert.Zero(t, testing.AllocsPerRun(100, func() { require.True(t, d.Scan(body, row)) }))
}

// A list is scanned into columns that grow: what each object leaves out is missing
// in its row alone.
func TestScanList(t *testing.T) {
	d := decoder()
	body := []byte(` [{"carat":0.7,"cut":"Ideal","shop":"west","note":"é"} , {"cut":"Fair","carat":2e-1,"sold":"2024-05-01"},{"carat":1,"cut":"Good"}] `)
	list, ok := d.ScanList(body, 3)
	require.True(t, ok)
	want, err := d.Decode(body, 3)
	require.NoError(t, err)
	requireSame(t, want.Table, list)
	_, ok = d.ScanList(body, 2)
	assert.False(t, ok, "more than are allowed")
}

// FuzzScan holds Scan and ScanList against Decode: what they take, Decode takes,
// with the same values.
func FuzzScan(f *testing.F) {
	for _, body := range []string{
		`{"carat":0.7,"cut":"Ideal"}`, `{"carat":-0,"cut":"Fair","note":"é"}`, `{"carat":01,"cut":"Fair"}`, `{"carat":0x1p-2,"cut":"Fair"}`,
		`{"carat":1.,"cut":"Fair"}`, `{,"carat":1}`, `{"carat":1,}`, `{"carat":1 "cut":"Fair"}`, `{"cut":"Fa\u0069r","carat":1}`,
		`[{"carat":1,"cut":"Fair"}]`, `{"carat":1,"cut":"Fair","note":"\n\u00e9\uD83D\uDE00"}`, `{"carat":1,"cut":"Fair","note":"\u+123 \x"}`, `{"carat":1,"cut":"Fair","note":"\`, `{"carat":1,"cut":"Fair","sold":"0001-01-01"}`, "{\"carat\":1,\"cut\":\"Fair\",\"note\":\"\xff\"}",
	} {
		f.Add([]byte(body))
	}
	d := decoder()
	f.Fuzz(func(t *testing.T, body []byte) {
		row := d.NewRow()
		scanned := d.Scan(body, row)
		rows, err := d.Decode(body, 100)
		if err != nil {
			require.False(t, scanned, "Decode says %v", err)
			_, ok := d.ScanList(body, 100)
			require.False(t, ok, "Decode says %v", err)
			return
		}
		for _, c := range rows.Table.Columns {
			for _, v := range c.Num {
				require.False(t, math.IsInf(v, 0))
			}
		}
		if scanned {
			requireSame(t, rows.Table, row.Table)
		}
		if list, ok := d.ScanList(body, 100); ok {
			require.True(t, rows.List)
			requireSame(t, rows.Table, list)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	d := decoder()
	row, body := d.NewRow(), []byte(`{"carat":0.71,"cut":"Ideal","shop":"west","note":"a present","price":5.25}`)
	b.ReportAllocs()
	for b.Loop() {
		if !d.Scan(body, row) {
			b.Fatal("not scanned")
		}
	}
}
