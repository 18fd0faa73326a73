package farm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// fake is an engine in this process, with all that a real one does for us: one
// execution an id, priorities, retries of what may succeed, tasks whose worker is
// silent given to another, cancelling for all who wait.
type fake struct {
	mu      sync.Mutex
	serial  int
	tasks   map[string]*fakeTask // by run
	under   map[string]string    // the run that is under way, by id
	polling map[string]map[string]time.Time
	changed chan struct{} // closed when something has, and made anew
	kept    bytes.Buffer  // all that it was ever told
	made    int           // tasks that ended well
	down    error         // of Check
	done    func()        // called before a task ends well
}

type fakeTask struct {
	Task
	run, worker   string
	attempt       int
	heard         time.Time
	details       []byte
	taken, cancel bool
	ended         *Outcome
	token         string
}

func newFake() *fake {
	return &fake{tasks: map[string]*fakeTask{}, under: map[string]string{}, polling: map[string]map[string]time.Time{}, changed: make(chan struct{})}
}

// change does something to the engine and wakes those who wait.
func (f *fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.changed)
	f.changed = make(chan struct{})
}

// until waits for a condition.
func (f *fake) until(ctx context.Context, met func() bool) error {
	for {
		f.mu.Lock()
		if met() {
			f.mu.Unlock()
			return nil
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (f *fake) Check(context.Context) error { return f.down }

func (f *fake) Start(_ context.Context, t Task) (run string, err error) {
	f.change(func() {
		data, _ := json.Marshal(t)
		f.kept.Write(data)
		f.kept.Write(t.Order)
		if run = f.under[t.ID]; run == "" {
			f.serial++
			run = fmt.Sprint(f.serial)
			f.under[t.ID], f.tasks[run] = run, &fakeTask{Task: t, run: run, attempt: 1}
		}
	})
	return run, nil
}

func (f *fake) end(t *fakeTask, o Outcome) {
	f.kept.Write(o.Result)
	f.kept.Write(o.Details)
	t.ended = &o
	delete(f.under, t.ID)
}

func (f *fake) Wait(ctx context.Context, id, run string) (o Outcome, err error) {
	err = f.until(ctx, func() bool {
		t := f.tasks[run]
		if t.ended == nil {
			return false
		}
		o = *t.ended
		return true
	})
	return o, err
}

func (f *fake) Look(_ context.Context, id, run string) (State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tasks[run]
	return State{Started: t.taken, Ended: t.ended != nil, Worker: t.worker, Attempt: t.attempt, Details: t.details, Queue: t.Queue}, nil
}

func (f *fake) Cancel(_ context.Context, id, run string) error {
	f.change(func() {
		if t := f.tasks[run]; t.ended == nil {
			if t.cancel = true; !t.taken {
				f.end(t, Outcome{Failure: Canceled})
			}
		}
	})
	return nil
}

func (f *fake) Poll(ctx context.Context, queue, who string) (a *Assigned, err error) {
	err = f.until(ctx, func() bool {
		if f.polling[queue] == nil {
			f.polling[queue] = map[string]time.Time{}
		}
		f.polling[queue][who] = time.Now()
		var next []*fakeTask
		for _, t := range f.tasks {
			if t.taken && t.ended == nil && time.Since(t.heard) > t.Silent {
				if t.taken, t.attempt = false, t.attempt+1; t.attempt > t.Attempts {
					f.end(t, Outcome{Failure: Lost})
				}
			}
			if !t.taken && t.ended == nil && t.Queue == queue {
				next = append(next, t)
			}
		}
		if len(next) == 0 {
			return false
		}
		t := slices.MinFunc(next, func(a, b *fakeTask) int { return a.Priority - b.Priority })
		t.taken, t.worker, t.heard, t.details = true, who, time.Now(), nil
		f.serial++
		t.token = fmt.Sprint(t.run, " ", f.serial)
		a = &Assigned{Token: []byte(t.token), ID: t.ID, Order: t.Order}
		return true
	})
	return a, err
}

// of gives the task of a token; nil when another has it.
func (f *fake) of(token []byte) *fakeTask {
	for _, t := range f.tasks {
		if t.token == string(token) && t.taken && t.ended == nil {
			return t
		}
	}
	return nil
}

func (f *fake) Beat(_ context.Context, token, details []byte) (stop bool, err error) {
	f.change(func() {
		t := f.of(token)
		if stop = t == nil || t.cancel; t != nil {
			t.heard, t.details = time.Now(), details
			f.kept.Write(details)
		}
	})
	return stop, nil
}

func (f *fake) Done(_ context.Context, token, result []byte) error {
	if f.done != nil {
		f.done()
	}
	f.change(func() {
		if t := f.of(token); t != nil {
			f.made++
			f.end(t, Outcome{Result: result})
		}
	})
	return nil
}

func (f *fake) Failed(_ context.Context, token []byte, kind string, details []byte, again bool) error {
	f.change(func() {
		t := f.of(token)
		if t == nil {
			return
		}
		f.kept.Write(details)
		if t.attempt++; again && t.attempt <= t.Attempts {
			t.taken = false
			return
		}
		f.end(t, Outcome{Failure: kind, Details: details})
	})
	return nil
}

func (f *fake) Canceled(_ context.Context, token []byte) error {
	f.change(func() {
		if t := f.of(token); t != nil {
			f.end(t, Outcome{Failure: Canceled})
		}
	})
	return nil
}

func (f *fake) Polling(_ context.Context, queue string) (who []Poller, waiting int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, last := range f.polling[queue] {
		who = append(who, Poller{name, last})
	}
	return who, 0, nil
}

func (f *fake) Running(context.Context, int) (all []Execution, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, run := range f.under {
		all = append(all, Execution{id, run})
	}
	return all, nil
}

func (f *fake) Close() {}
