package boosting

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Every number is visited once, whoever does it, however deep the joins nest,
// and also by workers that went to sleep.
func TestCrew(t *testing.T) {
	for _, cores := range []int{0, 1, 2, 5} {
		c := newCrew(cores)
		for round := range 4 {
			if round == 2 {
				require.Eventually(t, func() bool {
					for _, w := range c.workers[1:] {
						if !w.asleep.Load() {
							return false
						}
					}
					return true
				}, 10*time.Second, time.Millisecond, "who finds no work sleeps")
			}
			const n = 10_000
			var seen [n]atomic.Int32
			var visit func(w *worker, lo, hi int)
			visit = func(w *worker, lo, hi int) {
				if hi-lo == 1 {
					seen[lo].Add(1)
					return
				}
				mid := hi - 1 - (hi-lo-1)/100 // more nested joins than a worker can offer
				w.join(
					func(w *worker) { visit(w, lo, mid) },
					func(w *worker) { visit(w, mid, hi) })
			}
			visit(c.lead(), 0, n/2)
			c.lead().split(n/2, n, 1, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					seen[i].Add(1)
				}
			})
			for i := range seen {
				require.EqualValues(t, 1, seen[i].Load(), "%d cores, number %d", cores, i)
			}
		}
		c.close()
		require.Zero(t, c.idle.Load())
	}
}

// Two workers work at the same time: each waits for the other.
func TestCrewIsParallel(t *testing.T) {
	c := newCrew(2)
	defer c.close()
	here, there := make(chan bool, 1), make(chan bool, 1)
	c.lead().join(
		func(*worker) { here <- true; <-there },
		func(*worker) { there <- true; <-here })
}
