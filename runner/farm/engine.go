// Package farm has orders done by workers, which an engine finds: the client side is a
// runner.Executor, the other a Worker.
//
// The engine only distributes. It is told digests, a priority and how long work may
// be silent; what is to be done, and what came of it, lies in the bucket that client
// and workers share (package bucket), and what the engine keeps meanwhile, how far
// work is and the end of its log, is sealed with a key that only those have who know
// what was asked. The DAG, the ledger and the report stay with the client.
//
// A key is one task whose id is the key's digest, so that two clients who want the same
// wait for one. Whatever goes wrong is one of these: work that failed fails the
// stage; a worker that was lost is replaced by the engine; blobs that were lost are
// sent again, or count as a miss; a worker that comes to another key, has other tools
// or too little memory refuses, and after three have, the stage is made at home.
package farm

import (
	"context"
	"time"
)

// Engine distributes tasks. Its methods ask again while the engine cannot be reached,
// for as long as ctx lives or its patience lasts; each may be called again without
// harm. One that is open is used from any goroutine.
type Engine interface {
	// Check says why the engine cannot be used, soon.
	Check(ctx context.Context) error

	// Start has a task done, or joins the one of that id that is under way, and
	// gives what names this execution of it.
	Start(ctx context.Context, t Task) (run string, err error)
	// Wait waits for the end of an execution.
	Wait(ctx context.Context, id, run string) (Outcome, error)
	// Look gives what is known of an execution that has not ended.
	Look(ctx context.Context, id, run string) (State, error)
	// Cancel asks for an end, of whoever waits for it.
	Cancel(ctx context.Context, id, run string) error

	// Poll waits for a task of a queue; nil when none came for a while. who is how
	// the worker is known to those who ask for Polling.
	Poll(ctx context.Context, queue, who string) (*Assigned, error)
	// Beat says that the work goes on; stop says that it need not.
	Beat(ctx context.Context, token, details []byte) (stop bool, err error)
	// Done, Failed and Canceled end a task. That it was given to somebody else
	// meanwhile is no error. Again says that another may succeed.
	Done(ctx context.Context, token, result []byte) error
	Failed(ctx context.Context, token []byte, kind string, details []byte, again bool) error
	Canceled(ctx context.Context, token []byte) error

	// Polling gives who polls a queue, and how many tasks wait in it.
	Polling(ctx context.Context, queue string) (who []Poller, waiting int, err error)
	// Running gives the executions that have not ended, up to most.
	Running(ctx context.Context, most int) ([]Execution, error)
	Close()
}

// Task is what an engine is told of an order.
type Task struct {
	ID       string // "labbook/" and the key's digest
	Queue    string
	Order    []byte // what the worker is handed
	Priority int    // 1 is the most urgent, 5 the least
	Silent   time.Duration
	Attempts int // before it is given up, when workers are lost
}

// Outcome is how an execution ended: with a result, or a failure of a kind.
type Outcome struct {
	Result  []byte
	Failure string // "" for none; Canceled, Lost, or the kind that Failed was told
	Details []byte // as Failed was told
}

// Kinds of failures that engines know by themselves.
const (
	Canceled = "canceled"
	Lost     = "lost" // the worker, as often as it may
)

// State is how far an execution is.
type State struct {
	Started bool // a worker has it
	Ended   bool
	Worker  string
	Attempt int
	Details []byte // of the last Beat of this attempt
	Since   time.Time
	Queue   string
}

// Assigned is a task that a worker has.
type Assigned struct {
	Token []byte // names it to the engine
	ID    string
	Order []byte
}

// Poller is somebody who polls a queue.
type Poller struct {
	Who  string
	Last time.Time // when it did
}

// Execution names one.
type Execution struct{ ID, Run string }
