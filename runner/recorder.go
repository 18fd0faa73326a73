package runner

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"strings"
	"time"

	"labbook/internal/data/record"
	"labbook/runner/pipeline"
)

// recorder writes stages to the ledger a batch at a time, so that thousands of
// small ones do not wait for a transaction each.
type recorder struct {
	rows chan *record.Stage
	done chan error
}

// every is how long a row waits for others at most.
const every = 100 * time.Millisecond

func newRecorder(l Ledger) *recorder {
	r := &recorder{rows: make(chan *record.Stage, 256), done: make(chan error, 1)}
	go func() { r.done <- r.write(l) }()
	return r
}

// write writes what comes until there is no more, and goes on after an error.
func (r *recorder) write(l Ledger) (errs error) {
	var batch []*record.Stage
	flush := func() {
		if len(batch) > 0 {
			errs = errors.Join(errs, l.PutStages(batch))
			batch = nil
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case s, ok := <-r.rows:
			if !ok {
				flush()
				return errs
			}
			batch = append(batch, s)
		case <-tick.C:
			flush()
		}
	}
}

// put queues a row, which must not change any more.
func (r *recorder) put(s *record.Stage) { r.rows <- s }

// close waits until all is written.
func (r *recorder) close() error {
	close(r.rows)
	return <-r.done
}

// start makes the runs. They get a row when the first of their stages runs, or
// at the end: until then there is nothing to tell.
func (x *execution) start(ctx context.Context, project *pipeline.Project) error {
	tasks := make([]*task, len(x.tasks))
	of := make(map[*task]*job, len(x.tasks))
	for i, j := range x.tasks {
		tasks[i], of[j.task] = j.task, j
	}
	recall(ctx, x.Ledger, tasks)
	runs := map[*pipeline.Pipeline]*RunResult{}
	for _, j := range x.tasks {
		run := runs[j.pipeline]
		if run == nil {
			id, err := record.NewRunID(x.began, rand.Reader)
			if err != nil {
				return err
			}
			if x.Run.ID != "" && len(x.runs) == 0 {
				id = x.Run.ID
			}
			run = &RunResult{Run: x.Run, Declared: j.pipeline}
			run.ID, run.Pipeline, run.Started, run.PID = id, j.pipeline.Name, x.began, os.Getpid()
			run.Declaration = j.pipeline.Digest()
			run.Params = paramsOf(x.Run.Params, j.pipeline.Params)
			runs[j.pipeline] = run
			x.runs = append(x.runs, run)
		}
		j.of, j.run = of, run
		j.result = &StageResult{Declared: j.Stage, Stage: record.Stage{
			Run: run.ID, Name: j.Name, Kind: j.Kind.Name, Makes: j.Makes, Ordinal: len(run.Stages),
		}}
		run.Stages = append(run.Stages, j.result)
	}
	for _, run := range x.runs {
		run.ctx, run.stop = context.WithCancelCause(ctx)
		x.Began(run.ID, run.stop)
		x.tell(Event{What: RunStarted, Run: run.ID, Pipeline: run.Pipeline, Stages: len(run.Stages)})
	}
	return nil
}

// open gives a run its row, once: when the first of its stages runs.
func (x *execution) open(run *RunResult) error {
	x.opening.Lock()
	defer x.opening.Unlock()
	if run.opened || x.Ledger == nil {
		return nil
	}
	if err := x.mayWrite(run); err != nil {
		return err
	}
	run.Status = record.Running
	if err := x.Ledger.StartRun(&run.Run); err != nil {
		return err
	}
	if run.opened = true; x.recorder == nil {
		x.recorder = newRecorder(x.Ledger)
	}
	return nil
}

// record queues the row of a settled job, if its run has one yet.
func (x *execution) record(j *job) {
	x.opening.Lock()
	defer x.opening.Unlock()
	if j.run.opened {
		j.recorded = true
		x.recorder.put(&j.result.Stage)
	}
}

