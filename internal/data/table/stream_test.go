package table

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func streamed(t testing.TB, tables ...*Table) []byte {
	var b bytes.Buffer
	s, err := NewStream(&b, tables[0])
	require.NoError(t, err)
	for _, each := range tables {
		require.NoError(t, s.Write(each))
	}
	require.NoError(t, s.Close())
	return b.Bytes()
}

func TestStream(t *testing.T) {
	x := &Column{Field: Field{Name: "x", Type: Number}, Num: []float64{1, math.NaN(), 3}}
	all := New(x)
	r := NewReader(bytes.NewReader(streamed(t, all.Slice(0, 2), all.Slice(2, 3), all.Slice(0, 0))), 1<<16)
	for _, rows := range []int{2, 1, 0} {
		got, err := r.Next()
		require.NoError(t, err)
		assert.Equal(t, rows, got.Rows())
	}
	_, err := r.Next()
	assert.Equal(t, io.EOF, err)

	cut := streamed(t, all)
	for n := range len(cut) - 8 {
		r := NewReader(bytes.NewReader(cut[:n]), 1<<16)
		if _, err := r.Next(); n > 0 {
			require.Error(t, err)
		}
	}
	_, err = NewReader(strings.NewReader("Loading the model\n"), 1<<16).Next()
	assert.ErrorIs(t, err, ErrFormat)
	assert.ErrorContains(t, err, `it begins with "Loading the model\n"`)
	_, err = NewReader(bytes.NewReader(cut), 64).Next()
	assert.ErrorIs(t, err, ErrFormat, "a message that is larger than is taken")
}

// FuzzReader holds the reader of streams to surviving any bytes.
func FuzzReader(f *testing.F) {
	good := streamed(f, New(&Column{Field: Field{Name: "x", Type: Number}, Num: []float64{1, math.NaN()}}))
	f.Add(good)
	for _, at := range []int{4, 8, 20, len(good) / 2, len(good) - 20} {
		bad := bytes.Clone(good)
		bad[at] ^= 0x41
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(bytes.NewReader(data), 1<<16)
		for {
			got, err := r.Next()
			if err != nil {
				return
			}
			for _, c := range got.Columns {
				assert.Equal(t, got.Rows(), c.Len())
			}
		}
	})
}
