package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/mapped"
	"labbook/internal/data/metrics"
	"labbook/runner/cache"
	"labbook/runner/stage"
)

// Executor does orders. The one of this process calls the kind; another may
// have the order done elsewhere, by whoever comes to the same key from it.
type Executor interface {
	// Do does an order and brings what came of it into the store. The record is
	// whole, and added by nobody but the caller, who first sees to it that what
	// was read is as it was. When the order fails nothing is left, and the record
	// has the log alone, if there is one. Doing an order twice is no harm.
	//
	// When ctx ends the work is stopped, within a second; the error is the
	// context's cause, or of work that did not listen and was left behind.
	Do(ctx context.Context, order *Order, watch Watch) (*cache.Record, error)
}

// Watch is what the caller grants and wants to know while an order is done. Its
// functions are called at any rate, from any goroutine.
type Watch struct {
	// Cores are granted. 0: none yet, for an order that may be done elsewhere; who
	// does it here after all asks Grant for them, and gives back what it got.
	Cores int
	Grant func(ctx context.Context) (cores int, release func(), err error)
	// By is told who does it, where that is not this process: in words for the ledger.
	By       func(who string)
	Line     func(line string)
	Progress func(step string, done, total int64, unit string)
	Scored   func(number int, of string, value metrics.Value)
}

// inMemory is the part of a stage's memory, one in so many, that whole columns and
// matrices take of it before they lie in files.
const inMemory = 4

// lateError says that work took longer than its order allows.
type lateError struct{ after time.Duration }

func (e *lateError) Error() string { return fmt.Sprintf("took longer than its timeout of %s", e.after) }

// local does orders in this process.
type local struct {
	*Options
	kinds map[string]*stage.Kind
	lease *cache.Lease
	meter *meter
}

// Do implements Executor: in a private folder, from which the output moves into
// the store.
func (l *local) Do(ctx context.Context, order *Order, watch Watch) (made *cache.Record, err error) {
	if watch.Cores == 0 && watch.Grant != nil {
		cores, release, err := watch.Grant(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		watch.Cores = cores
	}
	kind := l.kinds[order.Kind]
	config, err := l.config(kind, order)
	if err != nil {
		return nil, err
	}
	room, err := l.lease.Room()
	if err != nil {
		return nil, explain(err)
	}
	log := &stageLog{spill: room.Out + ".log", line: watch.Line}
	defer func() {
		log.discard() // before another has the room, and with it the name of the file
		whenEnded(err, func() { l.lease.Leave(room) })
	}()
	key := order.Key()
	config.Out, config.Temp, config.Log = room.Out, room.Temp, log
	if order.Memory > 0 {
		files := mapped.NewRoom(room.Temp, order.Memory/inMemory)
		config.Room = files
		defer func() { whenEnded(err, files.Close) }()
	}
	config.Cores, config.Progress, config.Scored = watch.Cores, watch.Progress, watch.Scored
	var kept []cache.Ref
	config.Keep = func(write func(func(string, []byte) error) error) (*artifact.Artifact, error) {
		tree, err := l.treeOf(ctx, write)
		if err != nil {
			return nil, err
		}
		kept = append(kept, tree.Refs()...)
		return l.artifact("", nil, tree.Digest, tree.Files), nil
	}
	config.Partial = l.Cache.Partial(cache.DigestOf([]byte(key)))

	began := l.Clock()
	used := l.meter.begin(watch.Cores, order.Memory)
	c, err := call(ctx, kind, config, order.Timeout)
	cpu, memory := used()
	took := l.Clock().Sub(began)
	log.Close()
	made = &cache.Record{Key: key, Kind: kind.Name, Took: took, Run: order.Run, Made: began}
	if err != nil {
		made.Log, _ = l.keepLog(context.WithoutCancel(ctx), log, false)
		return made, explain(err)
	}
	result := c.Result()
	made.Kept, made.Aside = kept, result.Aside
	made.Metrics, made.Warnings, made.CPU, made.Memory = result.Metrics, result.Warnings, cpu, memory
	if result.CPU > 0 || result.Memory > 0 {
		made.CPU, made.Memory = result.CPU, result.Memory
	}
	if err := l.ingest(ctx, made, config.Out, log, result, !l.passes && (took >= cache.SyncAfter || kind.Acts)); err != nil {
		return nil, explain(err)
	}
	os.RemoveAll(config.Partial)
	return made, nil
}

// call calls the kind's Run and waits for it, or for ctx and then a little. A
// panic is a failure whose stack is in the log.
func call(ctx context.Context, kind *stage.Kind, config stage.Config, timeout time.Duration) (*stage.Context, error) {
	if timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, timeout, &lateError{timeout})
		defer stop()
	}
	c := stage.New(ctx, config)
	done, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil {
				config.Room.Abandon() // others of its goroutines may not know yet
				fmt.Fprintf(config.Log, "panic: %v\n\n%s", p, debug.Stack())
				done <- diag.New(fmt.Sprintf("the kind %s has a bug: %v", kind.Name, p), "see the stage's log for where; this is to be reported")
			}
		}()
		done <- kind.Run(c)
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

// ingest moves what a stage made into the store and completes its record.
func (l *local) ingest(ctx context.Context, r *cache.Record, out string, log *stageLog, result stage.Result, sync bool) error {
	linked := make([]cache.File, len(result.Links))
	for i, link := range result.Links {
		linked[i] = cache.File{Name: link.Name, Size: link.Blob.Size, Digest: link.Blob.Digest, Exec: link.Blob.Exec}
	}
	tree, err := l.Cache.Ingest(ctx, l.lease, out, linked, sync)
	if err != nil {
		return err
	}
	r.Tree, r.Files = tree.Digest, tree.Files
	if result.Told != nil {
		if r.Told, err = l.keep(l.lease, result.Told, sync); err != nil {
			return err
		}
	}
	r.Log, err = l.keepLog(ctx, log, sync)
	return err
}

// treeOf brings files into the store as a tree of their own.
func (l *local) treeOf(ctx context.Context, write func(func(name string, data []byte) error) error) (cache.Tree, error) {
	room, err := l.lease.Room()
	if err != nil {
		return cache.Tree{}, explain(err)
	}
	defer l.lease.Leave(room)
	err = write(func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(room.Out, name), data, 0o666)
	})
	if err != nil {
		return cache.Tree{}, err
	}
	tree, err := l.Cache.Ingest(ctx, l.lease, room.Out, nil, !l.passes)
	if err != nil {
		return cache.Tree{}, explain(err)
	}
	return tree, nil
}

// keep stores bytes.
func (o *Options) keep(lease *cache.Lease, data []byte, sync bool) (*cache.Ref, error) {
	digest, err := o.Cache.Put(lease, data, sync)
	return &cache.Ref{Digest: digest, Size: int64(len(data))}, err
}

// keepLog brings a closed log into the store; nil for one that is empty. A long
// one is moved there, not read.
func (l *local) keepLog(ctx context.Context, log *stageLog, sync bool) (*cache.Ref, error) {
	switch {
	case log.file != nil:
		ref, err := l.Cache.Adopt(ctx, l.lease, log.spill, sync)
		return &ref, err
	case len(log.kept) > 0:
		return l.keep(l.lease, log.kept, sync)
	}
	return nil, nil
}
