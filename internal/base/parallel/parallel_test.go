package parallel

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryIndexOnce(t *testing.T) {
	for _, cores := range []int{-1, 0, 1, 3, 100} {
		for _, n := range []int{0, 1, 2, 50} {
			calls := make([]int, n)
			Each(cores, n, func(i int) { calls[i]++ })
			for i, c := range calls {
				assert.Equal(t, 1, c, "index %d of %d on %d cores", i, n, cores)
			}
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var calls atomic.Int64
	err := Until(ctx, 2, 1000, func(int) {
		stop()
		calls.Add(1)
	})
	assert.ErrorIs(t, err, context.Canceled)
	assert.LessOrEqual(t, calls.Load(), int64(2))
}

func TestEveryGoroutineHasItsOwn(t *testing.T) {
	var made atomic.Int64
	sum := make([]int, 100)
	With(t.Context(), 4, len(sum), func() *int { made.Add(1); return new(int) }, func(mine *int, i int) {
		*mine = i
		sum[i] = *mine
	})
	assert.LessOrEqual(t, made.Load(), int64(4))
	for i, v := range sum {
		assert.Equal(t, i, v)
	}
}
