package stages

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/models/training"
)

// A test part of fewer rows says too little, and then models are judged by so many
// folds, so often, if that costs no more than so many rows to fit to in all.
const (
	fewTestRows  = 100
	usualFolds   = 5
	usualRepeats = 4
	mostFitted   = 2_000_000
)

// maker is a model with how it came about, nil where nobody knows.
type maker struct {
	*bundle.Bundle
	stage    string
	declared *training.Declared
}

// foldsOf gives the folds by which models are judged instead of the test part:
// those that the split declares, or the usual ones where the test part is small,
// rows have no order in time, and it is cheap. Nil: the test part it is.
func foldsOf(k *evaluation.Case, open func() (*whole, error), makers []maker, seed uint64) (*evaluation.Folds, error) {
	f := &evaluation.Folds{K: k.Structure.Folds, Repeats: max(1, k.Structure.Repeats), Asked: k.Structure.Folds > 0}
	if !f.Asked {
		if len(k.Rows) >= fewTestRows || k.Structure.Time != "" {
			return nil, nil
		}
		f.K, f.Repeats = usualFolds, usualRepeats
	}
	fits := 0
	for _, m := range makers {
		switch {
		case m.declared != nil:
			fits += m.declared.Fits()
		case f.Asked:
			return nil, &diag.Error{What: fmt.Sprintf("%s cannot be made again in folds: how it came about is not known", m.stage),
				Hint: "leave folds out in the split stage, or this model out here"}
		default:
			return nil, nil
		}
	}
	whole, err := open()
	if err != nil {
		return nil, err
	}
	if !f.Asked && fits*f.K*f.Repeats*len(whole.known) > mostFitted {
		return nil, nil
	}
	divisions, err := whole.layout.Folds(f.K, f.Repeats, seed)
	if err != nil {
		if f.Asked {
			return nil, err
		}
		return nil, nil
	}
	whole.fill(f, divisions)
	f.Digest = fmt.Sprintf("%x", sha256.Sum256(fmt.Appendln(nil, whole.digest, k.Digest, f.K, f.Repeats, seed)))
	f.Said = func(ctx context.Context, candidate, cores int) (*metrics.Sample, error) {
		return whole.said(ctx, makers[candidate], f, divisions, cores)
	}
	return f, nil
}

// whole is all rows of a split, the training part first.
type whole struct {
	table     *table.Table
	digest    string // of the training part
	train     int    // rows of it
	structure *partition.Structure
	known     []int // the rows of known outcome, ascending
	outcome   []float64
	layout    *partition.Layout // of the known rows
}

func openWhole(split *artifact.Artifact, k *evaluation.Case, f *features.Features) (*whole, error) {
	blob, err := table.BlobOf(split, partition.FileTrain)
	if err != nil {
		return nil, err
	}
	w := &whole{digest: blob.Digest}
	if w.table, w.train, w.structure, err = partition.Whole(split); err != nil {
		return nil, err
	}
	if w.known, w.outcome, err = f.Known(w.table); err != nil {
		return nil, err
	}
	if w.known == nil {
		w.known = make([]int, w.table.Rows())
		for row := range w.known {
			w.known[row] = row
		}
	}
	layout, err := w.structure.Layout(w.table)
	if err != nil {
		return nil, err
	}
	w.layout = layout.Take(w.known)
	if k.Classes != nil {
		w.layout = w.layout.ByClass(w.outcome)
	}
	return w, nil
}

// fill says which rows are held out when, and what belongs together of them.
func (w *whole) fill(f *evaluation.Folds, divisions []*partition.Parts) {
	f.Table, f.Train = w.table, w.train
	var places []int // among the known rows
	for repeat := range (len(divisions) + f.K - 1) / f.K {
		var held []int
		for _, parts := range divisions[repeat*f.K : min((repeat+1)*f.K, len(divisions))] {
			held = append(held, parts.Test...)
		}
		slices.Sort(held)
		places = append(places, held...)
		f.Repeat = append(f.Repeat, slices.Repeat([]int{repeat}, len(held))...)
	}
	for _, place := range places {
		f.Rows, f.Actual = append(f.Rows, w.known[place]), append(f.Actual, w.outcome[place])
	}
	units, by := w.layout.Units(), w.structure.Words()
	if units == nil {
		of := make([]int, len(w.known))
		for i := range of {
			of[i] = i
		}
		units, by = metrics.NewUnits(of, len(of), false), "rows, with all that was said of each"
	}
	f.Units, f.By = units.Take(places), by
}

// said has a model made again of each division's rows, several at once, and gives
// what it says of the others in the order of the folds.
func (w *whole) said(ctx context.Context, m maker, f *evaluation.Folds, divisions []*partition.Parts, cores int) (*metrics.Sample, error) {
	out := &metrics.Sample{Actual: f.Actual, Predicted: make([]float64, len(f.Rows)), Classes: m.Features.Classes}
	width := len(out.Classes)
	out.Probabilities = make([]float64, len(f.Rows)*width)
	at := map[[2]int]int{} // by repeat and row
	for i, row := range f.Rows {
		at[[2]int{f.Repeat[i], row}] = i
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, cores))
	for d, parts := range divisions {
		group.Go(func() error {
			learned, held := w.rows(parts.Train), w.rows(parts.Test)
			made, err := m.declared.Fit(ctx, w.table.Take(learned), w.structure.Of(learned), m.Features, &training.Work{Cores: 1})
			if err != nil {
				return err
			}
			said, err := made.Predict(w.table.Take(held))
			if err != nil {
				return err
			}
			for i, row := range held {
				place := at[[2]int{d / f.K, row}]
				out.Predicted[place] = said.Values[i]
				if said.Classes != nil {
					copy(out.Probabilities[place*width:], said.Row(i))
				}
			}
			return nil
		})
	}
	return out, group.Wait()
}

// rows gives the numbers of known rows in the table.
func (w *whole) rows(places []int) []int {
	rows := make([]int, len(places))
	for i, place := range places {
		rows[i] = w.known[place]
	}
	return rows
}
