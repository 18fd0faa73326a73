package csvfile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A short number is what parseNumber says, and what is none is left to it.
func FuzzShortNumber(f *testing.F) {
	for _, s := range []string{"0", "7", "0.23", "326", "61.5", "1234567", ".5", "5.", ".", "", "007", "0.0", "00.5", "1.2.3", "-1", "-0", "-", "-.5", "-007", "-12.345", "--1", "-1-", "+1", "1e5", " 1", "1 ", "12a", "٣", "\x00", "9999999"} {
		f.Add([]byte(s), byte('.'))
		f.Add([]byte(s), byte(','))
	}
	f.Fuzz(func(t *testing.T, b []byte, point byte) {
		if len(b) > 7 || point != '.' && point != ',' {
			t.Skip()
		}
		v, ok := shortNumber(wordAt(append(append([]byte{}, b...), "\x00\x00\x00\x00\x00\x00\x00\x00"...), 0), len(b), like(point))
		want, is := parseNumber(b, point)
		if ok {
			assert.Equal(t, decimal, is, "%q", b)
			assert.Equal(t, math.Float64bits(want), math.Float64bits(v), "%q", b)
		}
	})
}

// A piece counts what stands within and outside of quotes.
func TestCount(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for n := range 300 {
		data := make([]byte, n)
		for i := range data {
			data[i] = "\"\n,a#\x8a\x0b!"[r.IntN(8)]
		}
		want := piece{end: n}
		for _, b := range data {
			switch b {
			case '"':
				want.quotes++
			case '\n':
				want.newlines[want.quotes&1]++
			}
		}
		got := piece{end: n}
		got.count(data, '"')
		assert.Equal(t, want, got, "%q", data)
	}
}

// Whatever stands behind a short number does not show.
func TestShortNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		whole := r.IntN(1e4) - r.IntN(1e3)
		text := fmt.Sprint(whole)
		if r.IntN(2) == 0 {
			text = fmt.Sprintf("%.*f", 1+r.IntN(2), float64(whole)+r.Float64())
		}
		if len(text) > 7 {
			continue
		}
		want, _ := parseNumber([]byte(text), '.')
		v, ok := shortNumber(wordAt([]byte(text+",\"1.5\n,,"), 0), len(text), like('.'))
		assert.True(t, ok, text)
		assert.Equal(t, want, v, text)
	}
}
