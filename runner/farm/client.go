package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// Client has orders done by workers. It is a runner.Executor.
type Client struct {
	Name    string // of the farm: "lab"
	Engine  Engine
	Store   *bucket.Store
	Cache   *cache.Cache
	Lease   *cache.Lease
	Project string
	Queue   string // see QueueOf
	Labbook string // version of the program
	// Wait is how long work waits for a worker where there is none; 0: it fails.
	Wait time.Duration
	Here runner.Executor // does what no worker does
	// Tell is told what people should know, once.
	Tell func(f notebook.Finding)

	once    sync.Once
	checked error
	starts  chan struct{} // under way
	flight  chan struct{}
	silent  time.Duration
	look    time.Duration // after which it is first asked how far work is
	every   time.Duration // after which again

	mu     sync.Mutex
	said   map[string]bool
	met    map[string]time.Time // when a worker of a label was last known to be there
	seen   []Presence
	seenAt time.Time
}

const (
	together  = 16   // starts at once: more, and a small engine's database is the queue
	inFlight  = 1000 // orders that the engine has of one client
	attempts  = 5    // of a worker that is lost
	rounds    = 3    // of one that refuses, or lost blobs
	silence   = 30 * time.Second
	beatEvery = 10 * time.Second
	noWorker  = 3 * time.Second // after which it is asked whether there is any
	lookEvery = 2 * time.Second
	returns   = 2 * time.Minute        // how long a worker that was there is waited for: an engine that restarts forgets them
	restarts  = time.Second            // an engine that takes longer to answer was away, and may have forgotten who works
	leave     = 700 * time.Millisecond // what a cancelled run has for telling so
)

// Open readies a client. Nothing is asked before the first order.
func (c *Client) Open() *Client {
	c.starts, c.flight = make(chan struct{}, together), make(chan struct{}, inFlight)
	c.said, c.met = map[string]bool{}, map[string]time.Time{}
	if c.look == 0 {
		c.look, c.every, c.silent = noWorker, lookEvery, silence
	}
	return c
}

