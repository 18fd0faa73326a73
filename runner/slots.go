package runner

import (
	"container/heap"
	"context"
	"sync"
)

// slots hands out cores to stages. Of those that wait the one with the highest
// priority is served first. It gets one core, and more only while nobody else
// waits for them, so that many stages share the machine before one has it all.
type slots struct {
	mu      sync.Mutex
	free    int
	waiting waiters
	serial  int
}

type waiter struct {
	want     int
	priority float64
	serial   int // earlier ones first among equals
	granted  chan int
	index    int // in the heap, -1 once it is out
}

func newSlots(n int) *slots { return &slots{free: n} }

// acquire waits for at least one core and at most want, until ctx ends.
func (s *slots) acquire(ctx context.Context, priority float64, want int) (int, error) {
	w := &waiter{want: max(1, want), priority: priority, granted: make(chan int, 1)}
	s.mu.Lock()
	s.serial++
	w.serial = s.serial
	heap.Push(&s.waiting, w)
	s.grant()
	s.mu.Unlock()
	select {
	case n := <-w.granted:
		return n, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.index >= 0 {
		heap.Remove(&s.waiting, w.index)
		return 0, context.Cause(ctx)
	}
	s.free += <-w.granted
	s.grant()
	return 0, context.Cause(ctx)
}

// release gives cores back.
func (s *slots) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.grant()
}

// grant serves those that can be served. The lock is held.
func (s *slots) grant() {
	for s.free > 0 && len(s.waiting) > 0 {
		w := heap.Pop(&s.waiting).(*waiter)
		n := min(w.want, max(1, s.free-len(s.waiting)))
		s.free -= n
		w.granted <- n
	}
}

// waiters is a heap.
type waiters []*waiter

func (h waiters) Len() int { return len(h) }
func (h waiters) Less(i, j int) bool {
	if h[i].priority != h[j].priority {
		return h[i].priority > h[j].priority
	}
	return h[i].serial < h[j].serial
}
func (h waiters) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *waiters) Push(x any) {
	w := x.(*waiter)
	w.index = len(*h)
	*h = append(*h, w)
}
func (h *waiters) Pop() any {
	old := *h
	w := old[len(old)-1]
	w.index = -1
	*h = old[:len(old)-1]
	return w
}
