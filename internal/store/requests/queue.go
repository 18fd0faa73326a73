package requests

import (
	"errors"
	"sync"
	"time"
)

// maxBatch bounds the rows of one transaction.
const maxBatch = 256

// waiting is a request on its way into the database; one of nil asks whether it
// would arrive, unless it brings what a shadow said.
type waiting struct {
	request *Request
	shadows []*Shadow
	said    chan verdict // room for one
}

func newWaiting() *waiting { return &waiting{said: make(chan verdict, 1)} }

// verdict is what became of it, or, before that, that it is its turn to lead.
type verdict struct {
	err  error
	lead bool
}

// queue is those who wait for a transaction. Whoever comes while nobody leads does: it
// makes one transaction of all who wait, for itself and the others, and then passes the
// lead on to the first of those who came meanwhile. A request that comes alone is written
// by its own goroutine and waits for no other.
type queue struct {
	mu      sync.Mutex
	waiting []*waiting // who leads is the first, until it takes them
	taken   []*waiting // memory of who leads
	led     bool
	closed  bool
	enough  int           // who leads waits for so many; 0: for nobody
	arrived int           // since the last transaction ended
	ended   time.Time     // when that was
	latest  time.Time     // when the last of them came
	came    chan struct{} // room for one: enough came
	timer   *time.Timer   // of who leads
	company company       // of who leads
}

func newQueue() queue {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return queue{came: make(chan struct{}, 1), timer: timer}
}

// close says that nobody may join any more, and whether it is said for the first time.
func (q *queue) close() (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	first, q.closed = !q.closed, true
	return first
}

// join waits until a transaction with w is over, and makes it where it is w's turn.
func (s *Store) join(w *waiting) error {
	q := &s.queue
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return ErrClosed
	}
	s.done.Add(1)
	defer s.done.Done()
	q.waiting = append(q.waiting, w)
	q.arrived, q.latest = q.arrived+1, time.Now()
	lead := !q.led
	q.led = true
	if q.enough > 0 && len(q.waiting) >= q.enough {
		q.enough = 0
		q.came <- struct{}{}
	}
	q.mu.Unlock()
	if !lead {
		if v := <-w.said; !v.lead {
			return v.err
		}
	}
	return s.lead(w)
}

// errAbandoned is what the others are told when who led did not end.
var errAbandoned = errors.New("the transaction was abandoned")

// lead makes one transaction of those who wait, of whom w is the first, and passes the
// lead on, even from a panic.
func (s *Store) lead(w *waiting) error {
	batch := s.queue.gather(s.options.Durability == Full)
	o := outcome{errAbandoned, errAbandoned, errAbandoned}
	defer func() {
		for _, b := range batch {
			if b != w {
				b.said <- verdict{err: o.of(b)}
			}
		}
		s.queue.pass()
	}()
	began := time.Now()
	o = s.write(batch)
	s.queue.wrote(len(batch), time.Since(began))
	return o.of(w)
}

// outcome is what became of a batch: of its requests, of what shadows said, and of
// those who only asked.
type outcome struct{ requests, shadows, probes error }

func (o *outcome) of(w *waiting) error {
	switch {
	case w.request != nil:
		return o.requests
	case w.shadows != nil:
		return o.shadows
	}
	return o.probes
}

// write makes a batch durable.
func (s *Store) write(batch []*waiting) (o outcome) {
	w := &s.writing
	defer func() { clear(w.requests) }()
	w.requests = w.requests[:0]
	var shadows []*Shadow
	probes := false
	for _, b := range batch {
		switch {
		case b.request != nil:
			w.requests = append(w.requests, b.request)
		case b.shadows != nil:
			shadows = append(shadows, b.shadows...)
		default:
			probes = true
		}
	}
	o.requests = s.commit(w.requests, shadows)
	o.shadows = o.requests
	if o.requests != nil && len(shadows) > 0 { // no answer fails by what a shadow says
		o.requests = s.commit(w.requests, nil)
	}
	if probes {
		o.probes = s.try()
	}
	return o
}

// pass gives the lead to the first who waits, if anybody does.
func (q *queue) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.led = len(q.waiting) > 0; q.led {
		q.waiting[0].said <- verdict{lead: true}
	}
}

// wrote takes what a transaction of so many teaches about the next.
func (q *queue) wrote(n int, took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.company.committed(lesson{n, len(q.waiting), took, q.arrived, q.latest.Sub(q.ended)})
	q.arrived, q.ended = 0, time.Now()
}