// Do implements runner.Executor.
func (c *Client) Do(ctx context.Context, order *runner.Order, watch runner.Watch) (*cache.Record, error) {
	c.once.Do(func() { c.checked = c.Engine.Check(context.WithoutCancel(ctx)) })
	if c.checked != nil {
		return nil, c.checked
	}
	select {
	case c.flight <- struct{}{}:
		defer func() { <-c.flight }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	why := ""
	for round := range rounds {
		made, err := c.try(ctx, order, watch, round > 0)
		var back *backError
		if !errors.As(err, &back) {
			return made, err
		}
		if why = back.why; back.home {
			break
		}
	}
	c.tell(notebook.Warning, fmt.Sprintf("%s is made here: %s", order.Stage, why))
	return c.Here.Do(ctx, order, watch)
}

// backError is of an order that came back undone, and may be tried again.
type backError struct {
	why  string
	home bool // here, for it would only come back
}

func (e *backError) Error() string { return e.why }

// tell tells once.
func (c *Client) tell(level notebook.Level, text string) {
	c.mu.Lock()
	again := c.said[text]
	c.said[text] = true
	c.mu.Unlock()
	if !again {
		c.Tell(notebook.Finding{Level: level, Text: text})
	}
}

// try has an order done once. anew says that what was sent before may be gone.
func (c *Client) try(ctx context.Context, order *runner.Order, watch runner.Watch, anew bool) (*cache.Record, error) {
	key := order.Key()
	task, parcel, err := c.pack(ctx, order, key, anew)
	if err != nil {
		return nil, err
	}
	follow := &following{watch: watch, name: c.Name}
	outcome, err := c.have(ctx, order, key, task, parcel, follow)
	if err != nil {
		return nil, err
	}
	var r report
	c.meets(order.On)
	sealed := outcome.Result
	if outcome.Failure != "" {
		sealed = outcome.Details
	}
	if len(sealed) > 0 {
		if err := unseal(key, sealed, &r); err != nil {
			return nil, &backError{why: "what a worker of " + c.Name + " said cannot be read: " + err.Error()}
		}
	}
	switch outcome.Failure {
	case "":
		return c.take(ctx, key, &r, follow)
	case failedStage:
		return c.failed(ctx, order, &r, follow)
	case Canceled:
		return nil, &backError{why: "others who wanted it stopped it"}
	case Lost:
		return nil, diag.New(fmt.Sprintf("the worker that made it was lost %d times", attempts), "does it take more memory than a worker has? `labbook farm --on "+c.Name+"` lists them")
	}
	// Lost blobs, a refusal, a worker that stopped or had no bucket.
	why := "no worker of " + c.Name + " could make it"
	if len(r.Faults) > 0 {
		why = fmt.Sprintf("%s of %s says: %s", r.Worker, c.Name, r.Faults[0].What)
	}
	return nil, &backError{why: why}
}

// pack sends what an order reads, and gives the task and the order as it is to be sent.
func (c *Client) pack(ctx context.Context, order *runner.Order, key string, anew bool) (Task, bucket.Blob, error) {
	none := bucket.Blob{}
	refs, where, err := blobsOf(c.Cache, c.Project, order)
	if err != nil {
		return Task{}, none, err
	}
	data, err := json.Marshal(parcel{order, refs, c.Labbook})
	if err != nil {
		return Task{}, none, err
	}
	digest, err := c.Cache.Put(c.Lease, data, false)
	if err != nil {
		return Task{}, none, err
	}
	blobs := make([]bucket.Blob, len(refs))
	for i, ref := range refs {
		blobs[i] = bucket.Blob{Ref: ref, Path: where[i]}
	}
	if err := c.carry(ctx, blobs, anew); err != nil {
		return Task{}, none, err
	}
	it := cache.Ref{Digest: digest, Size: int64(len(data))}
	handed, err := json.Marshal(ticket{it})
	if err != nil {
		return Task{}, none, err
	}
	wide := order.Cores > 1 || order.Cores == pipeline.AllCores
	return Task{ID: idOf(order, key), Queue: queue(c.Queue, order.On, wide), Order: handed,
		Priority: order.Priority, Silent: c.silent, Attempts: attempts}, bucket.Blob{Ref: it, Path: c.Cache.Path(digest)}, nil
}

// carry has blobs lie in the bucket; the error is one for try.
func (c *Client) carry(ctx context.Context, blobs []bucket.Blob, anew bool) error {
	switch err := c.Store.Carry(ctx, blobs, anew); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &backError{why: fmt.Sprintf("what it reads could not be sent to %s's cache", c.Name), home: true}
}

// have starts a task, follows it and gives its outcome. When ctx ends it is cancelled. The
// order is sent while the engine starts it: a worker waits for it.
func (c *Client) have(ctx context.Context, order *runner.Order, key string, task Task, parcel bucket.Blob, follow *following) (Outcome, error) {
	select {
	case c.starts <- struct{}{}:
	case <-ctx.Done():
		return Outcome{}, context.Cause(ctx)
	}
	sent := make(chan error, 1)
	go func() { sent <- c.carry(ctx, []bucket.Blob{parcel}, true) }()
	run, err := c.Engine.Start(ctx, task)
	<-c.starts
	unsent := <-sent
	if err != nil {
		return Outcome{}, err
	}
	type ended struct {
		Outcome
		error
	}
	end := make(chan ended, 1)
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		outcome, err := c.Engine.Wait(waiting, task.ID, run)
		end <- ended{outcome, err}
	}()
	cancel := func() {
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), leave)
		defer stop()
		c.Engine.Cancel(last, task.ID, run)
	}
	if unsent != nil {
		cancel()
		return Outcome{}, unsent
	}
	began := time.Now()
	next := time.NewTimer(c.look)
	defer next.Stop()
	for {
		select {
		case e := <-end:
			if ctx.Err() != nil {
				cancel()
				return Outcome{}, context.Cause(ctx)
			}
			return e.Outcome, e.error
		case <-ctx.Done():
			cancel()
			return Outcome{}, context.Cause(ctx)
		case <-next.C:
		}
		asked := time.Now()
		state, err := c.Engine.Look(ctx, task.ID, run)
		if state.Worker != "" || time.Since(asked) > restarts {
			c.meets(order.On)
		}
		switch {
		case err != nil || state.Ended: // Wait says how, soon
		case state.Started:
			follow.state(key, state)
		default:
			if err := c.worker(ctx, order, task, time.Since(began)); err != nil {
				cancel()
				return Outcome{}, err
			}
		}
		// At most some fifty looks a second, of all that is under way.
		next.Reset(max(c.every, time.Duration(len(c.flight))*20*time.Millisecond))
	}
}

