package record

import (
	"encoding/json"
	"time"
)

// Queued is a run that somebody asked for and that has not begun.
type Queued struct {
	ID       string          `json:"id"` // of the run that it becomes
	Pipeline string          `json:"pipeline"`
	Job      json.RawMessage `json:"job"` // what is to be run, as the API takes it
	Asked    time.Time       `json:"asked"`
	Taken    bool            `json:"taken"` // a server is beginning it
	// Host, PID and Process are of the server that began it last; PID is 0 where
	// none has.
	Host    string `json:"-"`
	PID     int    `json:"-"`
	Process string `json:"-"`
}

// Run gives it as the run that it becomes.
func (q *Queued) Run() *Run {
	return &Run{ID: q.ID, Pipeline: q.Pipeline, Status: QueuedRun, Started: q.Asked}
}

// OnRequest is the error of a run that somebody stopped, whose status is
// Interrupted.
const OnRequest = "stopped on request"

// Stopped says whether somebody stopped the run.
func (r *Run) Stopped() bool { return r.Status == Interrupted && r.Error == OnRequest }
