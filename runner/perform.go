package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/runner/cache"
)

// grace is how long a stage has to stop when it is told to. One that does not
// listen is left behind: whatever it does, it does in a folder that nobody
// looks at.
const grace = 700 * time.Millisecond

// movedError says that what a stage read changed while it ran.
type movedError struct{ what string }

func (e *movedError) Error() string { return e.what + " changed while the stage ran" }

// leftError is of a stage that did not stop when it was told to.
type leftError struct {
	cause error
	ended <-chan struct{} // closed when it has
}

func (e *leftError) Error() string {
	return "did not stop when told to, and was left behind: " + e.cause.Error()
}
func (e *leftError) Unwrap() error { return e.cause }

// whenEnded calls f once the stage whose error this is has ended: now, but for
// one that was left behind.
func whenEnded(err error, f func()) {
	var left *leftError
	if !errors.As(err, &left) {
		f()
		return
	}
	go func() { <-left.ended; f() }()
}

// perform has a stage done once. The record is complete, and not added yet. When
// it fails nothing is left but the log.
func (x *execution) perform(ctx context.Context, j *job, cores int) (*cache.Record, error) {
	if j.Kind.Acts {
		if err := x.makeDurable(ctx, j); err != nil {
			return nil, explain(err)
		}
	}
	order := *j.asked.order
	order.Pipeline, order.Run = j.pipeline.Name, j.result.Run
	order.Priority, order.Anew = x.urgency(j), x.Force || x.Verify
	executor := Executor(x.local)
	if cores == 0 {
		executor = x.executor
	}
	made, err := executor.Do(ctx, &order, Watch{
		Cores: cores,
		Grant: func(ctx context.Context) (int, func(), error) { return x.grant(ctx, j) },
		By:    func(who string) { j.by = who },
		Line: func(line string) {
			x.tell(Event{What: StageLog, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Text: line})
		},
		Progress: func(step string, done, total int64, unit string) {
			x.tell(Event{What: StageProgress, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name,
				Step: step, Done: done, Total: total, Unit: unit})
		},
		Scored: func(number int, of string, value metrics.Value) {
			x.tell(Event{What: StageScored, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name,
				Done: int64(number), Text: of, Score: &value})
		},
	})
	if err != nil {
		if made != nil && made.Log != nil {
			j.result.Log = made.Log.Hex()
		}
		return nil, j.late(j.Place(err))
	}
	if err := x.unmoved(ctx, j); err != nil {
		return nil, err
	}
	for _, w := range j.pipeline.Mutes.ApplyTo(made.Warnings) {
		if w.Muted == "" {
			x.tell(Event{What: StageWarned, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Warning: &w})
		}
	}
	return made, nil
}

// late gives the error of work that took too long its place in the declaration.
func (j *job) late(err error) error {
	var late *lateError
	if !errors.As(err, &late) {
		return err
	}
	fault := j.Fault(late.Error(), "raise its timeout, or give it less to do")
	if left := (*leftError)(nil); errors.As(err, &left) {
		return &leftError{fault, left.ended}
	}
	return fault
}

// unmoved proves that all a stage read is as it was when its key was made.
func (x *execution) unmoved(ctx context.Context, j *job) error {
	for i, f := range j.asked.files {
		same, err := x.Cache.Memory().Unmoved(ctx, f.Abs, j.asked.proofs[i])
		if err != nil && ctx.Err() != nil {
			return err
		}
		if !same || err != nil {
			return &movedError{f.Path}
		}
	}
	for _, t := range j.asked.tools {
		if t.path == "" {
			continue
		}
		same, err := x.Cache.Memory().Unmoved(ctx, t.path, t.proof)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if !same || err != nil {
			return &movedError{t.path}
		}
	}
	if a := j.asked.answer; a != nil {
		if _, err := x.Cache.Fetch(ctx, a.record); err != nil {
			return fmt.Errorf("the answer that it read is no longer in the cache: %w", err)
		}
	}
	for _, in := range j.asked.inputs {
		if _, err := x.Cache.Fetch(ctx, in); err != nil {
			return fmt.Errorf("what it read is no longer in the cache: %w", err)
		}
	}
	return nil
}

// makeDurable sees to it that what an effect rests on outlives a power cut:
// the results of all stages above.
func (x *execution) makeDurable(ctx context.Context, j *job) error {
	seen := map[*task]bool{}
	var up func(t *task) error
	up = func(t *task) error {
		for _, f := range t.from {
			if seen[f] {
				continue
			}
			seen[f] = true
			if err := x.Cache.Sync(ctx, j.of[f].result.Record); err != nil {
				return err
			}
			if err := up(f); err != nil {
				return err
			}
		}
		return nil
	}
	return up(j.task)
}

// ErrDiffers is the cause of the failure of a stage that was verified and made
// other bytes than those in the cache.
var ErrDiffers = errors.New("differs from the result in the cache")

// verify runs a stage whose result is in the cache and compares the bytes. The
// result stays the one in the cache.
func (x *execution) verify(ctx context.Context, j *job, cores int) error {
	record := j.decision.Record
	if j.Kind.Acts {
		j.result.Reason = "not verified: it acts on more than its output"
		return x.take(j)
	}
	if err := x.open(j.run); err != nil {
		return err
	}
	x.tell(Event{What: StageStarted, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Kind: j.Kind.Name,
		Reason: "verifies what is in the cache", Cores: cores, Attempt: 1, Expected: j.expected})
	again, err := x.perform(ctx, j, cores)
	if err != nil {
		return err
	}
	j.result.Reason = "verified: made again, the same bytes"
	x.take(j)
	if diff := record.Differences(again); len(diff) > 0 {
		w := notebook.Finding{Level: "warning", Text: "not reproducible: made again, " + names(diff) + " differed"}
		x.tell(Event{What: StageWarned, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Warning: &w})
		fault := j.Fault(w.Text, "make its output depend on its inputs and seed only: no clock, no order of maps or of threads")
		fault.Err = ErrDiffers
		return fault
	}
	return nil
}
