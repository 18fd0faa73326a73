// Package features turns tables into matrices: it learns from the training
// part how (Fit), and then does the same to any table with those columns
// (Transform), be it a million rows or the one of a request.
//
// Where a model's members read different matrices, a Features has several views,
// each with encoders of its own. Otherwise it is a list of encoders, each of which reads one column: numbers
// are passed on, imputed or standardised, categories become 0/1 columns or
// codes, dates are taken apart, texts become a column per term. What is learned
// from the target, as its mean by a category, is made of other rows where the
// rows are those of training: so Learn gives the matrix to learn from, and
// Transform that of any rows later.
package features

import (
	"fmt"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Features is fitted and immutable: its methods may be called from several
// goroutines at once. Its JSON form is an on-disk format.
type Features struct {
	Task    metrics.Task
	Target  table.Field
	Classes []string // of a classification, in the order of Outcome's indices
	// Inputs are the columns that Transform reads, with what training showed
	// of them: the schema of a request.
	Inputs []table.Field
	// Unread are the table's other columns but the target: a request may have
	// them, for whoever has a row of the table need not know what is read of it.
	Unread []string
	// Findings is what Fit noticed; it is not part of the JSON form.
	Findings []notebook.Finding

	derived    []derived
	statistics []*statistic // of the columns; derived ones may read them
	leads      []int        // see Gather
	views      []view       // nil of features that have the rest
	encoders   []encoder
	names      []string // of the matrix's columns
	starts     []int    // per encoder: its first column
	native     []int    // matrix.Matrix.Levels
}

// Names gives the names of the matrix's columns; they are shared.
func (f *Features) Names() []string { return f.names }

// Sparse says whether the matrix is sparse, or one of its views.
func (f *Features) Sparse() bool {
	if f.views != nil {
		return slices.ContainsFunc(f.views, func(v view) bool { return v.Sparse() })
	}
	return slices.ContainsFunc(f.encoders, func(e encoder) bool { _, ok := e.(sparse); return ok })
}

// seal gathers what follows from the encoders, once these are complete.
func (f *Features) seal() {
	if f.views != nil {
		f.sealViews()
		return
	}
	f.names, f.starts = nil, make([]int, len(f.encoders))
	for i, e := range f.encoders {
		f.starts[i] = len(f.names)
		f.names = append(f.names, e.names()...)
		if l, ok := e.(interface{ seal() }); ok {
			l.seal()
		}
	}
	f.native, f.leads = f.levels(), f.leading()
}

// Transform gives the matrix of t, row by row. t needs the columns of Inputs,
// in any order; the target and others are not looked at. It is an error, of
// type *diag.Error, when a column is missing, has another type, or holds a
// level that is declared to be one.
func (f *Features) Transform(t *table.Table) (*matrix.Matrix, error) { return f.TransformWith(t, 1) }

// TransformBoth is Transform, and that of others of the same rows: what both derive from
// them is made once.
func (f *Features) TransformBoth(other *Features, t *table.Table) (own, theirs *matrix.Matrix, err error) {
	ready, err := f.ready(t)
	if err != nil {
		return nil, nil, err
	}
	if own, err = f.encode(ready, made{}, 1); err != nil {
		return nil, nil, err
	}
	if f.derivesAs(other) {
		theirs, err = other.encode(ready, made{}, 1)
	} else {
		theirs, err = other.Transform(t)
	}
	return own, theirs, err
}

// TransformWith is Transform on several cores; the result is the same.
func (f *Features) TransformWith(t *table.Table, cores int) (*matrix.Matrix, error) {
	return f.transform(t, made{}, cores)
}

// transform is TransformWith with what is made already of the rows of t.
func (f *Features) transform(t *table.Table, ready made, cores int) (*matrix.Matrix, error) {
	t, err := f.ready(t)
	if err != nil {
		return nil, err
	}
	return f.encode(t, ready, cores)
}

// encode makes the matrix of a table that has the derived columns.
func (f *Features) encode(t *table.Table, ready made, cores int) (*matrix.Matrix, error) {
	if f.views != nil {
		return f.encodeViews(t, ready, cores)
	}
	sources := f.sources(t)
	var err error
	m := f.shape(t.Rows())
	if f.Sparse() {
		m.Sparse, err = f.transformSparse(t.Rows(), sources, ready, cores)
		return m, err
	}
	m.Dense, err = fillDense(f.encoders, f.starts, sources, ready, t.Rows(), m.Cols)
	return m, err
}

// shape gives a matrix of so many rows without its values.
func (f *Features) shape(rows int) *matrix.Matrix {
	return &matrix.Matrix{Rows: rows, Cols: len(f.names), Names: f.names, Levels: f.native}
}

// sources gives the column that each encoder reads.
func (f *Features) sources(t *table.Table) []*table.Column {
	sources := make([]*table.Column, len(f.encoders))
	for i, e := range f.encoders {
		sources[i] = t.Column(e.source())
	}
	return sources
}

// blockRows is how many rows are encoded at a time, so that a block of the
// row-major matrix stays in the processor's cache while its columns are filled.
const blockRows = 512

// fillDense encodes with encoders that are all dense, each from its source
// into the columns from its start on, or from what is ready.
func fillDense(encoders []encoder, starts []int, sources []*table.Column, ready made, rows, cols int) ([]float64, error) {
	out := make([]float64, rows*cols)
	return out, filling(encoders, starts, sources, ready, cols)(out, 0, rows)
}

// filling gives the function that encodes the rows from lo to hi.
func filling(encoders []encoder, starts []int, sources []*table.Column, ready made, cols int) func(dst []float64, lo, hi int) error {
	fills := make([]fill, len(encoders))
	for i, e := range encoders {
		if values, ok := ready.dense[e]; ok {
			fills[i] = copied(values, len(e.names()))
		} else {
			fills[i] = e.(dense).bind(sources[i])
		}
	}
	return func(dst []float64, from, to int) error {
		for lo := from; lo < to; lo += blockRows {
			hi := min(lo+blockRows, to)
			block := dst[(lo-from)*cols : (hi-from)*cols]
			for i, fill := range fills {
				if starts[i] == cols {
					continue // it makes no columns
				}
				if err := fill(block[starts[i]:], cols, lo, hi); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// copied fills with values that have so many columns.
func copied(values []float64, width int) fill {
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			copy(dst[at:at+width], values[i*width:])
		}
		return nil
	}
}

// levels gives matrix.Matrix.Levels, once the names and starts are known.
func (f *Features) levels() []int {
	var levels []int
	for i, e := range f.encoders {
		if o, ok := e.(*ordinal); ok && o.Native {
			if levels == nil {
				levels = make([]int, len(f.names))
			}
			levels[f.starts[i]] = len(o.Levels) // its only column
		}
	}
	return levels
}

// ready gives t with the columns that are derived from it, once it has those that
// are read.
func (f *Features) ready(t *table.Table) (*table.Table, error) {
	for i := range f.Inputs {
		want := &f.Inputs[i]
		c := t.Column(want.Name)
		if c == nil {
			return nil, &diag.Error{
				What: fmt.Sprintf("column %q is missing", want.Name),
				Hint: diag.DidYouMean(want.Name, t.Names()),
			}
		}
		if c.Type != want.Type {
			return nil, &diag.Error{
				What:   fmt.Sprintf("column %q has another type than in training", want.Name),
				Found:  string(c.Type),
				Wanted: string(want.Type),
				Hint:   "declare the column's type at load",
			}
		}
	}
	return f.extend(t)
}

// Outcome gives the target of each row of t: its number, or the index of its
// class; NaN where it is missing or a class that training did not know.
func (f *Features) Outcome(t *table.Table) ([]float64, error) {
	c := t.Column(f.Target.Name)
	if c == nil {
		return nil, &diag.Error{
			What: fmt.Sprintf("the target column %q is missing", f.Target.Name),
			Hint: diag.DidYouMean(f.Target.Name, t.Names()),
		}
	}
	if c.Type != f.Target.Type {
		return nil, &diag.Error{
			What:   fmt.Sprintf("the target column %q has another type than in training", f.Target.Name),
			Found:  string(c.Type),
			Wanted: string(f.Target.Type),
		}
	}
	return outcome(c, f.Task, f.Classes), nil
}

// formatClass gives the class that a number stands for.
func formatClass(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
