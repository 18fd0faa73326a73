package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/runner/cache"
	"labbook/runner/stage"
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

// perform runs a stage once, in a private folder, and brings what it made into
// the cache. The record is complete, and not added yet. When it fails nothing
// is left but the log.
func (x *execution) perform(ctx context.Context, j *job, cores int) (record *cache.Record, err error) {
	order := *j.asked.order
	order.Pipeline, order.Run = j.pipeline.Name, j.result.Run
	config, err := x.config(j.Kind, &order)
	if err != nil {
		return nil, err
	}
	room, err := x.lease.Room()
	if err != nil {
		return nil, explain(err)
	}
	log := &stageLog{spill: room.Out + ".log", line: func(line string) {
		x.tell(Event{What: StageLog, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Text: line})
	}}
	defer func() {
		log.discard() // before another has the room, and with it the name of the file
		whenEnded(err, func() { x.lease.Leave(room) })
	}()
	config.Out, config.Temp, config.Log = room.Out, room.Temp, log
	config.Cores = cores
	config.Partial = x.Cache.Partial(j.result.Key)
	config.Progress = func(step string, done, total int64, unit string) {
		x.tell(Event{What: StageProgress, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name,
			Step: step, Done: done, Total: total, Unit: unit})
	}
	if j.Kind.Acts {
		if err := x.makeDurable(ctx, j); err != nil {
			return nil, explain(err)
		}
	}

	began := x.Clock()
	used := x.meter.begin(cores)
	c, err := x.call(ctx, j, config)
	cpu, memory := used()
	took := x.Clock().Sub(began)
	log.Close()
	if err != nil {
		if ref, err := x.keepLog(context.WithoutCancel(ctx), log, false); err == nil {
			j.result.Log = ref.Hex()
		}
		return nil, explain(err)
	}
	if err := x.unmoved(ctx, j); err != nil {
		return nil, err
	}
	result := c.Result()
	if result.CPU > 0 || result.Memory > 0 {
		cpu, memory = result.CPU, result.Memory
	}
	record = &cache.Record{
		Key: j.asked.key, Kind: j.Kind.Name, Metrics: result.Metrics, Warnings: result.Warnings,
		Took: took, CPU: cpu, Memory: memory, Run: j.result.Run, Made: began,
	}
	if err := x.ingest(ctx, record, config.Out, log, result, took >= cache.SyncAfter || j.Kind.Acts); err != nil {
		return nil, explain(err)
	}
	os.RemoveAll(config.Partial)
	for i := range result.Warnings {
		x.tell(Event{What: StageWarned, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Warning: &result.Warnings[i]})
	}
	return record, nil
}

// call calls the kind's Run and waits for it, or for ctx and then a little. A
// panic is a failure whose stack is in the log.
func (x *execution) call(ctx context.Context, j *job, config stage.Config) (*stage.Context, error) {
	if j.Timeout > 0 {
		var stop context.CancelFunc
		late := j.Fault(fmt.Sprintf("took longer than its timeout of %s", j.Timeout), "raise its timeout, or give it less to do")
		ctx, stop = context.WithTimeoutCause(ctx, j.Timeout, late)
		defer stop()
	}
	c := stage.New(ctx, config)
	done, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil {
				fmt.Fprintf(config.Log, "panic: %v\n\n%s", p, debug.Stack())
				done <- diag.New(fmt.Sprintf("the kind %s has a bug: %v", j.Kind.Name, p), "see the stage's log for where; this is to be reported")
			}
		}()
		done <- j.Place(j.Kind.Run(c))
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(grace):
			return c, &leftError{context.Cause(ctx), ended}
		}
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return c, err
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
	for _, in := range j.asked.inputs {
		if _, err := x.Store.Fetch(ctx, in); err != nil {
			return fmt.Errorf("what it read is no longer in the cache: %w", err)
		}
	}
	return nil
}

// ingest moves what a stage made into the cache and completes its record.
func (x *execution) ingest(ctx context.Context, r *cache.Record, out string, log *stageLog, result stage.Result, sync bool) error {
	linked := make([]cache.File, len(result.Links))
	for i, l := range result.Links {
		linked[i] = cache.File{Name: l.Name, Size: l.Blob.Size, Digest: l.Blob.Digest, Exec: l.Blob.Exec}
	}
	tree, err := x.Store.Ingest(ctx, x.lease, out, linked, sync)
	if err != nil {
		return err
	}
	r.Tree, r.Files = tree.Digest, tree.Files
	if result.Told != nil {
		if r.Told, err = x.store(result.Told, sync); err != nil {
			return err
		}
	}
	r.Log, err = x.keepLog(ctx, log, sync)
	return err
}

func (x *execution) store(data []byte, sync bool) (*cache.Ref, error) {
	digest, err := x.Store.Put(x.lease, data, sync)
	return &cache.Ref{Digest: digest, Size: int64(len(data))}, err
}

// keepLog brings a closed log into the cache; nil for one that is empty. A long
// one is moved there, not read.
func (x *execution) keepLog(ctx context.Context, log *stageLog, sync bool) (*cache.Ref, error) {
	switch {
	case log.file != nil:
		ref, err := x.Store.Adopt(ctx, x.lease, log.spill, sync)
		return &ref, err
	case len(log.kept) > 0:
		return x.store(log.kept, sync)
	}
	return nil, nil
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
	if diff := compare(record, again); len(diff) > 0 {
		w := notebook.Finding{Level: "warning", Text: "not reproducible: made again, " + names(diff) + " differed"}
		x.tell(Event{What: StageWarned, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Warning: &w})
		fault := j.Fault(w.Text, "make its output depend on its inputs and seed only: no clock, no order of maps or of threads")
		fault.Err = ErrDiffers
		return fault
	}
	return nil
}

// compare lists what differs between two results of one key.
func compare(a, b *cache.Record) []string {
	var diff []string
	digest := map[string]string{}
	for _, f := range a.Files {
		digest[f.Name] = f.Digest
	}
	for _, f := range b.Files {
		if d, ok := digest[f.Name]; !ok || d != f.Digest {
			diff = append(diff, f.Name)
		}
		delete(digest, f.Name)
	}
	for _, f := range a.Files {
		if _, lacks := digest[f.Name]; lacks {
			diff = append(diff, f.Name)
		}
	}
	for _, part := range []struct {
		name string
		same bool
	}{
		{"its metrics", same(a.Metrics, b.Metrics)},
		{"its warnings", same(a.Warnings, b.Warnings)},
		{"the facts about it", a.Told.Hex() == b.Told.Hex()},
	} {
		if !part.same {
			diff = append(diff, part.name)
		}
	}
	return diff
}

// same compares what was recorded with what a record would hold.
func same[T any](recorded, again []T) bool {
	a, err := json.Marshal(recorded)
	b, failed := json.Marshal(again)
	return err == nil && failed == nil && len(recorded) == len(again) && (len(again) == 0 || bytes.Equal(a, b))
}
