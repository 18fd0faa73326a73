package boosting

import (
	"bytes"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
)

func TestCodec(t *testing.T) {
	d := noise(31, 1000, 5, 0.1)
	m := fitted(t, defaults(), d, 1)
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	back, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, predictions(m, d.X), predictions(back, d.X))
	again, err := back.MarshalBinary()
	require.NoError(t, err)
	require.True(t, bytes.Equal(b, again))
	for n := range b[:400] {
		_, err := Decode(b[:n])
		require.Error(t, err)
	}
}

// A decoded model explains as the fitted one does, whenever it is asked, though
// its trees come and go.
func TestPacked(t *testing.T) {
	d := noise(33, 500, 4, 0.1)
	m := fitted(t, defaults(), d, 1)
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	back, err := Decode(b)
	require.NoError(t, err)
	require.NotNil(t, back.packed)
	require.Nil(t, back.trees)
	require.Equal(t, m.Rounds(), back.Rounds())
	want := make([]float64, m.columns+1)
	m.Contributions(want, d.X.Row(0))
	for range 3 {
		got := make([]float64, m.columns+1)
		back.Contributions(got, d.X.Row(0))
		require.Equal(t, want, got)
		runtime.GC()
		require.Nil(t, back.packed.trees.Value(), "nobody needs them any more")
	}
	require.Equal(t, m.Importances(), back.Importances())
	require.Equal(t, m.Summary(), back.Summary())
}

// Whatever Decode accepts predicts without a panic and encodes back to what
// it was.
func FuzzDecode(f *testing.F) {
	d := noise(32, 60, 3, 0.1)
	d.X.Levels = []int{0, 6, 0}
	p := defaults()
	p.Trees, p.MaxDepth = 2, 3
	b, err := fitted(f, p, d, 1).MarshalBinary()
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		if m.columns > 1000 || m.Outputs() > 1000 {
			return
		}
		x := &matrix.Matrix{Rows: 2, Cols: m.columns, Dense: make([]float64, 2*m.columns)}
		for j := range m.columns {
			x.Dense[j] = math.NaN()
		}
		predictions(m, x)
		m.Importances()
		m.Contributions(make([]float64, m.Outputs()*(m.columns+1)), x.Row(0))
		_, err = m.MarshalBinary()
		require.NoError(t, err)
	})
}
