// Package record is what is kept of runs, stages, models and the moves of their
// aliases, as plain data: the ledger writes and reads it, pages show it.
package record

import (
	"encoding/json"
	"slices"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Status is how a run or a stage stands.
type Status string

// The statuses.
const (
	QueuedRun   Status = "queued"  // of a run: it has not begun, and has no row
	Waiting     Status = "waiting" // a stage of a run under way; it has no row
	Running     Status = "running"
	Succeeded   Status = "succeeded"
	Failed      Status = "failed"
	Cached      Status = "cached"      // nothing had to run
	Skipped     Status = "skipped"     // `if` was false, or something it needs failed
	Interrupted Status = "interrupted" // stopped by a signal, or its process died
)

// Run is one execution of a pipeline.
type Run struct {
	ID       string `json:"id"` // sorts by time: 20261121-223105-k3f9c2
	Pipeline string `json:"pipeline"`
	Status   Status `json:"status"`
	// SameAs is the run whose stages, and page, stand for this one's, when
	// every stage was cached and the declaration is the same; then no stage
	// rows of its own exist.
	SameAs  string            `json:"same_as,omitempty"`
	Started time.Time         `json:"started"`
	Ended   time.Time         `json:"ended,omitzero"`
	Commit  string            `json:"commit,omitempty"` // git's, of the project
	Dirty   bool              `json:"dirty,omitempty"`
	Command []string          `json:"command"`
	Params  map[string]string `json:"params"`
	// Declaration is a digest of all that the pipeline declares, with these
	// parameters put in; "" if it is not known.
	Declaration string            `json:"declaration,omitempty"`
	Host        string            `json:"host"`
	PID         int               `json:"pid"`
	Process     string            `json:"process,omitempty"` // tells the process from a later one with its PID; StartRun fills it in
	Versions    map[string]string `json:"versions"`          // labbook, go, arch
	Error       string            `json:"error,omitempty"`
}

// Stage is one stage of a run.
type Stage struct {
	Run      string             `json:"run"`
	Name     string             `json:"name"`
	Kind     string             `json:"kind"`
	Makes    []artifact.Type    `json:"makes,omitempty"` // what its output is
	Ordinal  int                `json:"ordinal"`         // place in the pipeline's order
	Key      string             `json:"key"`             // hex digest of KeyText
	KeyText  string             `json:"key_text"`
	Status   Status             `json:"status"`
	Reason   string             `json:"reason"` // why it ran, or why not, in words
	Started  time.Time          `json:"started,omitzero"`
	Ended    time.Time          `json:"ended,omitzero"`
	CPU      time.Duration      `json:"cpu"`    // user and system; of the process for command stages, an estimate otherwise
	Memory   int64              `json:"memory"` // peak resident bytes, same remark
	Output   string             `json:"output"` // digest of the tree
	Cell     string             `json:"cell"`   // digest of the notebook cell, of programs that recorded it with the run
	Log      string             `json:"log"`    // digest of the log
	Ran      string             `json:"ran"`    // the run that computed the output
	Metrics  []metrics.Value    `json:"metrics,omitempty"`
	Warnings []notebook.Finding `json:"warnings,omitempty"`
	Error    string             `json:"error,omitempty"`
	// Live is how it goes; nil unless it is waiting or running.
	Live *Live `json:"live,omitempty"`
}

// Left says whether the stage left an artifact of that type.
func (s *Stage) Left(t artifact.Type) bool { return s.Output != "" && slices.Contains(s.Makes, t) }

// Version is a registered model.
type Version struct {
	Model     string          `json:"model"`
	Version   int             `json:"version"`  // 1, 2, … per model
	Artifact  string          `json:"artifact"` // digest of the tree of the bundle that was judged
	Pipeline  string          `json:"pipeline"`
	Run       string          `json:"run"`
	Stage     string          `json:"stage"`     // that trained it
	Estimator string          `json:"estimator"` // "boosting"
	Metric    string          `json:"metric"`    // that it was chosen by
	Metrics   []metrics.Value `json:"metrics"`
	Decision  string          `json:"decision"`          // why it became champion or not, in words
	Details   json.RawMessage `json:"details,omitempty"` // JSON of the register kind
	Created   time.Time       `json:"created"`
	// Retracted says why the version must not become champion by itself any more;
	// "" where nobody has retracted it.
	Retracted string `json:"retracted,omitempty"`
	// Retired is since when nothing needs the version, so that garbage collection
	// may take its bytes; zero where they stay.
	Retired time.Time `json:"retired,omitzero"`
	// Final is the fit that answers; nil where the judged one does.
	Final *Final `json:"final,omitempty"`
}

// Final is a fit to all rows of the model that a version is. All that is measured,
// compared and decided is of the judged fit, to the training part alone.
type Final struct {
	Artifact string `json:"artifact"` // digest of the tree of its bundle
	Rows     int    `json:"rows"`     // that it is fitted to
	Judged   int    `json:"judged"`   // that the judged fit is fitted to: some of them
}

// Answering gives the digest of the bundle that answers for the version.
func (v *Version) Answering() string {
	if v.Final != nil {
		return v.Final.Artifact
	}
	return v.Artifact
}

// The kinds of moves.
const (
	Promotion = "promote"  // to a version somebody chose
	Rollback  = "rollback" // back to where the last promotion came from
	Retreat   = "retract"  // away from a version that was retracted, to 0 where none is left; of other aliases than the champion to 0, for they were taken away
)

// Alias is where a name for a version stands.
type Alias struct {
	Model   string `json:"model"`
	Alias   string `json:"alias"`
	Version int    `json:"version"`
}

// Move is one entry of an alias's history.
type Move struct {
	ID      int64     `json:"id"`
	Model   string    `json:"model"`
	Alias   string    `json:"alias"` // "champion"
	Kind    string    `json:"kind"`  // Promotion, Rollback or Retreat; "" means Promotion
	From    int       `json:"from"`  // 0: none stood
	To      int       `json:"to"`    // 0: none stands
	Reason  string    `json:"reason"`
	Actor   string    `json:"actor"` // "run 2026…", "cli"
	Created time.Time `json:"created"`
}

// TrialState is how a trial stands.
type TrialState string

// The states of a trial.
const (
	TrialRunning  TrialState = "running"
	TrialComplete TrialState = "complete"
	TrialPruned   TrialState = "pruned" // stopped early as hopeless
	TrialFailed   TrialState = "failed"
)

// Trial is one trial of a search over parameters.
type Trial struct {
	Study        string          `json:"study"`  // digest of everything its trials share
	Number       int             `json:"number"` // from 0
	Params       json.RawMessage `json:"params"` // an object, as proposed
	State        TrialState      `json:"state"`
	Value        float64         `json:"value"`                  // of the objective, when State is TrialComplete
	Intermediate []float64       `json:"intermediate,omitempty"` // the objective as the trial went on
	Started      time.Time       `json:"started,omitzero"`
	Ended        time.Time       `json:"ended,omitzero"`
	Run          string          `json:"run,omitempty"` // that computed it
}

// Filter chooses runs. Its zero value chooses all.
type Filter struct {
	Pipeline string
	Status   Status
	Before   string // the id of a run: only older ones
	Limit    int    // 0: no limit
	Offset   int
}

// Took gives how long the run took; below 0 while it is running, and when its
// process was killed before a stage ended: then nobody knows.
func (r *Run) Took() time.Duration {
	if r.Ended.IsZero() {
		return -1
	}
	return r.Ended.Sub(r.Started)
}
