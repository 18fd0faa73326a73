package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRoomOfADocument: what a document takes does not grow with the vocabulary,
// and terms beyond the first table are counted all the same.
func TestRoomOfADocument(t *testing.T) {
	var words []string
	for i := range 20_000 {
		words = append(words, fmt.Sprint("word", i))
	}
	long := strings.Join(words, " ")
	o := Default()
	o.Weight = "count"
	v, _, err := Fit([]string{long, long + " " + long}, o, 1)
	require.NoError(t, err)

	r, s := row{}, newScanner(&o, v.trie, false)
	r.scan(s, "word7 word9 word7")
	assert.Less(t, len(r.table), 2000)
	assert.Equal(t, []int32{2, 1}, r.counts)
	r.scan(s, long+" "+long)
	assert.Len(t, r.counts, 20_000)
	assert.NotContains(t, r.counts, int32(1))
	r.scan(s, "word9")
	assert.Equal(t, []int32{1}, r.counts)
}
