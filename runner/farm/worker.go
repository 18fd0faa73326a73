package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/machine"
	"labbook/internal/base/notebook"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/stage"
)

// Kinds of failures, as the engine is told them.
const (
	failedStage = "stage"    // as it would have at home
	failedLost  = "input"    // what it reads is gone from the bucket
	refused     = "refused"  // see runner.Refusal
	stopping    = "stopping" // the worker was told to stop
	noBucket    = "bucket"   // what was made could not be sent
)

// Worker does orders until it is told to stop, or has had nothing to do for a while.
type Worker struct {
	Presence
	Engine Engine
	Bucket *bucket.Bucket
	Cache  *cache.Cache
	Kinds  stage.Kinds
	Idle   time.Duration // after which it ends; 0: it does not
	Cap    int64         // of the cache, in bytes; 0: cache.DefaultCap
	Tell   func(text string)

	every time.Duration // between beats

	serial atomic.Int64
	busy   atomic.Int64
	mu     sync.Mutex
	last   time.Time // when it last had something to do
}

// polls is how many questions for work are under way at once.
const polls = 4

// errUnwanted is the cause of work that nobody wants any more.
var errUnwanted = errors.New("nobody wants it any more")

// Run works. The error is of an engine or a bucket that cannot be used.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.Engine.Check(ctx); err != nil {
		return err
	}
	if err := w.Bucket.Reach(ctx); err != nil {
		return err
	}
	makes := human.Count(w.Cores, "stage") + " at a time"
	if w.Label != "" {
		makes += ", of those with on: " + w.Label
	}
	w.Tell(fmt.Sprintf("%s works: %s", w.Name, makes))
	if w.every == 0 {
		w.every = beatEvery
	}
	who, err := json.Marshal(w.Presence)
	if err != nil {
		return err
	}
	w.last = time.Now()
	taking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all, working sync.WaitGroup
	all.Go(func() { // is seen
		for taking.Err() == nil {
			if _, err := w.Engine.Poll(taking, presences, string(who)); err != nil {
				stop(err)
			}
		}
		w.left()
	})
	cores, sends := make(chan struct{}, w.Cores), make(chan struct{}, w.Cores)
	for range min(polls, w.Cores) {
		all.Go(func() { w.takes(ctx, taking, stop, queue(w.Queue, w.Label, false), cores, sends, 1, &working) })
	}
	one := make(chan struct{}, 1)
	all.Go(func() { w.takes(ctx, taking, stop, queue(w.Queue, w.Label, true), one, sends, w.Cores, &working) })
	if w.Idle > 0 {
		all.Go(func() { w.idles(taking, stop) })
	}
	all.Wait()
	working.Wait()
	if ctx.Err() != nil || errors.Is(context.Cause(taking), errIdle) {
		return nil
	}
	return context.Cause(taking)
}

// left has the worker not be seen any more, for whoever asks next would wait for it.
func (w *Worker) left() {
	gone := w.Presence
	gone.Left = true
	who, err := json.Marshal(gone)
	if err != nil {
		return
	}
	last, stop := context.WithTimeout(context.Background(), farewell)
	defer stop()
	w.Engine.Poll(last, presences, string(who)) // nothing comes
}

// farewell is how long the engine has to hear of it.
const farewell = 300 * time.Millisecond

var errIdle = errors.New("it had nothing to do")

// idles ends the worker when it has had nothing to do for a while.
func (w *Worker) idles(ctx context.Context, stop context.CancelCauseFunc) {
	for {
		w.mu.Lock()
		left := w.Idle - time.Since(w.last)
		w.mu.Unlock()
		if w.busy.Load() > 0 {
			left = w.Idle
		}
		if left <= 0 {
			w.Tell("nothing to do for " + human.Duration(w.Idle))
			stop(errIdle)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(left):
		}
	}
}

// takes takes tasks of a queue while there are slots, each with so many cores. The next is
// taken while sends has room for what came of the one before.
func (w *Worker) takes(ctx, taking context.Context, stop context.CancelCauseFunc, queue string, slots, sends chan struct{}, cores int, working *sync.WaitGroup) {
	for {
		select {
		case slots <- struct{}{}:
		case <-taking.Done():
			return
		}
		task, err := w.Engine.Poll(taking, queue, w.Name)
		if err != nil {
			stop(err)
			return
		}
		if task == nil {
			<-slots
			continue
		}
		w.busy.Add(1)
		working.Go(func() {
			works := true
			w.does(ctx, task, cores, func() {
				sends <- struct{}{}
				works = false
				<-slots
			})
			w.mu.Lock()
			w.last = time.Now()
			w.mu.Unlock()
			w.busy.Add(-1)
			if works {
				<-slots
			} else {
				<-sends
			}
		})
	}
}

