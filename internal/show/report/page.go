// Package report writes a run as a notebook: one self-contained HTML page.
//
// The page needs no network and no script, reads well on a phone, in print and
// in the dark, and escapes every text that comes from data. Equal pages give
// equal bytes. Its size is bounded: figures beyond the budget, long logs and
// long tables are cut, and the page says so.
//
// Writing has three steps, each in its own files: a Page is plain data (this
// file); view.go turns it into what the templates show, with the DAG laid out
// (layers.go, dag.go) and figures drawn (by package render); page.gohtml and its
// parts put that into words and boxes.
package report

import (
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// Page is a run, ready to be written.
type Page struct {
	Pipeline string
	Title    string // "" takes the pipeline's name
	Notes    string // Markdown; see Quotes
	Look     string // the version of how it looks, which LookOf reads again
	Run      Run

	Leaderboard *Leaderboard // nil: the pipeline compares no models
	History     *History     // nil: the pipeline registers no model

	// Mutes say which findings of the cells do not count, and why.
	Mutes notebook.Mutes
	// Stages are in the pipeline's order: nothing reads from a later one.
	Stages []Stage
}

// Run is the frame around the cells: all that two runs with equal cells differ
// in.
type Run struct {
	ID       string
	Status   record.Status
	Started  time.Time
	Took     time.Duration
	Commit   string // git's, of the project; "" when there is none
	Dirty    bool
	Host     string
	Command  string // the command line
	Params   []Pair // of the pipeline
	Versions []Pair
	Error    string
}

// Pair is a name and what it stands for.
type Pair struct{ Name, Value string }

// Stage is one cell with its frame.
type Stage struct {
	Name   string
	Kind   string
	From   []string // the stages it reads
	After  []string // the stages it only waits for
	Status record.Status
	Reason string // why it ran, or why not
	Ran    string // the run that computed the output, when that was another
	Answer string // where and when its question was answered; "" where it asks none
	Took   time.Duration
	CPU    time.Duration
	Memory int64
	Error  string

	Notes       string // Markdown; see Quotes
	Declaration string // the YAML, parameters resolved
	Metrics     []metrics.Value
	Warnings    []notebook.Finding
	Cell        *notebook.Cell // nil: nothing to show
	Log         Log
	Key         string
	KeyText     string
	Output      string // digest
	// Published is the folder of the project that keeps a copy of the output, "" for
	// none, and Copies are its files.
	Published string
	Copies    []string
}

// Leaderboard compares the pipeline's models on the same test rows.
type Leaderboard struct {
	Stage   string // that compared them
	Primary string // name of the metric the rows are ordered by
	Rows    []Standing
	// Verdict says in a sentence who leads, by how much, and whether that is
	// beyond noise.
	Verdict string
	// How says in a sentence how it was measured.
	How string
}

// Standing is one model's place in a leaderboard.
type Standing struct {
	Model     string // the stage that trained it
	Estimator string
	Metrics   []metrics.Value // the same names in the same order in every row
	Champion  bool            // what the alias points at is this model
	Tied      bool            // not told apart from the leader beyond noise
	Note      string          // "behind by 12.4 USD (8.1 to 16.9)"
}

// History is a registered model's metric over its versions, oldest first.
type History struct {
	Model  string
	Metric string
	Unit   string
	Better metrics.Better
	Points []Point
	// Champion has all metrics of the version that stands now.
	Champion []metrics.Value
	// Offline is where the page lies by which it predicts without a server, from the
	// folder of the pipeline's latest page; "" where there is none.
	Offline string
}

// Point is one version in a History.
type Point struct {
	Version   int
	Stage     string // that trained it
	Run       string
	Created   time.Time
	Value     float64
	Low, High *float64
	Rows      string // the digest of the test part it was judged on; "" if not known
	Champion  bool   // it became champion when it was registered
	Standing  bool   // it is champion now
	Decision  string
}