// conclude ends the runs and writes what is not written yet.
func (x *execution) conclude(ctx context.Context) error {
	var rest []*record.Stage
	for _, j := range x.tasks {
		if j.run.opened && !j.recorded {
			rest = append(rest, &j.result.Stage)
		}
	}
	var errs error
	if x.recorder != nil {
		errs = x.recorder.close()
		errs = errors.Join(errs, x.Ledger.PutStages(rest))
	}
	for _, run := range x.runs {
		run.Ended = x.Clock()
		run.Status = run.outcome()
		cause := context.Cause(run.ctx)
		if run.Status == record.Interrupted && cause != nil && !errors.Is(cause, ErrInterrupted) && !errors.Is(cause, context.Canceled) {
			run.Error = cause.Error()
		}
		run.stop(nil)
		for _, s := range run.Stages {
			if s.Status == record.Failed && run.Error == "" {
				run.Error = s.Name + " failed: " + s.Error
			}
		}
		switch {
		case x.Ledger == nil:
		case run.opened:
			errs = errors.Join(errs, x.Ledger.FinishRun(&run.Run))
		default:
			errs = errors.Join(errs, x.putWhole(ctx, run))
		}
		x.tell(Event{What: RunEnded, Run: run.ID, Pipeline: run.Pipeline, Status: run.Status,
			Took: run.Ended.Sub(run.Started), Error: run.Error, SameAs: run.SameAs, Stages: len(run.Stages)})
	}
	return errs
}

// putWhole records a run in which no stage ran: a single row, when an earlier
// run can stand for it, and then not even that must succeed.
func (x *execution) putWhole(ctx context.Context, run *RunResult) error {
	if run.SameAs = x.sameAs(ctx, run); run.SameAs != "" {
		x.noteSame(run)
		return nil
	}
	if err := x.Ledger.StartRun(&run.Run); err != nil {
		return err
	}
	rows := make([]*record.Stage, len(run.Stages))
	for i, s := range run.Stages {
		rows[i] = &s.Stage
	}
	return x.Ledger.PutStages(rows)
}

// noteSame records a run that another stands for. It holds nothing new, so where
// it cannot be written, as in a project that is only read, that is told and no
// failure.
func (o *Options) noteSame(run *RunResult) {
	if o.Ledger == nil {
		return
	}
	if err := o.Ledger.StartRun(&run.Run); err != nil {
		what, _, _ := strings.Cut(err.Error(), "\n")
		o.Observe(Event{Time: run.Ended, What: StageLog, Run: run.ID, Pipeline: run.Pipeline,
			Text: "labbook: this run is not recorded: " + what})
	}
}

// sameAs gives the earlier run that stands for this one, or "": declared as it
// is, its rows are what this run's would be.
func (x *execution) sameAs(ctx context.Context, run *RunResult) string {
	same := ""
	if run.Status != record.Cached || len(run.Stages) != len(run.Declared.Stages) {
		return ""
	}
	for _, j := range x.tasks {
		r := j.result
		if j.run != run || r.Status == record.Skipped {
			continue
		}
		if j.last == nil || j.last.Key != r.Key || j.last.Output != r.Output || same != "" && same != j.last.Run {
			return ""
		}
		same = j.last.Run
	}
	if same == "" {
		return ""
	}
	stood, err := x.Ledger.FindRun(ctx, run.Pipeline, same)
	if err != nil || stood.Declaration != run.Declaration {
		return ""
	}
	return same
}

// outcome gives a run's status from those of its stages.
func (r *RunResult) outcome() record.Status {
	status := record.Cached
	for _, s := range r.Stages {
		switch s.Status {
		case record.Failed:
			return record.Failed
		case record.Interrupted:
			status = record.Interrupted
		case record.Succeeded:
			if status == record.Cached {
				status = record.Succeeded
			}
		}
	}
	return status
}

// paramsOf gives a run's parameters as they are recorded.
func paramsOf(given map[string]string, declared []pipeline.Param) map[string]string {
	all := maps.Clone(given)
	if all == nil {
		all = map[string]string{}
	}
	for _, p := range declared {
		all[p.Name] = p.Value
	}
	return all
}
