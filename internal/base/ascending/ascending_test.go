package ascending

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// cases are numbers of all kinds, few and many.
func cases() map[string][]float64 {
	source := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, one func() float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = one()
		}
		return values
	}
	all := map[string][]float64{}
	for name, n := range map[string]int{"none": 0, "one": 1, "few": 100, "many": 3000} {
		all[name+" of any bits"] = draw(n, func() float64 { return math.Float64frombits(source.Uint64()) })
		all[name+" with two decimals"] = draw(n, func() float64 { return float64(source.IntN(2000)-1000) / 100 })
		all[name+" whole"] = draw(n, func() float64 { return float64(source.IntN(50)) })
		all[name+" equal"] = draw(n, func() float64 { return 7 })
		odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, math.SmallestNonzeroFloat64}
		all[name+" odd"] = draw(n, func() float64 { return odd[source.IntN(len(odd))] })
	}
	return all
}

func TestFloats(t *testing.T) {
	for name, values := range cases() {
		want := slices.Clone(values)
		slices.Sort(want)
		Floats(values)
		assert.True(t, slices.EqualFunc(want, values, func(a, b float64) bool { return cmp.Compare(a, b) == 0 }), name)
		for i := 1; i < len(values); i++ {
			assert.False(t, values[i] == 0 && values[i-1] == 0 && math.Signbit(values[i]) && !math.Signbit(values[i-1]), "%s: -0 after 0", name)
		}
	}
}

func TestFloat32s(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	values := []float32{float32(math.Inf(1)), float32(math.Inf(-1)), 0, math.MaxFloat32, -math.SmallestNonzeroFloat32}
	for range 10_000 {
		values = append(values, float32(source.NormFloat64()*math.Exp(20*source.NormFloat64())))
	}
	for _, n := range []int{1, 100, len(values)} {
		some := slices.Clone(values[:n])
		want := slices.Sorted(slices.Values(some))
		Float32s(some)
		assert.Equal(t, want, some)
	}
}

func TestWords(t *testing.T) {
	for name, values := range cases() {
		words := make([]uint64, len(values))
		for i, v := range values {
			words[i] = math.Float64bits(v)
		}
		want := slices.Clone(words)
		slices.Sort(want)
		Words(words)
		assert.Equal(t, want, words, name)
	}
}

func TestPlaces(t *testing.T) {
	for name, values := range cases() {
		want := make([]int, len(values))
		for i := range want {
			want[i] = i
		}
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
		assert.Equal(t, want, Places(values), name)
	}
}

func BenchmarkFloats(b *testing.B) {
	source := rand.New(rand.NewPCG(1, 2))
	for name, one := range map[string]func() float64{
		"any":      source.NormFloat64,
		"decimals": func() float64 { return math.Round(math.Exp(source.NormFloat64()*.5)*100) / 100 },
		"whole":    func() float64 { return math.Round(math.Exp(source.NormFloat64() + 8)) },
	} {
		values := make([]float64, 1_000_000)
		for i := range values {
			values[i] = one()
		}
		for by, sort := range map[string]func([]float64){"digits": Floats, "comparing": slices.Sort[[]float64]} {
			b.Run(name+"/"+by, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					own := slices.Clone(values)
					b.StartTimer()
					sort(own)
				}
			})
		}
	}
}
