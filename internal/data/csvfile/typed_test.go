package csvfile

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

func typedSample() *table.Table {
	nan := math.NaN()
	texts := func(name string, values ...string) *table.Column {
		return &table.Column{Field: table.Field{Name: name, Type: table.Text}, Texts: values}
	}
	return table.New(
		&table.Column{Field: table.Field{Name: "n", Type: table.Number}, Num: []float64{1, nan, -3, 4}},
		texts("cut", "Good", "", "Good", "Fair"),
		texts("amount", "$1", "$2.5", "x", ""),
		texts("day", "01.02.2024", "02.02.2024", "03.02.2024", ""),
		&table.Column{Field: table.Field{Name: "grade", Type: table.Category, Levels: []string{"low", "high"}, Ordered: true}, Codes: []int32{1, -1, 0, 0}},
		&table.Column{Field: table.Field{Name: "told", Type: table.Date, Layout: "2006-01-02"}, Num: []float64{0, 86400, nan, 0}},
	)
}

func rowPlace(row int) string { return fmt.Sprintf("f row %d", row+1) }

func TestTypedKeepsTypes(t *testing.T) {
	f, err := Typed(typedSample(), Options{Name: "f"}, rowPlace)
	require.NoError(t, err)
	assert.Equal(t, table.Category, f.Table.Column("cut").Type, "texts of few words")
	assert.Equal(t, []string{"Fair", "Good"}, f.Table.Column("cut").Levels)
	assert.Equal(t, table.Category, f.Table.Column("day").Type, "no text becomes a date by itself")
	assert.Equal(t, []string{"low", "high"}, f.Table.Column("grade").Levels)
	assert.True(t, f.Table.Column("grade").Ordered)
	assert.Equal(t, "1970-01-02", f.Table.Column("told").String(1))
	assert.True(t, f.Table.Column("n").Integer)
	assert.Equal(t, "f row 3", f.Place("f", 2))
}

func TestTypedObeysDeclarations(t *testing.T) {
	zero := 0.0
	o := Options{Name: "f", DropBad: true, Columns: []Column{
		{Field: table.Field{Name: "n", Min: &zero, Unit: "m"}},
		{Field: table.Field{Name: "amount", Type: table.Number, Layout: "$1234.5"}},
		{Field: table.Field{Name: "day", Type: table.Date, Layout: "02.01.2006"}},
		{Field: table.Field{Name: "grade"}, Labels: map[string]string{"low": "L", "high": "H"}},
		{Field: table.Field{Name: "cut"}, Missing: []string{"Fair"}},
	}}
	f, err := Typed(typedSample(), o, rowPlace)
	require.NoError(t, err)
	assert.Equal(t, 4, f.Rows)
	assert.Equal(t, 3, f.Table.Rows())
	require.Len(t, f.Dropped, 1, "a row is dropped for one reason: the first")
	assert.Equal(t, "n is below 0", f.Dropped[0].Reason)
	assert.Equal(t, "f row 3", f.Dropped[0].Examples[0].Place())
	assert.Equal(t, "f row 4", f.Place("f", 2))
	assert.Equal(t, []float64{1, 2.5}, f.Table.Column("amount").Num[:2])
	assert.Equal(t, "02.02.2024", f.Table.Column("day").String(1))
	assert.Equal(t, []string{"H", "L"}, f.Table.Column("grade").Levels)
	assert.True(t, f.Table.Column("cut").IsMissing(2))
	assert.Equal(t, "m", f.Table.Column("n").Unit)

	o.DropBad = false
	_, err = Typed(typedSample(), o, rowPlace)
	assert.ErrorContains(t, err, `f row 3: n is below 0; found "-3", wanted at least 0`)
	_, err = Typed(typedSample(), Options{Name: "f", Rest: Refuse}, rowPlace)
	assert.ErrorContains(t, err, `column "n" is not declared`)
	_, err = Typed(typedSample(), Options{Name: "f", Columns: []Column{{Field: table.Field{Name: "cutt"}}}}, rowPlace)
	assert.ErrorContains(t, err, `there is no column "cutt"`)
	infinite := table.New(&table.Column{Field: table.Field{Name: "n", Type: table.Number}, Num: []float64{math.Inf(1)}})
	_, err = Typed(infinite, Options{Name: "f"}, rowPlace)
	assert.ErrorContains(t, err, "n is not finite")
	_, err = Typed(typedSample().Take(nil), Options{Name: "f"}, rowPlace)
	assert.ErrorContains(t, err, "has columns but no rows")
}
