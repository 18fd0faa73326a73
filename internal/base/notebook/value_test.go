package notebook

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Values with the words for them and their JSON.
func TestValues(t *testing.T) {
	for _, v := range []struct {
		value      Value
		words, was string
	}{
		{Value{}, "", `""`},
		{Text("cut"), "cut", `"cut"`},
		{Count(53940), "53,940", `{"number":{"value":53940,"form":"count"}}`},
		{Count(1204).Of(53940), "1,204 (2.2%)", `{"number":{"value":1204,"form":"count","of":53940}}`},
		{Numeral(.7, 4), "0.7", `{"number":{"value":0.7,"form":"number","digits":4}}`},
		{Numeral(1999, 0), "1999", `{"number":{"value":1999,"form":"number"}}`},
		{Measure(.7, 3), "0.700", `{"number":{"value":0.7,"form":"measured","digits":3}}`},
		{Measure(245.31, 4).In("USD").Within(236.72, 253.94), "245.3 USD [236.7, 253.9]",
			`{"number":{"value":245.31,"form":"measured","digits":4,"unit":"USD","interval":[236.72,253.94]}}`},
		{Fixed(.0004, 3).Signed(), "0.000", `{"number":{"value":0.0004,"form":"fixed","digits":3,"signed":true}}`},
		{Fixed(-.0004, 3), "0.000", `{"number":{"value":-0.0004,"form":"fixed","digits":3}}`},
		{Fixed(1234.5, 1).Signed(), "+1,234.5", `{"number":{"value":1234.5,"form":"fixed","digits":1,"signed":true}}`},
		{Fixed(1, 2).Spread(.1), "1.00 ± 0.10", `{"number":{"value":1,"form":"fixed","digits":2,"spread":0.1}}`},
		{Percent(.25, 1).Named("Ideal"), "Ideal 25.0 %", `{"text":"Ideal","number":{"value":25,"form":"fixed","digits":1,"unit":"%"}}`},
		{Date(1e9), "2001-09-09 01:46:40", `{"number":{"value":1000000000,"form":"date"}}`},
		{Date(86400), "1970-01-02", `{"number":{"value":86400,"form":"date"}}`},
		{Date(3723.5), "01:02:03.5", `{"number":{"value":3723.5,"form":"date"}}`},
		{Measure(math.NaN(), 3), "–", `{"number":{"value":null,"form":"measured","digits":3}}`},
		{Numeral(math.Inf(1), 0), "–", `{"number":{"value":"Infinity","form":"number"}}`},
		{Texts([]string{"a", "b", "c"}, 2), "a, b and 1 more", `{"list":{"items":["a","b"],"more":1}}`},
		{Between(Count(1), Count(9).In("mm")), "1 to 9 mm",
			`{"list":{"items":[{"number":{"value":1,"form":"count"}},{"number":{"value":9,"form":"count","unit":"mm"}}],"as":"ends"}}`},
	} {
		assert.Equal(t, v.words, v.value.String())
		data, err := json.Marshal(v.value)
		require.NoError(t, err)
		assert.Equal(t, v.was, string(data))
		var again Value
		require.NoError(t, json.Unmarshal(data, &again))
		assert.Equal(t, v.words, again.String())
	}
}

// A heading that says the unit takes it off the values below, and of no other.
func TestUnitInTheHeading(t *testing.T) {
	c := Column{Name: "MAE", Unit: "USD"}
	assert.Equal(t, "245.3 [236.7, 253.9]", c.Under(Measure(245.31, 4).In("USD").Within(236.72, 253.94)))
	assert.Equal(t, "245.3 EUR", c.Under(Measure(245.31, 4).In("EUR")))
}

// A column of numbers may have gaps, and no words.
func TestNumericColumns(t *testing.T) {
	table := Table{Columns: Columns("a", "b", "c", "d", "e")}
	table.Row(Count(1), Text("x"), Value{}, Count(1).Named("about"), Value{})
	table.Row(Value{}, Count(1), Value{}, Count(2))
	for column, numeric := range []bool{true, false, false, false, false} {
		assert.Equal(t, numeric, table.Numeric(column), column)
	}
}

// Tables of before held texts; they are read as such.
func TestTablesOfBefore(t *testing.T) {
	var table Table
	require.NoError(t, json.Unmarshal([]byte(`{"columns":["a","b"],"align":"lr","rows":[["x","1,204"]],"best":[0]}`), &table))
	assert.Equal(t, Table{Columns: Columns("a", "b"), Rows: [][]Value{{Text("x"), Text("1,204")}}, Best: []int{0}}, table)
}

// What was decoded is written in words and encoded to the same bytes ever after.
func FuzzValueJSON(f *testing.F) {
	f.Add([]byte(`{"text":"a","number":{"value":null,"form":"date","interval":[1,2],"of":0}}`))
	f.Add([]byte(`{"list":{"items":["a",{"list":{"items":[]}}],"more":-1}}`))
	f.Add([]byte(`{"number":{"value":1e300,"form":"fixed","digits":-3,"spread":1e-300}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second Value
		if json.Unmarshal(data, &first) != nil {
			return
		}
		_ = first.String()
		once, err := json.Marshal(first)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(once, &second))
		again, err := json.Marshal(second)
		require.NoError(t, err)
		if !reflect.DeepEqual(once, again) {
			t.Fatalf("%s, then %s", once, again)
		}
	})
}
