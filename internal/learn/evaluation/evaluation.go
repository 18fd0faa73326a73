// Package evaluation judges fitted models on rows that none of them saw:
// metrics with intervals, a leaderboard that calls ties ties, and where a model
// errs.
//
// It knows models only as functions from a table to predictions; the evaluate
// kind wires them to bundles. What it finds is an Evaluation, kept as
// evaluation.json; package judged shows it.
package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// File is the name under which an Evaluation is kept in an evaluate stage's
// output; beside it are two tables and a folder per model.
const File = "evaluation.json"

// The tables beside it: the parts of the split, and what was said of the test rows;
// where models were judged by folds, of the rows of the training part too.
const (
	FileTrain       = "train.arrow"
	FileTest        = "test.arrow"
	FilePredictions = "predictions.arrow"
)

// Format is raised when the JSON form changes incompatibly.
const Format = 1

// Evaluation is what an evaluate stage found: evaluation.json. Register, serve
// and pages read it.
type Evaluation struct {
	Format  int          `json:"format"`
	Task    metrics.Task `json:"task"`
	Target  string       `json:"target"`
	Unit    string       `json:"unit,omitempty"` // of the target
	Classes []string     `json:"classes,omitempty"`
	// Judged says how: on the TestPart, or by folds, as "folds 5x4". Rows is how many
	// rows that are.
	Judged string `json:"judged,omitempty"`
	Rows   int    `json:"rows"`
	// Train is, of folds, how many rows of the training part FilePredictions counts
	// before those of the test part.
	Train   int            `json:"train_rows,omitempty"`
	Test    string         `json:"test"`    // digest of the rows judged on: equal digests are the same rows
	Primary string         `json:"primary"` // the metric that orders the models
	Better  metrics.Better `json:"better"`
	// Seed and Resamples say how the intervals were taken.
	Seed      uint64 `json:"seed"`
	Resamples int    `json:"resamples"`
	// Drawn says what was resampled where rows are not independent; nil: rows.
	Drawn  *Drawn  `json:"drawn,omitempty"`
	Models []Model `json:"models"` // best first by Primary
	// Of the leader: how much worse it is without each column, most important
	// first; how it did by rising rows; and where it was surest and wrong. Each is
	// empty where it was not asked for.
	Importance []Importance `json:"importance,omitempty"`
	Curve      []CurvePoint `json:"learning_curve,omitempty"`
	Mistakes   []Mistake    `json:"mistakes,omitempty"`
	// Doubts are what the leader is worth under stricter splits.
	Doubts []SplitDoubt `json:"split_doubts,omitempty"`
	// Findings are what came out, in words.
	Findings []notebook.Finding `json:"findings,omitempty"`
	// Skipped are the checks that could not be made.
	Skipped []checks.Skipped `json:"skipped,omitempty"`
	Options Options          `json:"options"` // that it was made with
}

// Drawn is what the bootstrap drew instead of rows: whole groups, or blocks of
// what follows one another in time. FilePredictions has the unit of each row.
type Drawn struct {
	By    string `json:"by"` // how rows belong together: "groups of patient kept together"
	Units int    `json:"units"`
	Block int    `json:"block"` // how many units are drawn at once
}

// Model is a candidate as it was measured.
type Model struct {
	Stage     string   `json:"stage"`            // that trained it: "train/boosting"
	Folder    string   `json:"folder"`           // of its bundle within the output: "models/train/boosting"
	Artifact  string   `json:"artifact"`         // digest of the train stage's tree
	Estimator string   `json:"estimator"`        // "boosting"
	Inputs    []string `json:"inputs,omitempty"` // the columns that it reads
	// Elsewhere says that only predictions are known: it is compared, and nothing more
	// can be asked of it. Folder is empty then.
	Elsewhere bool            `json:"elsewhere,omitempty"`
	Metrics   []metrics.Value `json:"metrics"` // in the order in which they are shown; those not defined are left out
	// Coverage says how many test rows its prediction intervals hold; nil when
	// it gives none.
	Coverage *Coverage `json:"coverage,omitempty"`
	// Decision says how its threshold did; nil when it has none.
	Decision *Decision `json:"decision,omitempty"`
	// Versus compares the leader with the runner-up, and every other model
	// with the leader; nil for a single model.
	Versus *metrics.Comparison `json:"versus,omitempty"`
}

// Metric gives the model's value of that metric.
func (m *Model) Metric(name string) (metrics.Value, bool) {
	for _, v := range m.Metrics {
		if v.Name == name {
			return v, true
		}
	}
	return metrics.Value{}, false
}

// ByFolds says that models were made again and judged by folds, and not on the test
// part.
func (e *Evaluation) ByFolds() bool { return e.Judged != "" && e.Judged != TestPart }

// Lead gives the place in Models of the best one that can be asked. Whatever is
// said of one model beyond the leaderboard is said of that one.
func (e *Evaluation) Lead() int {
	return max(0, slices.IndexFunc(e.Models, func(m Model) bool { return !m.Elsewhere }))
}

// Leader gives the best on the leaderboard; nil when there is none.
func (e *Evaluation) Leader() *Model {
	if len(e.Models) == 0 {
		return nil
	}
	return &e.Models[0]
}

// Encode gives the canonical bytes.
func (e *Evaluation) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(e, "", "  ")
	return append(data, '\n'), err
}

// Decode is the inverse of Encode; it survives any bytes.
func Decode(data []byte) (*Evaluation, error) {
	var e Evaluation
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("%s is not an evaluation: %w", File, err)
	}
	if e.Format != Format {
		return nil, fmt.Errorf("%s has format %d, and this labbook reads %d", File, e.Format, Format)
	}
	return &e, nil
}
