package requests

import (
	"runtime"
	"time"
)

// company says whom the next transaction waits for. Clients that are answered ask
// again, so those of the last transaction are likely to come back while those who came
// during it are about to be written: two groups that take turns need twice as many
// transactions as all of them together.
type company struct {
	expected int           // how many there may be
	patience time.Duration // for how long they are waited for
	alone    int           // how many transactions wait for nobody, because few came
}

// The bounds of waiting: for how long, and of how many transactions none waits when
// fewer than half of those who were expected came.
const (
	mostPatience = 5 * time.Millisecond
	leftAlone    = 4
)

// committed takes what a transaction teaches: how many were in it, how many came
// meanwhile, and how long it took, which is what a second one would cost.
func (c *company) committed(in, came int, took time.Duration) {
	c.expected, c.patience = min(in+came, maxBatch), min(took, mostPatience)
	c.alone = max(c.alone-1, 0)
}

// missing says whether somebody is waited for beside so many.
func (c *company) missing(there int) bool { return c.alone == 0 && there < c.expected }

// over takes how many there were when the patience ended.
func (c *company) over(there int) {
	if 2*there < c.expected {
		c.alone = leftAlone
	}
}

// gather adds to a batch all who wait already, and those whom a transaction that waits
// for the disk had better take along.
func (s *Store) gather(batch []*waiting, c *company) []*waiting {
	runtime.Gosched() // lets those who are about to send do so: a fuller transaction costs hardly more
	var over <-chan time.Time
	for len(batch) < maxBatch {
		select {
		case next, open := <-s.queue:
			if !open {
				return batch
			}
			batch = append(batch, next)
			continue
		default:
		}
		if s.options.Durability != Full || !c.missing(len(batch)) {
			return batch
		}
		if over == nil {
			over = time.After(c.patience)
		}
		select {
		case next, open := <-s.queue:
			if !open {
				return batch
			}
			batch = append(batch, next)
		case <-over:
			c.over(len(batch))
			return batch
		}
	}
	return batch
}
