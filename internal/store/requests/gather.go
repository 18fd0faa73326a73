package requests

import (
	"runtime"
	"time"
)

// company says whom the next transaction waits for. Clients that are answered ask
// again, so those of the last transaction are likely to come back while those who came
// during it are about to be written: two groups that take turns need twice as many
// transactions as all of them together. Where the disk takes longer than all of them
// need to come, that is what counts, and all are waited for. Where it takes less, half
// of them are: while these are written, the processors work for the others.
type company struct {
	expected int           // how many are waited for
	patience time.Duration // for how long they are waited for
	took     float64       // a transaction, in nanoseconds; as the next two, an average
	coming   float64       // nanoseconds from the end of one until the last came who did before the next ended
	came     float64       // how many did
	alone    int           // how many transactions wait for nobody, because few came
	single   int           // how many transactions in a row were of one, and nobody came meanwhile
}

// The bounds of waiting: for how long, and of how many transactions none waits when
// fewer than half of those who were expected came.
const (
	mostPatience = 5 * time.Millisecond
	leftAlone    = 4
	leftSingle   = 16               // transactions of one after which nobody is let in before the next
	pause        = 4 * mostPatience // who comes after that long was not about to come
	smoothing    = 16               // over about so many transactions the times are averaged
)

// lesson is what a transaction teaches: how many were in it, how many came meanwhile, and
// how long it took, which is what a second one would cost; how many came since the one
// before it ended, and how long it was until the last of them did.
type lesson struct {
	in, meanwhile int
	took          time.Duration
	came          int
	coming        time.Duration
}

// committed takes what a transaction teaches.
func (c *company) committed(l lesson) {
	average(&c.took, float64(l.took))
	if l.came > 0 && l.coming < pause {
		average(&c.coming, float64(l.coming))
		average(&c.came, float64(l.came))
	}
	all := l.in + l.meanwhile
	c.expected, c.patience = min(all, maxBatch), min(l.took, mostPatience)
	if 1.5*c.took*c.came < c.coming*float64(all) { // about equal times are no reason to part
		c.expected = min((all+1)/2, maxBatch)
	}
	c.alone = max(c.alone-1, 0)
	if c.single++; all > 1 {
		c.single = 0
	}
}

// average lets a value count in an average of the latest.
func average(of *float64, value float64) {
	if *of == 0 {
		*of = value
	}
	*of += (value - *of) / smoothing
}

// missing says whether somebody is waited for beside so many.
func (c *company) missing(there int) bool { return c.alone == 0 && there < c.expected }

// over takes how many there were when the patience ended.
func (c *company) over(there int) {
	if 2*there < c.expected {
		c.alone = leftAlone
	}
}

// gather gives those whom the next transaction takes along: all who wait, and, where it
// waits for the disk, those who are about to come.
func (q *queue) gather(waits bool) []*waiting {
	c := &q.company
	if c.single < leftSingle {
		runtime.Gosched() // lets those who are about to come do so: a fuller transaction costs hardly more
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if waits && c.missing(len(q.waiting)) {
		q.enough = c.expected
		q.mu.Unlock()
		q.timer.Reset(c.patience)
		select {
		case <-q.came:
			q.timer.Stop()
			q.mu.Lock()
		case <-q.timer.C:
			q.mu.Lock()
			if q.enough == 0 {
				<-q.came // at the last moment
			}
			q.enough = 0
			c.over(len(q.waiting))
		}
	}
	n := min(len(q.waiting), maxBatch)
	batch := append(q.taken[:0], q.waiting[:n]...)
	left := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[left:])
	q.waiting, q.taken = q.waiting[:left], batch
	return batch
}
