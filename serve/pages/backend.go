package pages

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/comparison"
	"labbook/internal/store/requests"
)

// Backend is all that the pages show and can have done, by page. It is called
// from several goroutines at once. What it returns is not changed.
//
// Methods that answer a person or change something get the request of the page,
// for its context, its client and its credentials; the pages have asked
// May before. An error that is a *diag.Error or a *jsonrow.Faults is shown
// to the person; of any other only the log is told.
type Backend interface {
	Access
	Pipelines
	Notebooks
	Standing
	Tries
	Watcher
	Models
	Runs
	Starter
	Requests
	Batches
	Keys
}

// Batches is what the page of batches shows.
type Batches interface {
	// Batches gives those of a pipeline that the sender of a request may know of, the
	// newest first, and whether any are taken.
	Batches(r *http.Request, pipeline string) (all []*Batch, taken bool, err error)
}

// Access says who may do what.
type Access interface {
	// MayRead says whether the sender of a request may see pages, and May whether
	// it may change what a scope is for, by the session or key that it comes with.
	MayRead(r *http.Request) bool
	May(r *http.Request, scope record.Scope) bool
	// Who gives the name of the key that the sender of a request is signed in with;
	// "" where it is not.
	Who(r *http.Request) string
	// SignIn gives the value of a session cookie, and how long it lasts, for whoever
	// shows a key. ErrWrongKey says that it opens nothing, ErrTooOften that the
	// client has tried too often, a *diag.Error that it does not open pages.
	SignIn(r *http.Request, secret string) (cookie string, lasts time.Duration, err error)
	// SignOut ends the session that a request comes with.
	SignOut(r *http.Request) error
}

// Why nobody is signed in.
var (
	ErrWrongKey = errors.New("this opens nothing")
	ErrTooOften = errors.New("too many tries")
)

// Keys is what the pages of keys show and do. What does not fit is a *diag.Error.
type Keys interface {
	// Keys gives every key, sorted by name.
	Keys(ctx context.Context) ([]*record.Key, error)
	// CreateKey makes a key and gives its secret, RotateKey a new one.
	CreateKey(r *http.Request, key *record.Key) (secret string, err error)
	RotateKey(r *http.Request, name string, overlap time.Duration) (secret string, err error)
	ExpireKey(r *http.Request, name string, when time.Time) error
	RevokeKey(r *http.Request, name string) error
	// Trail gives the audit trail, the newest line first, before a time unless
	// that is zero.
	Trail(ctx context.Context, before time.Time, limit int) ([]record.Event, error)
}

// Pipelines is what the first page shows, and what the others are found by.
type Pipelines interface {
	// Pipelines gives every pipeline, sorted by name.
	Pipelines(ctx context.Context) ([]*Pipeline, error)
	// Version gives a pipeline as another version of its model answers, which is named by
	// number or alias; nil where none answers. That there is no such version is a
	// *diag.Error.
	Version(ctx context.Context, p *Pipeline, version string) (*Pipeline, error)
}

// Notebooks is what a pipeline's notebook is.
type Notebooks interface {
	// Notebook gives the notebook of a run as HTML, or of the pipeline's latest
	// when run is ""; nil when there is none.
	Notebook(ctx context.Context, pipeline, run string) ([]byte, error)
	// HasNotebook says whether the notebook of a run is there, without reading it.
	HasNotebook(run *record.Run) bool
	// Offline gives the page by which the pipeline's champion predicts without a
	// server; nil when there is none.
	Offline(ctx context.Context, pipeline string) ([]byte, error)
}

// Standing is what there is to say of a pipeline before anybody asks it.
type Standing interface {
	// Held gives how a version did on the rows that were held out; the error says, for
	// people, why that is not known.
	Held(ctx context.Context, v *record.Version) (*comparison.Held, error)
	// Example answers an input that nobody asked about, as Predict does, with reasons
	// and without a record: as a server rehearses golden predictions.
	Example(ctx context.Context, of Asked, input json.RawMessage) (json.RawMessage, error)
	// Cells gives what the stages of a run show, those of the first kind first.
	Cells(ctx context.Context, run string, kinds ...string) ([]Cell, error)
}

