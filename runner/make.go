package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

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
	// What is found in the cache takes no memory.
	waited := false
	waits := func(memory bool) {
		waited = true
		w := &record.Wait{For: record.ForCore}
		if memory {
			w = &record.Wait{For: record.ForMemory, Memory: j.Memory}
		}
		x.tellWait(j, w)
	}
	held, err := x.slots.acquire(ctx, j.priority, grant{cores: x.want(j)}, waits)
	if err != nil {
		return err
	}
	if waited {
		x.tellWait(j, &record.Wait{})
	}
	defer func() { x.slots.release(held) }()
	// again gives all back and waits for what the work takes, all of it at once.
	again := func() (err error) {
		x.slots.release(held)
		held, err = x.slots.acquire(ctx, j.priority, grant{x.want(j), j.Memory}, waits)
		return err
	}

	a := &asked{}
	for _, up := range j.from {
		a.inputs = append(a.inputs, j.of[up].result.Record)
	}
	if a, err = x.ask(ctx, x.outside, j.Stage, a.inputs); err != nil {
		return err
	}
	j.asked = a
	if a.answer != nil {
		j.result.Answer = a.answer.words()
		if a.answer.trouble != "" {
			w := notebook.Finding{Level: notebook.Warning, Text: "an older answer is taken: " + j.result.Answer}
			x.tell(Event{What: StageWarned, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Warning: &w})
		}
	}
	j.result.KeyText, j.result.Key = a.key, a.digest()
	x.keyed.Store(a.key, j)
	if x.judge(ctx, j) == Cached && !x.Verify {
		return x.take(j)
	}
	if j.decision.Action == Cached {
		if x.elsewhere(j) {
			x.slots.release(held)
			held = grant{}
		} else if j.Memory > 0 {
			if err := again(); err != nil {
				return err
			}
		}
		return x.verify(ctx, j, held.cores)
	}

	if err := x.open(j.run); err != nil {
		return err
	}
	made := false // by another, meanwhile
	unlock, err := x.lease.Lock(ctx, j.result.Key, j.Name, func(holder string) {
		// A stage that waits leaves its cores to those that work.
		made = true
		x.slots.release(held)
		held = grant{}
		x.tellWait(j, &record.Wait{For: record.ForRun, Holder: holder})
	})
	if err != nil {
		return explain(err)
	}
	// One that was left behind may still write into the folder for resuming.
	defer func() { whenEnded(err, unlock) }()
	if made || j.Memory > 0 && !x.elsewhere(j) {
		if err := again(); err != nil {
			return err
		}
	}
	// Another may have made it before the lock was had, waited for or not.
	if x.judge(ctx, j) == Cached {
		return x.take(j)
	}
	if x.elsewhere(j) {
		x.slots.release(held)
		held = grant{}
	}
	return x.attempts(ctx, j, held.cores)
}

// tellWait tells the observer what a job waits for.
func (x *execution) tellWait(j *job, w *record.Wait) {
	x.tell(Event{What: StageWaiting, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Kind: j.Kind.Name, Wait: w, Text: w.Holder})
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
	j.result.Status = record.Cached
	j.fill(j.decision.Record)
	if j.decision.Record.From != "" {
		x.note(j, j.result.Reason)
	}
	return nil
}

// attempts runs the stage, again after a failure as often as it is declared.
func (x *execution) attempts(ctx context.Context, j *job, cores int) error {
	began := x.Clock()
	for n := 1; ; n++ {
		x.tell(Event{What: StageStarted, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Kind: j.Kind.Name,
			Reason: j.result.Reason, Cores: cores, Attempt: n, Expected: j.expected})
		j.result.Started = began
		made, err := x.perform(ctx, j, cores)
		if err == nil {
			if err = x.storeOf(j.Kind).Add(made); err != nil {
				return explain(err)
			}
			j.tried(n)
			if j.by != "" {
				j.result.Reason += "; by " + j.by
			}
			j.result.Status = record.Succeeded
			j.fill(made)
			return nil
		}
		var moved *movedError
		var left *leftError
		if n > j.Retries || ctx.Err() != nil || errors.As(err, &moved) || errors.As(err, &left) {
			j.tried(n)
			return err
		}
		what, _, _ := strings.Cut(err.Error(), "\n")
		x.note(j, fmt.Sprintf("attempt %d failed: %s", n, what))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond << min(n-1, 6)):
		}
	}
}

// tried notes how often the stage was tried, where that was more than once.
func (j *job) tried(times int) {
	if times > 1 {
		j.result.Reason += fmt.Sprintf("; %d attempts", times)
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

// fill copies what a record says of the stage, with the mutes of the pipeline.
func (j *job) fill(record *cache.Record) {
	r := j.result
	r.Record = record
	r.Output, r.Log, r.Ran = record.Tree, record.Log.Hex(), record.Run
	r.Metrics, r.Warnings = record.Metrics, j.pipeline.Mutes.ApplyTo(record.Warnings)
	r.CPU, r.Memory = record.CPU, record.Memory
}
