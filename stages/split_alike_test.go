package stages

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/learn/neardup"
	"labbook/internal/learn/partition"
)

// Near-duplicates that the split tears apart are counted, and kept together
// where that is asked for.
func TestSplitAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	c := &table.Column{Field: table.Field{Name: "body", Type: table.Text}}
	for i := range 400 {
		words := make([]string, 60)
		for k := range words {
			words[k] = fmt.Sprint("w", r.IntN(3000))
		}
		if i%2 == 1 { // every second repeats the one before, but for its end
			words = append(strings.Fields(c.Texts[i-1]), "again")
		}
		c.Texts = append(c.Texts, strings.Join(words, " "))
	}
	tab := table.New(c)
	texts, err := longTexts(tab, "")
	require.NoError(t, err)
	require.Len(t, texts, 1)
	pairs := neardup.Find(c.Texts, nearlyAlike, 2)
	require.Len(t, pairs, 200)
	o := partition.Options{By: partition.Hash, Test: 0.3, Seed: 1}
	parts, err := partition.Divide(tab, o)
	require.NoError(t, err)
	assert.Greater(t, torn(pairs, parts), 40)
	o.Together = neardup.Groups(pairs)
	parts, err = partition.Divide(tab, o)
	require.NoError(t, err)
	assert.Zero(t, torn(pairs, parts))
	assert.Len(t, slices.Concat(parts.Train, parts.Test), 400)
	_, err = longTexts(tab, "boody")
	assert.ErrorContains(t, err, `did you mean "body"?`)
}
