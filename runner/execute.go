package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"labbook/internal/ledger"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// ErrInterrupted is the cause of an execution that was told to stop.
var ErrInterrupted = errors.New("interrupted")

// Execute makes the chosen stages of a project: what is in the cache is taken
// from there, the rest runs, as many at a time as there are cores, what is
// expected to take longest first.
//
// The error is of what kept the execution from taking place or from being
// recorded. Stages that failed are in the Result: the others do not depend on
// them and were made. The Result is to be closed. When ctx ends, running stages are stopped, within a
// second, and the runs end as interrupted.
func Execute(ctx context.Context, project *pipeline.Project, o Options) (*Result, error) {
	o = o.withDefaults()
	chosen, err := Select(project, o.Only)
	if err != nil {
		return nil, err
	}
	x := &execution{
		Options: o,
		files:   newGlobs(o.Project),
		slots:   newSlots(o.Jobs),
		meter:   &meter{},
		began:   o.Clock(),
	}
	for _, t := range graph(project, chosen) {
		x.tasks = append(x.tasks, &job{task: t})
	}
	if len(x.tasks) == 0 {
		return &Result{}, nil
	}
	if err := x.start(ctx, project); err != nil {
		return nil, err
	}
	// From here on nothing is deleted from the cache: what is found there now
	// is read later, also by who reads the Result.
	if x.lease, err = x.Cache.Lease(ctx, x.runs[0].ID); err != nil {
		return nil, explain(err)
	}
	x.makeAll(ctx)
	return x.finish(ctx, project)
}

// execution is the state of one Execute.
type execution struct {
	Options
	tasks []*job
	runs  []*RunResult
	files *globs
	slots *slots
	meter *meter
	began time.Time

	lease *cache.Lease

	observing sync.Mutex // Observe is told one event after the other

	opening  sync.Mutex // guards RunResult.opened
	recorder *recorder  // made when the first stage runs
}

// job is a task with its outcome, which is written by one goroutine and then
// read by those of its followers.
type job struct {
	*task
	run      *RunResult
	result   *StageResult
	of       map[*task]*job
	pending  atomic.Int32
	decision Decision
	asked    *asked
	recorded bool
}

// makeAll settles every job: each is begun when all that it follows is settled.
func (x *execution) makeAll(ctx context.Context) {
	var all sync.WaitGroup
	var begin func(j *job)
	begin = func(j *job) {
		all.Go(func() {
			x.settle(ctx, j)
			for _, f := range j.followers {
				if next := j.of[f]; next.pending.Add(-1) == 0 {
					begin(next)
				}
			}
		})
	}
	var ready []*job
	for _, j := range x.tasks {
		seen := map[*task]bool{}
		for _, up := range append(j.from[:len(j.from):len(j.from)], j.needs...) {
			seen[up] = true
		}
		j.pending.Store(int32(len(seen)))
		if len(seen) == 0 {
			ready = append(ready, j)
		}
	}
	for _, j := range ready {
		begin(j)
	}
	all.Wait()
}

// settle brings one job to its end and records it.
func (x *execution) settle(ctx context.Context, j *job) {
	r := j.result
	started := x.Clock()
	if status, reason := x.blocked(ctx, j); status != "" {
		r.Status, r.Reason = status, reason
	} else if err := x.make(ctx, j); err != nil {
		r.Status, r.Err, r.Error = ledger.Failed, err, err.Error()
		if ctx.Err() != nil {
			r.Status, r.Error = ledger.Interrupted, ErrInterrupted.Error()
		}
	}
	if r.Status == ledger.Skipped || r.Status == ledger.Interrupted && r.Started.IsZero() {
		started = time.Time{}
	}
	if r.Started.IsZero() {
		r.Started = started
	}
	var took time.Duration
	if !r.Started.IsZero() {
		r.Ended = x.Clock()
		took = r.Ended.Sub(r.Started)
	}
	x.tell(Event{What: StageEnded, Run: r.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Kind: r.Kind,
		Status: r.Status, Reason: r.Reason, Took: took, Error: r.Error})
	x.record(j)
}

// blocked gives why a job cannot even be asked for, or an empty status.
func (x *execution) blocked(ctx context.Context, j *job) (ledger.Status, string) {
	if ctx.Err() != nil {
		return ledger.Interrupted, "the run was stopped before"
	}
	if !j.Enabled {
		return ledger.Skipped, j.Disabled
	}
	for _, up := range j.from {
		if s := j.of[up].result; s.Record == nil {
			return ledger.Skipped, up.Name + " " + outcome(s.Status)
		}
	}
	for _, up := range j.needs {
		if s := j.of[up].result; s.Record == nil && !x.KeepGoing {
			return ledger.Skipped, up.Name + " " + outcome(s.Status)
		}
	}
	return "", ""
}

func outcome(s ledger.Status) string {
	if s == ledger.Skipped || s == ledger.Interrupted {
		return "was " + string(s)
	}
	return string(s)
}

