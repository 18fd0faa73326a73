package runner

import (
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// Event is something that happened in an execution, for whoever shows progress.
// Its JSON is what `--json` prints, one event a line.
type Event struct {
	Time     time.Time `json:"time"`
	What     What      `json:"event"`
	Run      string    `json:"run,omitempty"`
	Pipeline string    `json:"pipeline"` // "" of RunRefused
	Stage    string    `json:"stage,omitempty"`
	Kind     string    `json:"kind,omitempty"`

	// Of RunStarted.
	Stages int `json:"stages,omitempty"` // how many there are to look at
	// Of StageStarted and StageEnded: why it runs, why it did not.
	Reason string `json:"reason,omitempty"`
	// Of StageStarted.
	Cores    int           `json:"cores,omitempty"`
	Attempt  int           `json:"attempt,omitempty"`  // from 1
	Expected time.Duration `json:"expected,omitempty"` // from earlier runs; 0: not known
	// Of StageProgress: step is what it is at; total 0: not known.
	Step  string `json:"step,omitempty"`
	Done  int64  `json:"done,omitempty"`
	Total int64  `json:"total,omitempty"`
	Unit  string `json:"unit,omitempty"`
	// Of StageLog: a line without its end. Of StageWaiting: the other run, if one is
	// waited for. Of StageScored: what was tried.
	Text string `json:"text,omitempty"`
	// Of StageWaiting.
	Wait *record.Wait `json:"wait,omitempty"`
	// Of StageScored: what the try came to.
	Score *metrics.Value `json:"score,omitempty"`
	// Of StageWarned.
	Warning *notebook.Finding `json:"warning,omitempty"`
	// Of StageEnded and RunEnded.
	Status record.Status `json:"status,omitempty"`
	Took   time.Duration `json:"took,omitempty"`
	// Of StageEnded, RunEnded and RunRefused.
	Error string `json:"error,omitempty"`
	// Of RunRefused: what to do about it.
	Hint string `json:"hint,omitempty"`
	// Of RunEnded.
	SameAs string `json:"same_as,omitempty"`
}

// What says what an Event tells.
type What string

// What happens. RunRefused is told by the program, and not by an execution: what
// was asked for could not be begun. Per stage: waiting, started, progress, scored, log and
// warned any number of times, then ended, once for every stage.
const (
	RunStarted    What = "run-started"
	RunEnded      What = "run-ended"
	RunRefused    What = "run-refused"
	StageWaiting  What = "stage-waiting" // for what its followed stages do not have: see record.Wait
	StageStarted  What = "stage-started"
	StageProgress What = "stage-progress"
	StageScored   What = "stage-scored" // a search has tried something: Done says how many it has
	StageLog      What = "stage-log"
	StageWarned   What = "stage-warned"
	StageEnded    What = "stage-ended"
)
