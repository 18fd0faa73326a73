package boosting

// crew is the goroutines of a fit: as many workers as cores. Work is split
// only while a worker is idle, and every sum is of integers, so that the crew's
// size changes the speed and never the model.
type crew struct{ idle chan *worker }

// worker is the memory of one goroutine.
type worker struct {
	histograms [][]int64 // to be used again
	views      []*view   // to be used again
	side       [256]uint8
}

func newCrew(cores int) *crew {
	c := &crew{idle: make(chan *worker, max(cores, 1))}
	for range cap(c.idle) {
		c.idle <- &worker{}
	}
	return c
}

func (c *crew) take() *worker  { return <-c.idle }
func (c *crew) give(w *worker) { c.idle <- w }

// forkRows is for how many rows it pays to wake another goroutine.
const forkRows = 2048

// spare gives an idle worker for work on so many rows, or nil.
func (c *crew) spare(rows int) *worker {
	if rows < forkRows {
		return nil
	}
	select {
	case w := <-c.idle:
		return w
	default:
		return nil
	}
}

// fork does a and b, at the same time when there is a worker for it; rows is
// the size of the smaller.
func (c *crew) fork(w *worker, rows int, a, b func(*worker)) {
	other := c.spare(rows)
	if other == nil {
		a(w)
		b(w)
		return
	}
	done := make(chan struct{})
	go func() {
		a(other)
		c.give(other)
		close(done)
	}()
	b(w)
	<-done
}

// each calls do for parts of 0 … n-1, at the same time when there are workers.
func (c *crew) each(n int, do func(lo, hi int)) {
	c.sum(n, func(lo, hi int) int64 {
		do(lo, hi)
		return 0
	})
}

// sum adds up what do gives for parts of 0 … n-1, worked on at the same time
// when there are workers.
func (c *crew) sum(n int, do func(lo, hi int) int64) int64 {
	half := n / 2
	other := c.spare(half)
	if other == nil {
		return do(0, n)
	}
	back := make(chan int64)
	go func() { back <- do(half, n) }()
	front := do(0, half)
	sum := front + <-back
	c.give(other)
	return sum
}

// view gives the memory of a view.
func (w *worker) view() *view {
	n := len(w.views)
	if n == 0 {
		return &view{}
	}
	v := w.views[n-1]
	w.views = w.views[:n-1]
	return v
}

// histogram gives an empty histogram, cleared in the tree's columns.
func (w *worker) histogram(g *grower, hessians bool) histogram {
	s := histogram{g: w.plane(g)}
	if hessians {
		s.h = w.plane(g)
	}
	return s
}

func (w *worker) plane(g *grower) []int64 {
	free := &w.histograms
	n := len(*free)
	if n == 0 {
		return make([]int64, g.data.width+spareBins)
	}
	p := (*free)[n-1]
	*free = (*free)[:n-1]
	for _, j := range g.columns {
		a := g.data.offsets[j]
		clear(p[a : a+g.data.columns[j].all()])
	}
	return p
}

// recycle takes a histogram back.
func (w *worker) recycle(s histogram) {
	for _, p := range [][]int64{s.g, s.h} {
		if p != nil {
			w.histograms = append(w.histograms, p)
		}
	}
}