// Cell is what a stage of a run shows.
type Cell struct {
	Stage, Kind string
	*notebook.Cell
}

// Asked says who is to answer: a version of the model of a pipeline, by its number or
// by an alias; "" is the champion.
type Asked struct{ Pipeline, Version string }

// Tries answers the form of a pipeline, and keeps what was saved of it.
type Tries interface {
	// Predict answers an input, a JSON object, as the API does: with a JSON
	// object that has the member that Pipeline.Predicts names, and unit,
	// interval, probabilities, why, warnings, model, version, run and request
	// as far as they apply. What is wrong with the input is a *jsonrow.Faults.
	Predict(r *http.Request, of Asked, input json.RawMessage) (json.RawMessage, error)
	// PredictFile answers the rows of a file, a table in any form that the API takes, or
	// JSON: as the API does, as CSV with columns added, "predicted_" and Pipeline.Predicts
	// the first of them. What is wrong with rows is a *jsonrow.Faults. Where the file has
	// rows and no lines the answer says so, even beside an error.
	PredictFile(r *http.Request, of Asked, file []byte) (*FileAnswer, error)
	// WhatIf answers an input that is nobody's case, with reasons: it is recorded as
	// that.
	WhatIf(r *http.Request, of Asked, input json.RawMessage) (json.RawMessage, error)
	// Around says what lies around an input that is answered: nothing of it is
	// recorded.
	Around(ctx context.Context, of Asked, input json.RawMessage, q Question) (*Around, error)
	// Save does what Predict does and saves the prediction, with a note that
	// may be empty.
	Save(r *http.Request, of Asked, input json.RawMessage, note string) (*requests.Prediction, error)
	// SetOutcome attaches what came true, a JSON number or string, to a saved
	// prediction.
	SetOutcome(r *http.Request, pipeline, id string, outcome json.RawMessage) error
	// Predictions gives saved predictions, the newest first.
	Predictions(ctx context.Context, f requests.PredictionFilter) ([]*requests.Prediction, error)
	// PredictionEdge is that of requests.Store: how far the newest n predictions reach.
	PredictionEdge(ctx context.Context, f requests.PredictionFilter, n int) (id string, err error)
	// Prediction gives one, or nil.
	Prediction(ctx context.Context, pipeline, id string) (*requests.Prediction, error)
}

// FileAnswer is what was answered to a file.
type FileAnswer struct {
	CSV      []byte
	Typed    bool // places in it are rows, and not lines
	Request  string
	Warnings []string
}

// Question is what is to be found around an answer.
type Question struct {
	May         []string // fields that may change; nil: those that Pipeline.Change names
	Class       string   // to be reached; "": any other
	Least, Most *float64 // likewise of a number; both nil: out of the range that is answered
}

// Around is what lies around an input that is answered.
type Around struct {
	Typical json.RawMessage // a typical row, an object
	Similar *Similar        // nil: such rows cannot be asked for
	// Changes are the smallest ones that lead to another answer, the smallest first.
	// Looked says that they were looked for: texts cannot change.
	Changes []Change
	Looked  bool
	// Without are words of a text without which the answer would be Instead.
	Without []string
	Instead string
}

// Change is a change of fields that leads to another answer.
type Change struct {
	Fields []Changed
	Value  float64 // the answer then
	Class  string  // or this
}

// Changed is a field with its values as people write them.
type Changed struct{ Field, Unit, From, To string }

// Similar are the rows that are most like an input.
type Similar struct {
	Searched string   // among which rows: a clause that begins a sentence
	Rows     int      // so many
	Equal    []string // the fields in which those found are equal
	Nearest  string   // and in which they are near
	Matching int      // rows that are equal
	Columns  []SimilarColumn
}

// SimilarColumn is a column of those rows: what is predicted comes first.
type SimilarColumn struct {
	Name, Unit string
	Numeric    bool
	Cells      []string
}

// Watcher says whether a model still does what it did.
type Watcher interface {
	// Watch compares what is asked with what was trained on, and what was
	// predicted with what came true.
	Watch(ctx context.Context, pipeline string) (*Watch, error)
}