// does does a task and tells the engine how it ended. worked is called when all that is
// left is to send what was made.
func (w *Worker) does(ctx context.Context, task *Assigned, cores int, worked func()) {
	said := &saying{}
	work, stop := context.WithCancelCause(ctx)
	var beats sync.WaitGroup
	beats.Go(func() { w.beats(work, stop, task, said) })
	lease, err := w.Cache.Lease(ctx, fmt.Sprintf("worker-%d-%d", os.Getpid(), w.serial.Add(1)))
	key, r, failure := "", report{}, noBucket
	if err != nil {
		w.Tell(fmt.Sprintf("%s: %s: %v", short(task.ID), failure, err))
	} else {
		defer w.leave(lease)
		key, r, failure = w.work(work, lease, task, cores, said, worked)
	}
	unwanted := errors.Is(context.Cause(work), errUnwanted)
	stop(nil)
	beats.Wait()

	// A worker that stops still says so: then another has the work at once.
	last, end := context.WithoutCancel(ctx), func() {}
	if ctx.Err() != nil {
		last, end = context.WithTimeout(last, 5*time.Second)
		failure = stopping
	}
	defer end()
	r.Worker = w.Name
	var sealed []byte
	if key != "" {
		sealed = seal(key, r)
		if len(sealed) > longestReport {
			r.Record, r.Blobs = nil, nil
			sealed = seal(key, r)
		}
	}
	switch err = nil; {
	case unwanted:
		err = w.Engine.Canceled(last, task.Token)
	case failure == "":
		err = w.Engine.Done(last, task.Token, sealed)
	default:
		err = w.Engine.Failed(last, task.Token, failure, sealed, failure == stopping || failure == noBucket)
	}
	if err != nil {
		w.Tell("the engine was not told how " + short(task.ID) + " ended: " + err.Error())
	}
}

// longestReport bounds what an engine is told at an end.
const longestReport = 1 << 20

// short gives enough of a task's id for people.
func short(id string) string {
	id = strings.TrimPrefix(id, prefix)
	return human.Line(id[:min(12, len(id))], 0)
}

// beats says regularly that the work goes on, and how far it is, until it ends. Work
// that nobody wants is stopped.
func (w *Worker) beats(ctx context.Context, stop context.CancelCauseFunc, task *Assigned, said *saying) {
	next := time.NewTimer(w.every / 4) // a client looks for the first time a little later
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		unwanted, err := w.Engine.Beat(ctx, task.Token, said.sealed())
		if unwanted {
			stop(errUnwanted)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.Tell("the engine was not told how far " + short(task.ID) + " is: " + err.Error())
		}
		next.Reset(w.every)
	}
}

