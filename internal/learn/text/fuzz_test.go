package text

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzVectorizer checks on any text that a fit's rows are those of a later
// transform, sorted, finite, of length 1, and survive the encoding.
func FuzzVectorizer(f *testing.F) {
	f.Add("the quick brown fox", "Straße ΟΔΟΣ 日本語", uint8(2), false)
	f.Add("\x00\xff\xfe a b c", "", uint8(3), true)
	f.Fuzz(func(t *testing.T, a, b string, high uint8, char bool) {
		o := Default()
		o.NGrams = []int{1, 1 + int(high%4)}
		if char {
			o.Analyzer = "char_wb"
		}
		docs := []string{a, b, a + " " + b}
		v, x, err := Fit(docs, o, 2)
		if err != nil {
			return
		}
		again := v.Transform(docs, 1)
		require.Equal(t, x.Indptr, again.Indptr)
		require.True(t, slices.Equal(x.Indices, again.Indices) && slices.Equal(x.Data, again.Data))
		for r := range docs {
			row := x.Data[x.Indptr[r]:x.Indptr[r+1]]
			require.True(t, slices.IsSorted(x.Indices[x.Indptr[r]:x.Indptr[r+1]]))
			sum := 0.0
			for _, w := range row {
				sum += w * w
			}
			if len(row) > 0 {
				require.InDelta(t, 1, math.Sqrt(sum), 1e-9)
			}
		}
		encoded, err := v.MarshalBinary()
		require.NoError(t, err)
		var back Vectorizer
		require.NoError(t, back.UnmarshalBinary(encoded))
		assert.Equal(t, x, back.Transform(docs, 1))
	})
}

// FuzzUnmarshal checks that any bytes give a usable vectorizer or an error.
func FuzzUnmarshal(f *testing.F) {
	v, _, err := Fit([]string{"big data tools", "small data"}, Default(), 1)
	require.NoError(f, err)
	encoded, err := v.MarshalBinary()
	require.NoError(f, err)
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, data []byte) {
		var v Vectorizer
		if v.UnmarshalBinary(data) == nil {
			v.Transform([]string{"big data tools are not small"}, 1)
			for c := range min(v.Cols(), 100) {
				v.Name(c)
			}
		}
	})
}
