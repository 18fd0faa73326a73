package main

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// result is how a simulated run went.
type result struct {
	took    time.Duration
	busiest int     // slots at work at once
	busy    float64 // share of the slots at work, while the middle half of the stages end
	flew    int     // orders at the engine at once, at most
}

// event is something that happens at a time; of two at one time, the first that was said.
type event struct {
	at     time.Duration
	number int
	do     func()
}

// events is a heap of them.
type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].number < e[j].number
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}

// clock runs events in their order.
type clock struct {
	now    time.Duration
	number int
	next   events
}

func (c *clock) after(d time.Duration, do func()) {
	c.number++
	heap.Push(&c.next, event{c.now + d, c.number, do})
}

func (c *clock) run() {
	for len(c.next) > 0 {
		e := heap.Pop(&c.next).(event)
		c.now = e.at
		e.do()
	}
}

// few is what so many may have at once; others wait in their order.
type few struct {
	free, used, most int
	waiting          []func()
}

func (f *few) take(then func()) {
	if f.free == 0 {
		f.waiting = append(f.waiting, then)
		return
	}
	f.free--
	f.used++
	f.most = max(f.most, f.used)
	then()
}

func (f *few) give() {
	if len(f.waiting) > 0 {
		next := f.waiting[0]
		f.waiting = f.waiting[1:]
		next()
		return
	}
	f.free++
	f.used--
}

// step is a part of a stage's way, which calls then at its end.
type step func(then func())

// way takes steps one after the other.
func way(steps ...step) {
	if len(steps) > 0 {
		steps[0](func() { way(steps[1:]...) })
	}
}

// does is a step that takes a while.
func (c *clock) does(d time.Duration) step {
	return func(then func()) { c.after(d, then) }
}

// with is a step that has one of few for a while.
func (c *clock) with(f *few, d time.Duration) step {
	return func(then func()) { f.take(func() { c.after(d, func() { f.give(); then() }) }) }
}

// at is a step that takes no time.
func at(do func()) step {
	return func(then func()) { do(); then() }
}

// simulate runs all stages of a farm, each as runner/farm does: the client asks the bucket
// and sends the order, has the engine start it, and takes home what a worker, which asks
// and sends too, made. What client and engine compute waits for their cores.
func simulate(f farm) (r result) {
	c := &clock{}
	chance := rand.New(rand.NewPCG(1, 2))
	flight, starts, bucket := &few{free: f.flight}, &few{free: f.starts}, &few{free: f.bucket}
	client, engine, slots := &few{free: f.cores}, &few{free: f.engineCores}, &few{free: f.workers * f.slots}
	ended := 0
	var from, until, before, work time.Duration
	middle := func() bool { return ended >= f.stages/4 && ended < f.stages*3/4 }
	count := func() { // the time that slots worked, before their number changes
		if middle() {
			work += (c.now - before) * time.Duration(slots.used)
		}
		before = c.now
	}
	end := func() {
		count()
		was := middle()
		switch ended++; {
		case !was && middle():
			from = c.now
		case was && !middle():
			until = c.now
		}
		flight.give()
	}
	for range f.stages {
		takes := f.takes/2 + time.Duration(chance.Float64()*float64(f.takes))
		way(flight.take,
			c.with(client, f.own/2), c.with(bucket, clientRequests*f.request),
			starts.take, c.with(engine, f.engine/3), c.does(f.start), at(starts.give),
			func(then func()) { count(); slots.take(then) },
			c.with(engine, f.engine/3), c.does(f.hand+workerAsks*f.request+takes), at(func() { count(); slots.give() }),
			c.with(engine, f.engine/3), c.does(f.end), c.with(client, f.own/2), at(end))
	}
	c.run()
	r.took, r.busiest, r.flew = c.now, slots.most, flight.most
	if until > from {
		r.busy = float64(work) / float64(until-from) / float64(f.workers*f.slots)
	}
	return r
}
