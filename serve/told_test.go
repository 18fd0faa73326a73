package serve

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A set of numbers is the same whatever the order in which they come, and as text.
func TestToldInAnyOrder(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var is told
		had := map[int]bool{}
		for range 60 {
			n := r.IntN(40)
			assert.Equal(t, !had[n], is.began.add(n), "%d in %s", n, is.began)
			had[n] = true
			is.ended.add(n / 2)
		}
		for i, s := range is.began {
			assert.True(t, i == 0 || is.began[i-1].last+1 < s.first, is.began.String())
		}
		again := parseTold(is.String())
		assert.Equal(t, is, again)
		for n := range 40 {
			assert.Equal(t, !had[n], again.began.add(n))
		}
	}
	var is told
	for _, n := range []int{0, 2, 3, 1, 5} {
		is.began.add(n)
	}
	is.ended.add(7)
	assert.Equal(t, "0-3.5/7", is.String())
}

// An id of anybody's is one that String writes, or tells of nothing.
func FuzzTold(f *testing.F) {
	for _, text := range []string{"", "/", "0-3.5/0-2", "3-1/", "1.2/", "1-99999999999999999999/", "-1/", "5.3/", "0/0/0", "end"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		is := parseTold(text)
		assert.Equal(t, is, parseTold(is.String()))
		for _, set := range []ordinals{is.began, is.ended} {
			for i, s := range set {
				assert.True(t, s.first >= 0 && s.first <= s.last && s.last <= ordinalsMost && (i == 0 || set[i-1].last+1 < s.first))
			}
		}
	})
}
