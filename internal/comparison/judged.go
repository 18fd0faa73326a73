package comparison

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"labbook/internal/evaluation"
	"labbook/internal/metrics"
	"labbook/internal/registry"
	"labbook/internal/table"
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
	paths map[string]string // of its files
}

// id tells a judged model from others. "" is no digest, so an output that does
// not say what it is, is like none but itself.
func (j *judged) id() string { return j.output + " " + j.model.Stage }

// errKept is told where the predictions that a comparison needs are gone.
var errKept = errors.New("the predictions are no longer kept")

// open reads what an evaluate stage left. The error is for people.
func (c *Comparer) open(output string) (*evaluated, error) {
	files, err := c.Registry.Store.Tree(output)
	switch {
	case errors.Is(err, registry.ErrLost):
		return nil, errKept
	case err != nil:
		return nil, unreadable(err)
	}
	e := &evaluated{paths: map[string]string{}}
	for _, f := range files {
		e.paths[f.Name] = f.Path
	}
	data, err := os.ReadFile(e.paths[evaluation.File])
	if err != nil {
		return nil, unreadable(err)
	}
	if e.Evaluation, err = evaluation.Decode(data); err != nil {
		return nil, unreadable(err)
	}
	return e, nil
}

// unreadable says that something is there and cannot be read.
func unreadable(err error) error {
	what, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("the predictions cannot be read: %s", what)
}

// sample gives what the model said of the test rows, in their order.
func (j *judged) sample() (*metrics.Sample, error) {
	t, err := table.ReadFile(j.from.paths[evaluation.FilePredictions])
	if err != nil {
		return nil, unreadable(err)
	}
	s := j.from.SampleOf(t, j.model.Stage)
	if s == nil {
		return nil, errKept
	}
	return s, nil
}

// known gives the test rows that the model was judged on: those with an outcome.
func (e *evaluated) known() (*table.Table, error) {
	said, err := table.ReadFile(e.paths[evaluation.FilePredictions])
	if err != nil {
		return nil, unreadable(err)
	}
	test, err := table.ReadFile(e.paths[evaluation.FileTest])
	if err != nil {
		return nil, unreadable(err)
	}
	places := said.Column("row")
	if places == nil || places.Type != table.Number {
		return nil, errKept
	}
	rows := make([]int, places.Len())
	for i, v := range places.Num {
		if rows[i] = int(v); rows[i] < 0 || rows[i] >= test.Rows() {
			return nil, errKept
		}
	}
	return test.Take(rows), nil
}