// make takes a job's result from the cache, or runs it. Files that change while
// the stage runs make the result one of no key at all: it is dropped and the
// stage asked anew, once.
func (x *execution) make(ctx context.Context, j *job) error {
	for again := false; ; again = true {
		err := x.makeOnce(ctx, j)
		var moved *movedError
		if !errors.As(err, &moved) {
			return err
		}
		if again || ctx.Err() != nil {
			return j.Fault(moved.Error(), "let it rest while the pipeline runs, then run again")
		}
		x.note(j, moved.Error()+"; running again")
	}
}

func (x *execution) makeOnce(ctx context.Context, j *job) (err error) {
	cores, err := x.slots.acquire(ctx, j.priority, x.want(j))
	if err != nil {
		return err
	}
	defer func() { x.slots.release(cores) }()

	a := &asked{}
	for _, up := range j.from {
		a.inputs = append(a.inputs, j.of[up].result.Record)
	}
	if a, err = x.ask(ctx, x.files, j.Stage, a.inputs); err != nil {
		return err
	}
	j.asked = a
	j.result.KeyText, j.result.Key = a.key, a.digest()
	if x.judge(ctx, j) == Cached && !x.Verify {
		return x.take(j)
	}
	if j.decision.Action == Cached {
		return x.verify(ctx, j, cores)
	}

	if err := x.open(j.run); err != nil {
		return err
	}
	waited := false
	unlock, err := x.lease.Lock(ctx, j.result.Key, j.Name, func(holder string) {
		// Waiting takes no core from who works.
		waited = true
		x.slots.release(cores)
		cores = 0
		x.tell(Event{What: StageWaiting, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Text: holder})
	})
	if err != nil {
		return explain(err)
	}
	// One that was left behind may still write into the folder for resuming.
	defer func() { whenEnded(err, unlock) }()
	if waited {
		if cores, err = x.slots.acquire(ctx, j.priority, x.want(j)); err != nil {
			return err
		}
	}
	// Another may have made it before the lock was had, waited for or not.
	if x.judge(ctx, j) == Cached {
		return x.take(j)
	}
	return x.attempts(ctx, j, cores)
}

// judge decides about a job whose key is known.
func (x *execution) judge(ctx context.Context, j *job) Action {
	j.decision = x.decide(ctx, j.Stage, j.asked, nil, j.last)
	j.decision.because(func(input string) string {
		for _, up := range j.from {
			if up.Name == input {
				return j.of[up].decision.cause(up.Stage)
			}
		}
		return ""
	})
	j.result.Reason = j.decision.Reason
	return j.decision.Action
}

// take makes the record that stands the job's result.
func (x *execution) take(j *job) error {
	j.result.Status = ledger.Cached
	j.result.fill(j.decision.Record)
	return nil
}

// attempts runs the stage, again after a failure as often as it is declared.
func (x *execution) attempts(ctx context.Context, j *job, cores int) error {
	for n := 1; ; n++ {
		x.tell(Event{What: StageStarted, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Kind: j.Kind.Name,
			Reason: j.result.Reason, Cores: cores, Attempt: n, Expected: j.expected})
		j.result.Started = x.Clock()
		record, err := x.perform(ctx, j, cores)
		if err == nil {
			if err = x.Cache.Add(record); err != nil {
				return explain(err)
			}
			j.result.Status = ledger.Succeeded
			j.result.fill(record)
			return nil
		}
		var moved *movedError
		var left *leftError
		if n > j.Retries || ctx.Err() != nil || errors.As(err, &moved) || errors.As(err, &left) {
			return err
		}
		x.note(j, fmt.Sprintf("attempt %d failed: %v", n, err))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond << min(n-1, 6)):
		}
	}
}

// want gives how many cores a job could use.
func (x *execution) want(j *job) int {
	switch {
	case j.Cores == pipeline.AllCores:
		return x.Jobs
	case j.Cores > 0:
		return min(j.Cores, x.Jobs)
	case j.Kind.Cores == nil:
		return 1
	}
	p, err := j.Params()
	if err != nil {
		return 1
	}
	return min(j.Kind.Cores(p, x.Jobs), x.Jobs)
}

// tell tells the observer.
func (x *execution) tell(e Event) {
	e.Time = x.Clock()
	x.observing.Lock()
	defer x.observing.Unlock()
	x.Observe(e)
}

// note tells the observer a line that is the runner's, not the stage's.
func (x *execution) note(j *job, text string) {
	x.tell(Event{What: StageLog, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Text: "labbook: " + text})
}

// fill copies what a record says of the stage.
func (r *StageResult) fill(record *cache.Record) {
	r.Record = record
	r.Output, r.Cell, r.Log, r.Ran = record.Tree, record.Cell.Hex(), record.Log.Hex(), record.Run
	r.Metrics, r.Warnings = record.Metrics, record.Warnings
	r.CPU, r.Memory = record.CPU, record.Memory
}