// work does a task. key is "" where not even the order was had.
func (w *Worker) work(ctx context.Context, lease *cache.Lease, task *Assigned, cores int, said *saying, worked func()) (key string, r report, failure string) {
	fail := func(kind string, err error) (string, report, string) {
		if ctx.Err() == nil {
			w.Tell(fmt.Sprintf("%s: %s: %s", short(task.ID), kind, human.Line(err.Error(), 300)))
		}
		r.Faults = faultsOf(err)
		return key, r, kind
	}
	kindOf := func(err error) string {
		if errors.Is(err, bucket.ErrLost) {
			return failedLost
		}
		return noBucket
	}
	store := w.Bucket.Open(ctx, w.Cache, bucket.Options{Lease: lease, Tell: func(_ string, f notebook.Finding) { w.Tell(f.Text) }})
	known := func(string) (*cache.Record, error) { return nil, cache.ErrNoRecord }
	if digest := keyOf(task.ID); digest != "" {
		known = store.Seek(digest)
	}
	p, err := w.parcel(ctx, store, task)
	if err != nil {
		return fail(kindOf(err), err)
	}
	order := p.Order
	key = order.Key()
	said.open(key)
	if idOf(order, key) != task.ID {
		return fail(refused, fmt.Errorf("it comes to another key than %s", task.ID))
	}
	w.Tell(fmt.Sprintf("%s: %s/%s (%s)", short(task.ID), order.Pipeline, order.Stage, order.Kind))
	began := time.Now()
	if made, err := known(key); err == nil {
		if _, err := store.Fetch(ctx, made); err == nil {
			if made.From == "" {
				store.Publish(made)
			}
			return w.made(key, made, r)
		}
	}
	room, err := lease.Room()
	if err != nil {
		return fail(noBucket, err)
	}
	bench := runner.Bench{Cache: w.Cache, Kinds: w.Kinds, Lease: lease, Project: room.Out,
		Lies: func(i int, f runner.OrderFile) string { return filepath.Join(room.Temp, strconv.Itoa(i), base(f.Path)) }}
	within, stop := context.WithCancel(ctx)
	defer stop()
	brought := make(chan error, 1)
	go func() { brought <- store.Bring(within, p.Blobs) }()
	if err := w.fits(ctx, bench, order); err != nil {
		stop()
		<-brought
		return fail(refused, err)
	}
	if err := <-brought; err != nil {
		return fail(kindOf(err), err)
	}
	for i, f := range order.Files {
		at := bench.Lies(i, f)
		if err := errors.Join(os.Mkdir(filepath.Dir(at), 0o777), os.Symlink(w.Cache.Path(f.Digest), at)); err != nil {
			return fail(noBucket, err)
		}
	}
	made, err := bench.Executor().Do(ctx, order, runner.Watch{Cores: cores, Line: said.line, Progress: said.progress, Scored: said.scored})
	worked()
	if err != nil {
		if made != nil && made.Log != nil {
			blob := bucket.Blob{Ref: *made.Log, Path: w.Cache.Path(made.Log.Digest)}
			if store.Carry(ctx, []bucket.Blob{blob}, false) == nil {
				r.Log = made.Log
			}
		}
		r.Late = runner.IsLate(err)
		return fail(failedStage, err)
	}
	switch there, err := store.Publish(made); {
	case err != nil:
		return fail(noBucket, err)
	case !there:
		return fail(noBucket, errors.New("what was made could not be sent to the bucket"))
	}
	w.Tell(fmt.Sprintf("%s: made in %s", short(task.ID), human.Duration(time.Since(began))))
	return w.made(key, made, r)
}

// made gives the report of what was made.
func (w *Worker) made(key string, made *cache.Record, r report) (string, report, string) {
	var err error
	if r.Record, err = json.Marshal(made); err != nil {
		r.Record = nil // the bucket has it
	}
	var total int64
	for _, ref := range made.Blobs() {
		if total += ref.Size; total > shortest {
			r.Blobs = nil
			break
		}
		if data, err := os.ReadFile(w.Cache.Path(ref.Digest)); err == nil {
			r.Blobs = append(r.Blobs, data)
		}
	}
	return key, r, ""
}

// leave lets go of an order's share of the cache, which is then kept below its bound.
func (w *Worker) leave(lease *cache.Lease) {
	lease.Close()
	limit := w.Cap
	if limit == 0 {
		limit = cache.DefaultCap
	}
	if w.Cache.Size() > limit {
		w.Cache.GC(context.Background(), cache.Options{Cap: limit / 10 * 9})
	}
}

// late is the longest pause after which it is seen whether an order has come: a client
// sends it while the engine hands it out.
const late = 3 * time.Second

// parcel brings an order.
func (w *Worker) parcel(ctx context.Context, store *bucket.Store, task *Assigned) (*parcel, error) {
	var t ticket
	if err := json.Unmarshal(task.Order, &t); err != nil || !cache.IsDigest(t.Parcel.Digest) {
		return nil, errors.New("the engine handed out what is no order")
	}
	for pause := 5 * time.Millisecond; ; pause *= 2 {
		err := store.Bring(ctx, []cache.Ref{t.Parcel})
		if err == nil {
			break
		}
		if pause > late || !errors.Is(err, bucket.ErrLost) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
	data, err := os.ReadFile(w.Cache.Path(t.Parcel.Digest))
	if err != nil {
		return nil, err
	}
	var p parcel
	if err := json.Unmarshal(data, &p); err != nil || p.Order == nil {
		return nil, errors.New("the bucket has what is no order")
	}
	for _, ref := range p.Blobs {
		if !cache.IsDigest(ref.Digest) {
			return nil, errors.New("the order names what is no blob")
		}
	}
	return &p, nil
}

// fits says why an order is not for this worker.
func (w *Worker) fits(ctx context.Context, bench runner.Bench, order *runner.Order) error {
	if has := machine.Memory(); has > 0 && order.Memory > has {
		return &runner.Refusal{Why: fmt.Sprintf("it has %s of memory, wanted %s", human.Bytes(has), human.Bytes(order.Memory))}
	}
	return bench.Check(ctx, order)
}
