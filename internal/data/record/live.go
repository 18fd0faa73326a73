package record

import (
	"time"

	"labbook/internal/data/metrics"
)

// Live is what is known of a stage only while its run is under way. Nobody needs
// it later, so it is no row of the ledger.
type Live struct {
	// Wait is what a stage that has not begun waits for.
	Wait *Wait `json:"wait,omitempty"`
	// Progress is how far it is; nil unless it says so.
	Progress *Progress     `json:"progress,omitempty"`
	Expected time.Duration `json:"expected,omitempty"` // how long it may take by earlier runs, ns; 0: not known
	Cores    int           `json:"cores,omitempty"`    // that it has
	Attempt  int           `json:"attempt,omitempty"`  // from 1
	Tail     []string      `json:"log,omitempty"`      // the last lines of its log
	Tried    *Tried        `json:"tried,omitempty"`    // what a search has found so far
}

// Why a stage waits.
const (
	ForStages = "stages" // that it reads or needs have not ended
	ForCore   = "core"   // all are taken
	ForMemory = "memory" // others claim it
	ForRun    = "run"    // another run makes the same
)

// Wait is what a stage waits for. Its zero value is of one that is being looked at:
// whether anything it depends on has changed.
type Wait struct {
	For    string   `json:"for,omitempty" enum:"stages,core,memory,run" doc:"Left out: it is being looked at whether anything has changed."`
	Stages []string `json:"stages,omitempty"` // of ForStages: those that have not ended, at most WaitNames
	More   int      `json:"more,omitempty"`   // how many others
	Memory int64    `json:"memory,omitempty"` // of ForMemory: bytes that it claims
	Holder string   `json:"holder,omitempty"` // of ForRun: who makes it
}

// WaitNames is how many of the stages that another waits for are named.
const WaitNames = 3

// Tried is how a search over models or parameters goes.
type Tried struct {
	Best   metrics.Value `json:"best"`   // so far
	Of     string        `json:"of"`     // what the best is, in words
	Number int           `json:"number"` // of the best
	Points []Point       `json:"points"` // in the order of their ends, thinned where there are many
}

// Point is what one try came to.
type Point struct {
	Number int     `json:"number"` // from 1
	Value  float64 `json:"value"`
}

// pointsKept bounds Tried.Points: when there are as many, every other one but the
// best is dropped.
const pointsKept = 400

// Add notes a try: how many there are with it, what it was and what it came to.
func (t *Tried) Add(number int, of string, v metrics.Value) {
	if len(t.Points) == 0 || v.Better == metrics.Lower && v.Value < t.Best.Value || v.Better == metrics.Higher && v.Value > t.Best.Value {
		t.Best, t.Of, t.Number = v, of, number
	}
	t.Points = append(t.Points, Point{number, v.Value})
	if len(t.Points) < pointsKept {
		return
	}
	kept := t.Points[:0]
	for i, one := range t.Points {
		if i%2 == 0 || one.Number == t.Number {
			kept = append(kept, one)
		}
	}
	t.Points = kept
}
