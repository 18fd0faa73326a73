package boosting

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew is the goroutines of a fit. They share its work by stealing (Blumofe
// and Leiserson, "Scheduling Multithreaded Computations by Work Stealing",
// 1999): a worker with two things to do offers the second while it does the first.
// Every sum is of integers, so that the division of the work changes the speed and
// never the model.
//
// Offers come every few microseconds, and waking a sleeping goroutine takes
// longer than that, so a worker without work keeps looking for a while.
type crew struct {
	workers []*worker // the first is the fit's own goroutine
	idle    atomic.Int32
	closed  atomic.Bool
	gone    sync.WaitGroup
}

// worker is one goroutine's place in the crew and its memory.
type worker struct {
	crew   *crew
	offers [maxOffers]atomic.Pointer[job] // open is how many, the oldest first
	open   int
	asleep atomic.Bool
	bell   chan struct{} // wakes it

	views []*view // to be used again
}

// job is work that a worker offers.
type job struct {
	do    func(*worker)
	owner *worker
	taken atomic.Bool
	done  atomic.Bool
}

const (
	// maxOffers is how many offers of a worker can be open.
	maxOffers = 64
	// patience is how often a worker looks for work before it sleeps: for
	// some 100 µs.
	patience = 1 << 13
	// shareRows is how many rows are worth an offer.
	shareRows = 1024
)

// newCrew gives a crew of so many workers, at least one; close ends it.
func newCrew(cores int) *crew {
	c := &crew{}
	for range max(cores, 1) {
		c.workers = append(c.workers, &worker{crew: c, bell: make(chan struct{}, 1)})
	}
	for _, w := range c.workers[1:] {
		c.gone.Go(func() { w.await(&c.closed) })
	}
	return c
}

// lead is the worker of the goroutine that made the crew.
func (c *crew) lead() *worker { return c.workers[0] }

func (c *crew) close() {
	c.closed.Store(true)
	for _, w := range c.workers {
		w.ring()
	}
	c.gone.Wait()
}

// shares says whether the work on n rows should be split: whether it pays, and
// somebody is idle.
func (w *worker) shares(n int) bool { return n >= 2*shareRows && w.crew.idle.Load() > 0 }

// piece is how many of n rows, or of what least of is worth an offer, to work on
// before asking again whether somebody is idle.
func (w *worker) piece(n, least int) int {
	if len(w.crew.workers) == 1 {
		return n
	}
	return min(n, 4*least)
}

// join does a and b, at the same time if another worker is free for b before a
// is done.
func (w *worker) join(a, b func(*worker)) {
	if len(w.crew.workers) == 1 || w.open == maxOffers {
		a(w)
		b(w)
		return
	}
	j := &job{do: b, owner: w}
	w.offers[w.open].Store(j)
	w.open++
	w.crew.wake()
	a(w)
	w.open--
	w.offers[w.open].Store(nil)
	if j.take() {
		b(w)
		return
	}
	w.await(&j.done)
}

// take says whether the job was open, and now is the caller's. It looks before
// it writes: those who search must not draw the job away from its owner.
func (j *job) take() bool { return !j.taken.Load() && j.taken.CompareAndSwap(false, true) }

// await does what others offer until it is told to stop.
func (w *worker) await(stop *atomic.Bool) {
	c := w.crew
	c.idle.Add(1)
	defer c.idle.Add(-1)
	for tries := 1; !stop.Load(); tries++ {
		if j := c.steal(); j != nil {
			c.idle.Add(-1)
			j.do(w)
			c.idle.Add(1)
			j.done.Store(true)
			j.owner.ring()
			tries = 0
		} else if tries%patience == 0 {
			w.asleep.Store(true)
			if !stop.Load() && !c.offers() {
				<-w.bell
			}
			w.asleep.Store(false)
		} else if tries%64 == 0 {
			runtime.Gosched()
		}
	}
}

// ring wakes a worker that sleeps.
func (w *worker) ring() {
	if w.asleep.Load() {
		select {
		case w.bell <- struct{}{}:
		default:
		}
	}
}

// wake wakes one of those who sleep.
func (c *crew) wake() {
	for _, w := range c.workers {
		if w.asleep.Load() {
			w.ring()
			return
		}
	}
}

// steal takes the oldest, and so the largest, offer of a worker, if any has one.
func (c *crew) steal() *job {
	for _, w := range c.workers {
		for k := range w.offers {
			j := w.offers[k].Load()
			if j == nil {
				break
			}
			if j.take() {
				return j
			}
		}
	}
	return nil
}

// offers says whether there may be something to steal.
func (c *crew) offers() bool {
	for _, w := range c.workers {
		for k := range w.offers {
			j := w.offers[k].Load()
			if j == nil {
				break
			}
			if !j.taken.Load() {
				return true
			}
		}
	}
	return false
}

// split does parts of lo … hi-1, each of which has at least least numbers.
func (w *worker) split(lo, hi, least int, do func(lo, hi int)) {
	for hi-lo < 2*least || w.crew.idle.Load() == 0 {
		end := lo + w.piece(hi-lo, least)
		do(lo, end)
		if lo = end; lo == hi {
			return
		}
	}
	mid := lo + (hi-lo)/2
	w.join(
		func(w *worker) { w.split(lo, mid, least, do) },
		func(w *worker) { w.split(mid, hi, least, do) })
}
