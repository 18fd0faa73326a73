package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"labbook/internal/base/human"
	host "labbook/internal/base/machine"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// ErrInterrupted is the cause of an execution that was told to stop.
var ErrInterrupted = errors.New("interrupted")

// Execute makes the chosen stages of a project: what is in the cache is taken
// from there, the rest runs, as many at a time as there are cores, what is
// expected to take longest first.
//
// The error is of what kept the execution from taking place or from being
// recorded. Stages that failed are in the Result: the others do not depend on
// them and were made. The Result is to be closed. When ctx ends, running stages
// are stopped, within a second, and the runs end as interrupted.
func Execute(ctx context.Context, project *pipeline.Project, o Options) (*Result, error) {
	o = o.withDefaults()
	chosen, err := Select(project, o.Only)
	if err != nil {
		return nil, err
	}
	x := &execution{
		Options: o,
		slots:   newSlots(grant{o.Jobs, o.Memory}),
		began:   o.Clock(),
	}
	x.outside = x.Options.outside()
	x.outside.answers.ask, x.outside.answers.given = x.answer, x.give
	x.outside.hashing = x.tellHashing
	for _, t := range graph(project, chosen) {
		x.tasks = append(x.tasks, &job{task: t})
	}
	if len(x.tasks) == 0 {
		return &Result{}, nil
	}
	if x.Memory < 1 && slices.ContainsFunc(x.tasks, func(j *job) bool { return j.Memory > 0 }) {
		x.slots = newSlots(grant{o.Jobs, host.Memory()})
	}
	if err := x.start(ctx, project); err != nil {
		return nil, err
	}
	// From here on nothing is deleted from the cache: what is found there now
	// is read later, by whoever has the Result too.
	for _, j := range x.tasks {
		x.longest = max(x.longest, j.priority)
	}
	if x.lease, err = x.Cache.Lease(ctx, x.runs[0].ID); err != nil {
		return nil, explain(err)
	}
	if o.Shared != nil {
		x.store = o.Shared(ctx, x.lease, x.remark)
	}
	x.local = x.here()
	if o.Executor != nil {
		x.executor = o.Executor(x.local)
	}
	x.makeAll(ctx)
	x.store.Flush(ctx)
	return x.finish(ctx, project)
}

// here gives the executor of this process.
func (x *execution) here() *local {
	kinds := map[string]*stage.Kind{}
	for _, j := range x.tasks {
		kinds[j.Kind.Name] = j.Kind
	}
	return &local{&x.Options, kinds, x.lease, &meter{}}
}

// execution is the state of one Execute.
type execution struct {
	Options
	tasks   []*job
	runs    []*RunResult
	outside *outside
	slots   *slots
	began   time.Time
	longest float64 // seconds to the end of a pipeline, from any job

	lease    *cache.Lease
	local    *local
	executor Executor // of what may be done elsewhere; nil: nothing may
	keyed    sync.Map // from a key's text to the *job that asked for it first or last

	observing sync.Mutex // Observe is told one event after the other

	publishing sync.Mutex // of folders that change places

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
	by       string // who made it, where not this process
	recorded bool
}

// makeAll settles every job: each is begun when all that it follows is settled.
func (x *execution) makeAll(ctx context.Context) {
	var all sync.WaitGroup
	var begin func(j *job)
	begin = func(j *job) {
		all.Go(func() {
			x.settle(j.run.ctx, j)
			for _, f := range j.followers {
				if next := j.of[f]; next.pending.Add(-1) == 0 {
					begin(next)
				}
			}
		})
	}
	for _, j := range x.tasks {
		j.pending.Store(int32(j.follows))
	}
	for _, j := range x.tasks {
		if j.follows == 0 {
			begin(j)
		}
	}
	all.Wait()
}

// How many letters of a reason and of an error are kept. They can quote names
// and texts of any length, which are in the stage's key and log.
const (
	longestReason = 600
	longestError  = 4000
)

// tellHashing says why nothing seems to happen.
func (x *execution) tellHashing(s *pipeline.Stage, path string, size int64) {
	for _, j := range x.tasks {
		if j.Stage == s {
			x.note(j, fmt.Sprintf("reading the %s of %s, to see whether they changed", human.Bytes(size), path))
		}
	}
}

// settle brings one job to its end and records it.
func (x *execution) settle(ctx context.Context, j *job) {
	r := j.result
	started := x.Clock()
	if status, reason := x.blocked(ctx, j); status != "" {
		r.Status, r.Reason = status, reason
	} else if err := x.make(ctx, j); err != nil {
		r.Status, r.Err, r.Error = record.Failed, err, err.Error()
		if ctx.Err() != nil {
			r.Status, r.Error = record.Interrupted, ErrInterrupted.Error()
		}
	} else if err := x.publish(ctx, j); err != nil {
		r.Status, r.Err, r.Error = record.Failed, err, err.Error()
	}
	r.Reason, r.Error = human.Line(r.Reason, longestReason), human.Text(r.Error, longestError)
	if r.Status == record.Skipped || r.Status == record.Interrupted && r.Started.IsZero() {
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
func (x *execution) blocked(ctx context.Context, j *job) (record.Status, string) {
	if ctx.Err() != nil {
		return record.Interrupted, "the run was stopped before"
	}
	if !j.Enabled {
		return record.Skipped, j.Disabled
	}
	for _, up := range j.from {
		if s := j.of[up].result; s.Record == nil {
			return record.Skipped, up.Name + " " + outcome(s.Status)
		}
	}
	for _, up := range j.needs {
		if s := j.of[up].result; s.Record == nil && !x.KeepGoing {
			return record.Skipped, up.Name + " " + outcome(s.Status)
		}
	}
	return "", ""
}

func outcome(s record.Status) string {
	if s == record.Skipped || s == record.Interrupted {
		return "was " + string(s)
	}
	return string(s)
}

// tell tells the observer.
func (x *execution) tell(e Event) {
	e.Time = x.Clock()
	x.observing.Lock()
	defer x.observing.Unlock()
	x.Observe(e)
}

// remark tells the observer what the store says, of the stage that the key is of, or
// of all.
func (x *execution) remark(key string, f notebook.Finding) {
	e := Event{What: StageLog, Run: x.runs[0].ID, Pipeline: x.runs[0].Pipeline, Text: "labbook: " + f.Text}
	if j, ok := x.keyed.Load(key); ok {
		j := j.(*job)
		e.Run, e.Pipeline, e.Stage = j.run.ID, j.pipeline.Name, j.Name
	}
	if f.Level == notebook.Warning {
		e.What, e.Text, e.Warning = StageWarned, "", &f
	}
	x.tell(e)
}

// note tells the observer a line that is the runner's, not the stage's.
func (x *execution) note(j *job, text string) {
	x.tell(Event{What: StageLog, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Text: "labbook: " + text})
}
