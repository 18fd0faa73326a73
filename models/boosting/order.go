package boosting

import "container/heap"

// growByOrder grows a tree with a limit on its leaves, splitting one branch at
// a time: the shallowest first (grow: depth) or the one that gains most (grow:
// leaf), as LightGBM does.
func (g *grower) growByOrder(w *worker, root task) {
	q := &queue{byGain: g.params.Grow == "leaf"}
	offer := func(t task) {
		if !g.search(&t) {
			g.settle(&t)
			return
		}
		heap.Push(q, waiting{t, q.offered})
		q.offered++
	}
	offer(root)
	for leaves := 1; q.Len() > 0; {
		t := heap.Pop(q).(waiting).task
		if leaves == g.params.MaxLeaves {
			g.settle(&t)
			continue
		}
		leaves++
		left, right := g.divide(w, &t)
		offer(left)
		offer(right)
	}
}

// waiting is a task that has a split, and when it was offered.
type waiting struct {
	task
	offered int
}

// queue is a heap of tasks.
type queue struct {
	tasks   []waiting
	byGain  bool
	offered int
}

func (q *queue) Len() int      { return len(q.tasks) }
func (q *queue) Swap(i, j int) { q.tasks[i], q.tasks[j] = q.tasks[j], q.tasks[i] }
func (q *queue) Push(x any)    { q.tasks = append(q.tasks, x.(waiting)) }

func (q *queue) Less(i, j int) bool {
	a, b := &q.tasks[i], &q.tasks[j]
	if q.byGain && a.split.gain != b.split.gain {
		return a.split.gain > b.split.gain
	}
	return a.offered < b.offered
}

func (q *queue) Pop() any {
	last := q.tasks[len(q.tasks)-1]
	q.tasks = q.tasks[:len(q.tasks)-1]
	return last
}