// Models is what the pages of models show and do.
type Models interface {
	// Models gives every model of the registry, sorted by name.
	Models(ctx context.Context) ([]*Model, error)
	// Model gives one; nil when there is none.
	Model(ctx context.Context, name string) (*Model, error)
	// Promote makes a version the champion if the expected one stands (0:
	// none), and Rollback takes the last promotion back likewise.
	Promote(r *http.Request, model string, version, expected int, reason string) error
	Rollback(r *http.Request, model string, expected int, reason string) error
	// SetAlias has another alias stand at a version, or nowhere for 0.
	SetAlias(r *http.Request, model, alias string, version int, reason string) error
	// CompareVersions answers for each metric of two versions, and TestRows gives
	// for each version the digest of the test part that it was judged on, "" where
	// that is not known: both as comparison.Comparer does.
	CompareVersions(ctx context.Context, a, b *record.Version) ([]comparison.Metric, error)
	TestRows(ctx context.Context, versions []*record.Version) ([]string, error)
}

// Runs is what the pages of runs show.
type Runs interface {
	// Runs gives runs, the newest first.
	Runs(ctx context.Context, f record.Filter) ([]*record.Run, error)
	// Run gives a run with the stages that stand for it, in their order; nil
	// when there is none.
	Run(ctx context.Context, id string) (*record.Run, []*record.Stage, error)
	// MetricsOf gives what several runs measured, by run; the subject is what was
	// measured, or the stage itself.
	MetricsOf(ctx context.Context, runs []string) (map[string][]metrics.Value, error)
	// Remarks gives what people say of runs, by run, and Remark records it.
	Remarks(ctx context.Context, runs []string) (map[string]*record.Remark, error)
	Remark(r *http.Request, run string, said *record.Remark) error
	// Progress gives the path of the run's progress as server-sent events. What
	// they say does not matter: at each the page looks again.
	Progress(run string) string
	// Outputs gives the files that stages of a run left, as far as they are kept, by
	// the names of the stages.
	Outputs(run string, stages []*record.Stage) map[string][]Output
	// Judged gives what the leader of a stage of a run said of the rows that were held out;
	// nil where there is no such stage, or what it left is not kept.
	Judged(ctx context.Context, run, stage string) (*Judged, error)
	// CompareRuns answers for each metric of two runs, which those stages stand
	// for, as comparison.Comparer does.
	CompareRuns(ctx context.Context, changes []record.MetricChange, a, b []*record.Stage) ([]comparison.Metric, error)
}

// Output is a file that a stage left.
type Output struct {
	Name  string
	Size  int64
	Links []OutputLink // as it is, then in other forms
}

// OutputLink is where a file can be had.
type OutputLink struct{ Form, Href string }

// Starter starts runs.
type Starter interface {
	// MayStart says whether runs can be started at all.
	MayStart() bool
	// Start queues a run and gives its id.
	Start(r *http.Request, job Job) (run string, err error)
	// Foresee says what a job would do if it were begun now.
	// There is a stage for each that is not skipped, in their order.
	Foresee(ctx context.Context, job Job) ([]ForeseenStage, error)
	// Learners gives the stages of a pipeline that make models, as they are declared now.
	Learners(ctx context.Context, pipeline string) ([]Learner, error)
	// Queue gives the runs that wait for their turn, the first first.
	Queue(ctx context.Context) ([]*record.Queued, error)
	// Stop stops a run, or takes it out of the queue, and says whether it was that.
	Stop(r *http.Request, run string) (queued bool, err error)
	// Again queues what a run was asked to do, and gives the new run's id.
	Again(r *http.Request, run string) (id string, err error)
}

// Requests is what the pages of requests show.
type Requests interface {
	// Requests gives requests, the newest first.
	Requests(ctx context.Context, f requests.Filter) ([]*requests.Request, error)
	// Edge and Timings are those of requests.Store: how far the newest n requests reach
	// that an index finds, and how long the newest n answers took.
	Edge(ctx context.Context, f requests.Filter, n int) (id string, err error)
	Timings(ctx context.Context, f requests.Filter, n int) ([]requests.Timing, error)
	// Request gives one with its bodies, or nil.
	Request(ctx context.Context, id string) (*requests.Request, error)
}
