package partition

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A row is asked about when those are learned that a window from its moment on
// would be judged by, and each row once.
func TestUnfold(t *testing.T) {
	tab := visits(200)
	for _, name := range []string{"time", "time, gap"} {
		s := structures[name]
		l, err := s.Layout(tab)
		require.NoError(t, err)
		learned, asked := map[int]bool{}, map[int]bool{}
		l.Unfold(func(row int) {
			assert.False(t, asked[row])
			asked[row] = true
			if math.IsNaN(l.time[row]) {
				assert.Empty(t, learned)
				return
			}
			want := l.window(l.time[row], math.Inf(1)).Train
			assert.Len(t, learned, len(want))
			for _, other := range want {
				assert.True(t, learned[other], "%s: row %d without row %d", name, row, other)
			}
		}, func(row int) { learned[row] = true })
		assert.Len(t, asked, 200)
		assert.Len(t, l.Sorted(), 200)
	}
}
