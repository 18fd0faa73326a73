package matrix

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func examples() []*Labelled {
	return []*Labelled{
		{
			X: &Matrix{Rows: 3, Cols: 4, Names: []string{"a", "b=1", "c", "d"}, Levels: []int{0, 0, 5, 0},
				Dense: []float64{0.1, 0, 4, -1, math.NaN(), 1, 255, math.Copysign(0, -1), math.Inf(1), 0, 0, 1e300}},
			Y: []float64{1, -2.5, 3},
		},
		{
			X: &Matrix{Rows: 3, Cols: 5, Names: []string{"a", "b", "c", "d", "e"},
				Sparse: &CSR{Indptr: []int{0, 2, 2, 3}, Indices: []int32{0, 4, 2}, Data: []float64{1, 0.5, 3}}},
			Y: []float64{0, 1, 0}, Classes: []string{"ham", "spam"},
		},
		{X: Join([]View{
			{"words", &Matrix{Rows: 2, Cols: 3, Names: []string{"a", "b", "c"}, Sparse: &CSR{Indptr: []int{0, 0, 2}, Indices: []int32{0, 2}, Data: []float64{1, 0.5}}}},
			{"trees", &Matrix{Rows: 2, Cols: 1, Names: []string{"a"}, Levels: []int{2}, Dense: []float64{1, 0}}},
		}), Y: []float64{1, 0}},
		{X: &Matrix{Names: []string{}, Dense: []float64{}}, Y: []float64{}},
		{X: &Matrix{Rows: 2, Names: []string{}, Dense: []float64{}}, Y: []float64{1, 2}},
	}
}

func encode(t testing.TB, l *Labelled) []byte {
	var b bytes.Buffer
	require.NoError(t, l.Write(&b))
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for _, l := range examples() {
		data := encode(t, l)
		got, err := DecodeLabelled(data)
		require.NoError(t, err)
		assert.Equal(t, data, encode(t, got), "equal contents, equal bytes")
		assert.Equal(t, l.Y, got.Y)
		assert.Equal(t, l.Classes, got.Classes)
		assert.Equal(t, l.X.Levels, got.X.Levels)
		assert.Equal(t, l.X.Sparse, got.X.Sparse)
		assert.Equal(t, l.X.Views, got.X.Views)
		require.Len(t, got.X.Dense, len(l.X.Dense))
		for i, v := range l.X.Dense {
			assert.Equal(t, math.Float64bits(v), math.Float64bits(got.X.Dense[i]))
		}
		for n := range data {
			_, err := DecodeLabelled(data[:n])
			assert.Error(t, err, "cut to %d of %d bytes", n, len(data))
		}
	}
}

// 0/1 columns take a byte a row.
func TestSmallNumbersAreSmall(t *testing.T) {
	l := &Labelled{X: &Matrix{Rows: 1000, Cols: 2, Names: []string{"a", "b"}, Dense: make([]float64, 2000)}, Y: make([]float64, 1000)}
	assert.Less(t, len(encode(t, l)), 10_200)
}

func TestTake(t *testing.T) {
	for _, l := range examples()[:2] {
		got := l.X.Take([]int{2, 0})
		require.Equal(t, 2, got.Rows)
		for at, i := range []int{2, 0} {
			if l.X.Sparse == nil {
				assert.Equal(t, l.X.Row(i), got.Row(at))
				continue
			}
			wantCols, want := l.X.SparseRow(i)
			cols, values := got.SparseRow(at)
			assert.Equal(t, wantCols, cols)
			assert.Equal(t, want, values)
		}
	}
}

func FuzzDecodeLabelled(f *testing.F) {
	for _, l := range examples() {
		f.Add(encode(f, l))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, wrong := ReadHead(bytes.NewReader(data), int64(len(data)), 3)
		l, err := DecodeLabelled(data)
		if err != nil {
			return
		}
		require.NoError(t, wrong)
		require.Equal(t, []int{l.X.Rows, l.X.Cols}, []int{head.Rows, head.Cols})
		if l.X.Dense != nil && l.X.Rows > 0 {
			first := min(3, l.X.Rows)
			want := &Labelled{X: &Matrix{Rows: first, Cols: l.X.Cols, Names: l.X.Names, Levels: l.X.Levels, Dense: l.X.Dense[:first*l.X.Cols]}, Y: l.Y[:first], Classes: l.Classes}
			require.Equal(t, encode(t, want), encode(t, head.First))
		}
		require.Len(t, l.Y, l.X.Rows)
		for i := range l.X.Rows {
			for k := range l.X.Entries(i) {
				require.Less(t, l.X.Entry(i, k), l.X.Cols)
			}
		}
		again, err := DecodeLabelled(encode(t, l))
		require.NoError(t, err)
		require.Equal(t, l.X.Rows, again.X.Rows)
	})
}

func BenchmarkWrite(b *testing.B) {
	l := &Labelled{X: &Matrix{Rows: 43152, Cols: 19, Names: make([]string, 19), Dense: make([]float64, 43152*19)}, Y: make([]float64, 43152)}
	for i := range l.X.Rows {
		l.X.Row(i)[0], l.X.Row(i)[1] = float64(i)*0.1, float64(i)*0.3
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			encode(b, l)
		}
	})
	data := encode(b, l)
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := DecodeLabelled(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
