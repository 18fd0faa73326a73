package runner

import (
	"container/heap"
	"context"
	"sync"
)

// grant is what a stage has of the machine.
type grant struct {
	cores  int
	memory int64 // bytes that it claimed
}

// slots hands out cores, and the memory that is claimed, to stages. Of those that
// wait and whose claims fit, the one with the highest priority is served first. It
// gets one core, and more only while nobody else waits for them, so that many
// stages share the machine before one has it all. A stage that claims more memory
// than there is gets all of it: it runs beside none that claims any.
type slots struct {
	mu      sync.Mutex
	free    grant
	all     int64 // memory; 0: not bounded
	waiting waiters
	serial  int
}

type waiter struct {
	want     grant
	priority float64
	serial   int // earlier ones first among equals
	granted  chan grant
	index    int // in the heap, -1 once it is out
}

// newSlots hands out so much; memory below 1 is not bounded.
func newSlots(all grant) *slots {
	all.memory = max(0, all.memory)
	return &slots{free: all, all: all.memory}
}

// acquire waits for the memory that is wanted, for at least one core and at most
// those that are wanted, until ctx ends. Where it is not had at once, waits is told
// what lacks: memory, or else a core.
func (s *slots) acquire(ctx context.Context, priority float64, want grant, waits func(memory bool)) (grant, error) {
	want.cores = max(1, want.cores)
	want.memory = min(want.memory, s.all)
	w := &waiter{want: want, priority: priority, granted: make(chan grant, 1)}
	s.mu.Lock()
	s.serial++
	w.serial = s.serial
	heap.Push(&s.waiting, w)
	s.grant()
	memory := want.memory > s.free.memory
	s.mu.Unlock()
	select {
	case got := <-w.granted:
		return got, nil
	default:
		waits(memory)
	}
	select {
	case got := <-w.granted:
		return got, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.index >= 0 {
		heap.Remove(&s.waiting, w.index)
		return grant{}, context.Cause(ctx)
	}
	s.put(<-w.granted)
	return grant{}, context.Cause(ctx)
}

// release gives back what was granted.
func (s *slots) release(g grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(g)
}

func (s *slots) put(g grant) {
	s.free.cores += g.cores
	s.free.memory += g.memory
	s.grant()
}

// grant serves those that can be served. The lock is held.
func (s *slots) grant() {
	var passed []*waiter // over, since their memory is not free
	for s.free.cores > 0 && len(s.waiting) > 0 {
		w := heap.Pop(&s.waiting).(*waiter)
		if w.want.memory > s.free.memory {
			passed = append(passed, w)
			continue
		}
		got := grant{min(w.want.cores, max(1, s.free.cores-s.others())), w.want.memory}
		s.free.cores -= got.cores
		s.free.memory -= got.memory
		w.granted <- got
	}
	for _, w := range passed {
		heap.Push(&s.waiting, w)
	}
}

// others counts those that wait for a core alone, no further than there are cores.
func (s *slots) others() (n int) {
	for _, w := range s.waiting {
		if n >= s.free.cores {
			break
		}
		if w.want.memory <= s.free.memory {
			n++
		}
	}
	return n
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
