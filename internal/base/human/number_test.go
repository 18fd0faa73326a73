package human

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 53940: "53,940", 0.00123456: "0.001235", -1234.5: "-1,234", 1e15: "1.000e+15", math.Inf(1): "–"} {
		assert.Equal(t, want, Digits(v, 4))
	}
}

func FuzzDigits(f *testing.F) {
	f.Add(1234.5, 4)
	f.Add(-1e-300, 1)
	f.Fuzz(func(t *testing.T, v float64, n int) {
		if s := Digits(v, min(max(n, 1), 17)); s == "" || len(s) > 40 {
			t.Errorf("%g is written %q", v, s)
		}
	})
}
