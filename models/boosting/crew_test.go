package boosting

import (
	"math/rand/v2"
	"slices"
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

// Rows are parted alike by column and by tile, of any number, at the front in
// their order and at the back the other way round, as whoever has no
// instructions for eight at a time parts them.
func TestPart(t *testing.T) {
	const most = 300
	rng := rand.New(rand.NewPCG(1, 2))
	d := noise(3, most, 20, 0)
	bins := newDataset(newCrew(1).lead(), d.X, 64).bins.(*dense[uint8])
	for n := range most {
		rows := make([]uint32, n)
		count(rows)
		rng.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		column, side := rng.IntN(20), make([]uint8, byteBins)
		for b := range side {
			side[b] = uint8(rng.IntN(2))
		}
		room := n + rng.IntN(3)
		var left, right []uint32
		for _, r := range rows {
			if side[bins.columns[column][r]] == 0 {
				left = append(left, r)
			} else {
				right = append([]uint32{r}, right...)
			}
		}
		gathered := *bins
		gathered.columns = nil
		for _, from := range []*dense[uint8]{bins, &gathered} {
			into := make([]uint32, room)
			require.Equal(t, len(left), from.part(into, rows, column, side))
			require.Equal(t, left, slices.Concat([]uint32(nil), into[:len(left)]))
			require.Equal(t, right, slices.Concat([]uint32(nil), into[room-len(right):]))
		}
	}
}
