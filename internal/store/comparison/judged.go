package comparison

import (
	"errors"
	"fmt"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
)

// judged is a model as an evaluate stage judged it.
type judged struct {
	output string // digest of the evaluate stage's output
	model  *evaluation.Model
	from   *evaluated
}

// evaluated is what an evaluate stage left.
type evaluated struct {
	*evaluation.Evaluation
	left *artifact.Artifact
}

// id tells a judged model from others. "" is no digest, so an output that does
// not say what it is, is like none but itself.
func (j *judged) id() string { return j.output + " " + j.model.Stage }

// errKept is told where the predictions that a comparison needs are gone.
var errKept = errors.New("the predictions are no longer kept")

// open reads what an evaluate stage left. The error is for people.
func (c *Comparer) open(s *record.Stage) (*evaluated, error) {
	left, err := c.Registry.Output(s)
	switch {
	case errors.Is(err, registry.ErrLost):
		return nil, errKept
	case err != nil:
		return nil, unreadable(err)
	}
	e := &evaluated{left: left}
	if e.Evaluation, err = evaluation.Open(left); err != nil {
		return nil, unreadable(err)
	}
	return e, nil
}

// unreadable says that something is there and cannot be read.
func unreadable(err error) error {
	what, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("the predictions cannot be read: %s", what)
}

// sample gives what the model said of the test rows, in their order, and what a
// bootstrap of them draws.
func (j *judged) sample() (*metrics.Sample, *metrics.Units, error) {
	t, err := evaluation.OpenPredictions(j.from.left)
	if err != nil {
		return nil, nil, unreadable(err)
	}
	s := j.from.SampleOf(t, j.model.Stage)
	if s == nil {
		return nil, nil, errKept
	}
	return s, j.from.UnitsOf(t), nil
}

// known gives the test rows that the model was judged on: those with an outcome.
func (e *evaluated) known() (*table.Table, error) {
	said, err := evaluation.OpenPredictions(e.left)
	if err != nil {
		return nil, unreadable(err)
	}
	rows, _, err := e.RowsOf(e.left, said)
	if err != nil {
		return nil, errKept
	}
	return rows.Slice(0, min(e.Rows, rows.Rows())), nil // those of folds once
}
