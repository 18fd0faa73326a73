package runner

import (
	"context"
	"os"
	"runtime"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// Options says how to execute. Project and Cache are needed; the zero value of
// everything else is a sensible choice.
type Options struct {
	Project string // the project's folder, absolute
	Cache   *cache.Cache
	store   cache.Store // Cache, or over it what Shared gives
	Ledger  Ledger      // nil: nothing is recorded, nothing remembered

	// Shared gives the store that shares results with others over Cache, for as long
	// as ctx lives. lease owns what it brings here; nil: it only looks. tell is told
	// what people should know, of the result of a key or, where that is "", of the
	// store. Nil: nothing is shared. Answers, cells and what acts are not.
	Shared func(ctx context.Context, lease *cache.Lease, tell func(key string, f notebook.Finding)) cache.Store

	// Executor gives what executes the orders that may be done elsewhere: not those
	// of kinds that act, nor those that are declared to be done here or are expected
	// to take no longer than the way there. It is handed the local executor, to which
	// it may pass some of them on. Nil: the local one executes all.
	Executor func(here Executor) Executor
	// lies gives where a file of an order lies, the i-th; nil: in the project.
	lies func(i int, f OrderFile) string
	// passes says that what is made goes elsewhere, and need not outlive a power cut here.
	passes bool

	// Asks says that Plan may ask somebody outside the project the questions of stages,
	// as Execute does; their answers are not kept.
	Asks bool

	// Given are answers to the questions of stages, by their names: these ask nobody.
	Given map[string]GivenAnswer

	Only      []string // stages to make, with what they need; empty: all. See Select
	Force     bool     // run every stage, also those in the cache
	Verify    bool     // run those in the cache too and compare the bytes
	KeepGoing bool     // also run stages that only `needs` a failed one

	Jobs int // cores to use; 0: all there are
	// Memory is how many bytes stages that run together may claim; 0: what the
	// machine has, or the control group of this process may have. A stage that
	// claims more than that runs beside no other that claims any.
	Memory int64
	// CacheCap bounds the cache in bytes; 0: cache.DefaultCap, below 0: no
	// bound.
	CacheCap int64
	// Pinned gives the digests that collecting garbage must spare. Nil: none.
	Pinned func() ([]string, error)

	// Observe is told what happens, one event after the other. Nil: nobody is.
	Observe func(Event)
	// Run is copied into the rows of the runs: the commit, the command line,
	// the versions; the id, if there is one, where there is one run.
	Run record.Run
	// Began is told of each run as it begins, with what stops it: its stages that run
	// are stopped, the others are not begun, and it ends as interrupted for that
	// reason. Nil: nobody is.
	Began func(run string, stop context.CancelCauseFunc)
	// Env looks up an environment variable; nil: os.LookupEnv.
	Env func(string) (string, bool)
	// Clock gives the time; nil: time.Now.
	Clock func() time.Time
}

// GivenAnswer is an answer that is known, as a file.
type GivenAnswer struct {
	Path string
	Rows int
}

// Ledger is where runs are recorded: *ledger.DB, or a fake in tests.
type Ledger interface {
	// StartRun records that a run began and gives it an ID if it has none.
	StartRun(*record.Run) error
	// PutStages records stages, over rows of the same run and name.
	PutStages([]*record.Stage) error
	// FinishRun records how it ended.
	FinishRun(*record.Run) error
	// LastStages gives stages as they last succeeded or were cached, by name;
	// without names all of the newest run that recorded any.
	LastStages(ctx context.Context, pipeline string, names ...string) (map[string]*record.Stage, error)
	// FindRun gives the run of that id, an error if there is none.
	FindRun(ctx context.Context, pipeline, id string) (*record.Run, error)
	// Durations gives how long stages can be expected to run, by name.
	Durations(ctx context.Context, pipeline string) (map[string]time.Duration, error)
}

func (o Options) withDefaults() Options {
	if o.Jobs < 1 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	o.store = o.Cache
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	if o.Began == nil {
		o.Began = func(string, context.CancelCauseFunc) {}
	}
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// Result is what came of an execution: a run per pipeline. All that its records
// name stays in the cache until it is closed.
type Result struct {
	Runs []*RunResult
	// Aside is why files that stages left out could not be copied to where they
	// belong, which the next run tries again; nil where all are there.
	Aside error

	from *execution // holds the cache; nil: nothing is held
}

// Close releases what the runs made and read. Then, unless ctx has ended, it
// deletes what was used least recently if the cache is over its bound.
func (r *Result) Close(ctx context.Context) error {
	if r.from == nil {
		return nil
	}
	return r.from.release(ctx)
}

// RunResult is a run and its stages in the pipeline's order.
type RunResult struct {
	record.Run
	Declared *pipeline.Pipeline
	Stages   []*StageResult
	// Cached is how many stages were found unchanged without being looked at
	// one by one; see Unchanged.
	Cached int

	opened bool // has a row
	// ctx ends with the execution's, or when stop stops the run alone.
	ctx  context.Context
	stop context.CancelCauseFunc
}

// StageResult is how a stage came out. The embedded row is what is recorded.
type StageResult struct {
	record.Stage
	Declared *pipeline.Stage
	// Record has the files of the output; nil when there is none.
	Record *cache.Record
	// Answer says where and when the stage's question was answered; "" where it asks
	// none. It is the frame's.
	Answer string
	// Err is the failure itself; its text is Stage.Error.
	Err error
}

// Failed gives the stages that failed, in order.
func (r *Result) Failed() []*StageResult {
	var failed []*StageResult
	for _, run := range r.Runs {
		for _, s := range run.Stages {
			if s.Status == record.Failed {
				failed = append(failed, s)
			}
		}
	}
	return failed
}
