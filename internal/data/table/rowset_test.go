package table

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRowSetKnowsItsRowsAmongOthers(t *testing.T) {
	of := func(x []float64, s ...string) *Table {
		return New(&Column{Field: Field{Name: "x", Type: Number}, Num: x}, &Column{Field: Field{Name: "s", Type: Text}, Texts: s})
	}
	data, err := NewRowSet(of([]float64{1, 2, 2}, "a", "b", "b"), 1).MarshalBinary()
	require.NoError(t, err)
	var set RowSet
	require.NoError(t, set.UnmarshalBinary(data))
	assert.True(t, set.Equal(NewRowSet(of([]float64{2, 1}, "b", "a"), 1)), "order and repetition mean nothing")

	later := of([]float64{2, 2, 1}, "b", "a", "a")
	more := New(append(later.Columns, &Column{Field: Field{Name: "derived", Type: Number}, Num: []float64{1, 2, 3}})...)
	for _, asked := range []*Table{later, more} {
		has, err := set.Has(asked)
		require.NoError(t, err)
		assert.Equal(t, []bool{true, false, true}, has)
	}
	_, err = set.Has(later.Select("x"))
	assert.ErrorContains(t, err, `another column "s"`)
}

func FuzzRowSet(f *testing.F) {
	data, _ := NewRowSet(New(&Column{Field: Field{Name: "x", Type: Number}, Num: []float64{3, 4}}), 1).MarshalBinary()
	f.Add(data)
	f.Add([]byte("[]\n12345678"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var set RowSet
		if set.UnmarshalBinary(data) == nil {
			_, err := set.MarshalBinary()
			assert.NoError(t, err)
		}
	})
}
