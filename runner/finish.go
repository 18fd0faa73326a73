package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"labbook/internal/base/diag"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// finish records the end of an execution.
func (x *execution) finish(ctx context.Context, project *pipeline.Project) (*Result, error) {
	aside := x.setAside(ctx)
	err := x.conclude(context.WithoutCancel(ctx))
	// What cannot be remembered is found out again: a cache that cannot be
	// written is no failure of the run.
	if x.Cache.Save() == nil {
		x.remember(ctx, project)
	}
	r := &Result{Runs: x.runs, Aside: aside, from: x}
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// release lets go of the cache: what this execution read or made may be deleted
// from now on.
func (x *execution) release(ctx context.Context) error {
	err := x.lease.Close()
	if ctx.Err() == nil {
		x.collect(ctx)
	}
	return err
}

// collect keeps the cache below its bound. Other runs are not waited
// for: the last one to end will do it.
func (x *execution) collect(ctx context.Context) {
	limit := x.CacheCap
	if limit == 0 {
		limit = cache.DefaultCap
	}
	if limit < 0 || x.Cache.Size() <= limit {
		return
	}
	o := cache.Options{Cap: limit / 10 * 9, Keys: map[string]bool{}, Pinned: x.Pinned}
	for _, j := range x.tasks {
		o.Keys[j.result.Key] = true
		if j.asked != nil && j.asked.answer != nil {
			o.Keys[cache.DigestOf([]byte(j.asked.answer.key))] = true
		}
	}
	report, err := x.Cache.GC(ctx, o)
	if err == nil && report.Over > 0 {
		x.tell(Event{What: StageLog, Run: x.runs[0].ID, Pipeline: x.runs[0].Pipeline,
			Text: fmt.Sprintf("labbook: the cache is %d MB over its bound, and all of it is needed", report.Over>>20)})
	}
}

// explain adds to failures of the disk what to do about them.
func explain(err error) error {
	var known *diag.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &diag.Error{What: "the disk is full: " + err.Error(), Err: err,
			Hint: "make room, or run `labbook gc --max 1GB`; nothing half-written was kept"}
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return &diag.Error{What: "the project cannot be written: " + err.Error(), Err: err,
			Hint: "results are kept in runs/: make that folder writable"}
	}
	return err
}
