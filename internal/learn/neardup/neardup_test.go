package neardup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func words(r *rand.Rand, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("word", r.IntN(2000))
	}
	return out
}

func TestFind(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var texts []string
	for range 200 {
		texts = append(texts, strings.Join(words(r, 300), " "))
	}
	edited := strings.Fields(texts[7])
	edited[100], edited[250] = "other", "words"
	texts = append(texts, strings.ToUpper(strings.Join(edited, ",  ")), texts[9]+" and an end", "too short", "too short", "")
	pairs := Find(texts, 0.8, 2)
	require.Len(t, pairs, 2)
	assert.Equal(t, []int{7, 200, 9, 201}, []int{pairs[0].First, pairs[0].Second, pairs[1].First, pairs[1].Second})
	// Two words changed of 300: ten of 296 runs are new, and ten are gone.
	assert.InDelta(t, 286.0/306, pairs[0].Alike, 1e-12)
	assert.Equal(t, pairs, Find(texts, 0.8, 1))
	assert.Equal(t, [][]int{{7, 200}, {9, 201}}, Groups(pairs))
	assert.Equal(t, [][]int{{0, 4}, {1, 2, 3}}, Groups([]Pair{{First: 1, Second: 2}, {First: 1, Second: 3}, {First: 0, Second: 4}}))
}