// worker sees to it that there is one for a task that waits. The error says that there
// is none, and none is waited for any longer.
func (c *Client) worker(ctx context.Context, order *runner.Order, task Task, waited time.Duration) error {
	others, err := c.workers(ctx)
	if err != nil {
		return nil // said already, or soon
	}
	for _, w := range others {
		if w.Queue == c.Queue && w.Label == order.On {
			c.meets(order.On)
			return nil
		}
	}
	c.mu.Lock()
	met := c.met[order.On]
	c.mu.Unlock()
	what := fmt.Sprintf("no worker of %s makes %s %d on %s", c.Name, order.Kind, order.Version, order.Machine)
	start := "labbook worker --on " + c.Name
	if order.On != "" {
		what += ", with the label " + order.On
		start += " --label " + order.On
	}
	if len(others) > 0 {
		what += fmt.Sprintf(" (%s: other versions of labbook, machines or labels)", human.Count(len(others), "worker"))
	}
	if time.Since(met) < returns {
		c.tell(notebook.Warning, fmt.Sprintf("%s any more; for %s it is waited for. Start one with `%s`", what, human.Duration(returns), start))
		return nil
	}
	if c.Wait > waited {
		c.tell(notebook.Warning, fmt.Sprintf("%s; %s is waited for it. Start one with `%s`", what, human.Duration(c.Wait), start))
		return nil
	}
	return diag.New(what, "start one, with this labbook: `"+start+"`; wait: in farm.yaml has runs wait for it")
}

// meets notes that a worker of that label is there.
func (c *Client) meets(label string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met[label] = time.Now()
}

// workers gives the workers that are there, asked at most every two seconds.
func (c *Client) workers(ctx context.Context) ([]Presence, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.seenAt) < c.every {
		return c.seen, nil
	}
	found, err := Workers(ctx, c.Engine)
	if err == nil {
		c.seen, c.seenAt = found, time.Now()
	}
	return found, err
}

// Workers gives the workers of a farm that are there.
func Workers(ctx context.Context, engine Engine) ([]Presence, error) {
	who, _, err := engine.Polling(ctx, presences)
	slices.SortFunc(who, func(a, b Poller) int { return a.Last.Compare(b.Last) })
	var there []Presence
	for _, w := range who {
		var p Presence
		if time.Since(w.Last) >= lively || json.Unmarshal([]byte(w.Who), &p) != nil {
			continue
		}
		left := p.Left
		p.Left = false
		there = slices.DeleteFunc(there, func(before Presence) bool { return before == p })
		if !left {
			there = append(there, p)
		}
	}
	return there, err
}

// take brings home what a worker made.
func (c *Client) take(ctx context.Context, key string, r *report, follow *following) (*cache.Record, error) {
	var made *cache.Record
	var err error
	if len(r.Record) > 0 {
		made, err = cache.DecodeRecord(r.Record, key)
	} else {
		made, err = c.Store.Get(key)
	}
	if err == nil {
		made.From = c.Name
		c.unpack(made, r)
		err = c.Store.Bring(ctx, made.Blobs())
	}
	if err == nil {
		c.Store.Has(made.Blobs())
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil { // gone already: a miss
		return nil, &backError{why: err.Error()}
	}
	follow.rest(c.Cache.Path(made.Log.Hex()))
	if follow.watch.By != nil {
		follow.watch.By(r.Worker + " of " + c.Name)
	}
	return made, nil
}

// unpack keeps what came with a report of what a record names.
func (c *Client) unpack(made *cache.Record, r *report) {
	short := map[string][]byte{}
	for _, data := range r.Blobs {
		short[cache.DigestOf(data)] = data
	}
	for _, ref := range made.Blobs() {
		if data, ok := short[ref.Digest]; ok {
			c.Cache.Put(c.Lease, data, false) // what cannot be kept is brought
		}
	}
}

// failed gives the error of a stage that failed, with its log.
func (c *Client) failed(ctx context.Context, order *runner.Order, r *report, follow *following) (*cache.Record, error) {
	err := r.err()
	if r.Late {
		err = runner.Late(order.Timeout)
	}
	if r.Log == nil || c.Store.Bring(ctx, []cache.Ref{*r.Log}) != nil {
		return nil, err
	}
	follow.rest(c.Cache.Path(r.Log.Digest))
	return &cache.Record{Log: r.Log}, err
}
