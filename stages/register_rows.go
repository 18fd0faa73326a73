package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
)

// leastFresh is how many test rows that neither model has learned from make
// the two comparable, where some had to be left out.
const leastFresh = 30

// problem is what keeps a champion from being compared with a challenger.
type problem struct {
	words   string
	deposes bool // by itself: it answers another question, or is lost
}

// askable gives the standing champion, or says what keeps it from predicting
// the rows that the challenger is judged on. An error is of what may pass, such
// as a disk that does not answer: no reason to depose anybody.
func askable(reg *registry.Registry, champion *record.Version, challenger *bundle.Bundle, test *table.Table) (b *bundle.Bundle, files *artifact.Artifact, p *problem, err error) {
	if files, err = reg.Judged(champion); err == nil {
		b, err = bundle.Load(files.ReadFile)
	} else if !errors.Is(err, registry.ErrLost) {
		return nil, nil, nil, err
	}
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return nil, nil, nil, fmt.Errorf("%s: %w", registry.Name(champion), err)
	case err != nil:
		why := err.Error()
		if known := (*diag.Error)(nil); errors.As(err, &known) {
			why = known.What // without the place, which is another on each machine
		}
		return nil, nil, &problem{"can no longer be read: " + why, true}, nil
	}
	mine, theirs := challenger.Features, b.Features
	switch {
	case theirs.Target.Name != mine.Target.Name || theirs.Task != mine.Task:
		return nil, nil, &problem{fmt.Sprintf("predicts something else: %s (%s)", theirs.Target.Name, theirs.Task), true}, nil
	case !slices.Equal(theirs.Classes, mine.Classes):
		return nil, nil, &problem{words: "knows other classes"}, nil
	}
	if _, err = judge(b, test, []int{0}[:min(1, test.Rows())]); err != nil {
		what, _, _ := strings.Cut(err.Error(), "\n") // hints are for a person who can follow them now
		return nil, nil, &problem{words: "cannot be asked about these rows: " + what}, nil
	}
	return b, files, nil, nil
}

// fresh are the test rows to compare two models on.
type fresh struct {
	rows    []int    // ascending
	words   string   // says which they are; "" when they are all
	problem *problem // why they do not suffice; nil where they do
}

// freshRows gives the test rows with a known outcome that neither the
// challenger nor the champion has learned from. Models that learned from the
// same rows are compared on all. So is a champion that does not say what it
// learned from, being imported or of an older program.
func freshRows(challenger *bundle.Bundle, test *table.Table, mine, theirs *artifact.Artifact) (*fresh, error) {
	actual, err := challenger.Features.Outcome(test)
	if err != nil {
		return nil, err
	}
	known := &fresh{}
	for i, y := range actual {
		if !math.IsNaN(y) {
			known.rows = append(known.rows, i)
		}
	}
	learned, knew := rowSet(mine), rowSet(theirs)
	switch {
	case learned == nil || knew == nil:
		known.words = "on all test rows, for what one of them learned from is not known"
		return known, nil
	case learned.Equal(knew):
		return known, nil
	}
	all := len(known.rows)
	for _, set := range []*table.RowSet{learned, knew} {
		has, err := set.Has(test)
		if err != nil {
			return &fresh{problem: &problem{words: "nobody can tell which test rows it learned from: " + err.Error()}}, nil
		}
		known.rows = slices.DeleteFunc(known.rows, func(row int) bool { return has[row] })
	}
	left := len(known.rows)
	switch {
	case left == all:
		return known, nil
	case left < leastFresh:
		return &fresh{problem: &problem{words: fmt.Sprintf("of %s neither has learned from only %s", human.Count(all, "test row"), human.Int(left))}}, nil
	}
	known.words = fmt.Sprintf("on %s of %s that neither has learned from", human.Int(left), human.Count(all, "test row"))
	return known, nil
}

// rowSet gives the rows that a bundle was made from, or nil.
func rowSet(files *artifact.Artifact) *table.RowSet {
	data, err := files.ReadFile(bundle.FileRows)
	set := &table.RowSet{}
	if err != nil || set.UnmarshalBinary(data) != nil {
		return nil
	}
	return set
}

// judge has a model predict those rows of the test table.
func judge(b *bundle.Bundle, test *table.Table, rows []int) (*metrics.Sample, error) {
	test = test.Take(rows)
	actual, err := b.Features.Outcome(test)
	if err != nil {
		return nil, err
	}
	said, err := b.Predict(test)
	if err != nil {
		return nil, err
	}
	if said.Classes != nil {
		return metrics.NewClassification(actual, said.Classes, said.Probabilities).Decide(b.Threshold), nil
	}
	return metrics.NewRegression(actual, said.Values), nil
}

// unitsOf gives what a bootstrap of some of the test rows draws, as it did where
// they were judged; nil for rows. Rows that were not judged, as those of folds in
// time that no window held out, are left out of rows.
func unitsOf(e *evaluation.Evaluation, in *artifact.Artifact, rows []int) (units *metrics.Units, judged []int, err error) {
	if e.Drawn == nil {
		return nil, rows, nil
	}
	said, err := evaluation.OpenPredictions(in)
	if err != nil {
		return nil, nil, err
	}
	all, place := e.UnitsOf(said), said.Column("row")
	if all == nil || place == nil {
		return nil, nil, fmt.Errorf("%s of %s does not say how rows belong together", evaluation.FilePredictions, in.Stage)
	}
	at := map[int]int{}
	for i, row := range place.Num {
		at[int(row)-e.Train] = i
	}
	var places []int
	for _, row := range rows {
		if place, ok := at[row]; ok {
			places, judged = append(places, place), append(judged, row)
		}
	}
	return all.Take(places), judged, nil
}
