package features

import (
	"io"
	"math"
	"reflect"
	"slices"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// Learned is what features make of the table that they were fitted to.
type Learned struct {
	*Features
	// Data has the rows whose outcome is known, and Known their numbers in the
	// table, ascending; nil: all.
	Data  *matrix.Labelled
	Known []int
}

// Learn fits features to a table whose rows belong together as layout says, nil
// for independent ones, and gives its rows as models learn from them: those whose
// outcome is known. With like, the task and the classes are its own: rows of a
// fold may lack a class.
func Learn(t *table.Table, layout *partition.Layout, o Options, like *Features, cores int) (*Learned, error) {
	p, err := Prepare(t, layout, o, like, cores)
	if err != nil {
		return nil, err
	}
	return p.learned(cores)
}

// Prepared is what Learn gives before the matrix is made.
type Prepared struct {
	*Features
	Known []int // as of Learned

	y     []float64
	table *table.Table // the rows whose outcome is known
	made  made
}

// Prepare is Learn that makes no matrix.
func Prepare(t *table.Table, layout *partition.Layout, o Options, like *Features, cores int) (*Prepared, error) {
	f, ready, err := fit(t, fitting{options: o, cores: cores, layout: layout, like: like})
	if err != nil {
		return nil, err
	}
	return f.prepare(t, ready)
}

func (f *Features) prepare(t *table.Table, ready made) (*Prepared, error) {
	known, y, err := f.Known(t)
	if err != nil {
		return nil, err
	}
	if known != nil {
		t, ready = t.Take(known), ready.take(known)
	}
	return &Prepared{f, known, y, t, ready}, nil
}

// Rows gives how many rows have a known outcome.
func (p *Prepared) Rows() int { return p.table.Rows() }

func (p *Prepared) learned(cores int) (*Learned, error) {
	x, err := p.transform(p.table, p.made, cores)
	return &Learned{p.Features, &matrix.Labelled{X: x, Y: p.y, Classes: p.Classes}, p.Known}, err
}

// Write writes the matrix with the outcomes as matrix.Labelled.Write does. One that is
// dense and has no views is never in memory as a whole.
func (p *Prepared) Write(w io.Writer, cores int) error {
	if p.views != nil || p.Sparse() {
		l, err := p.learned(cores)
		if err != nil {
			return err
		}
		return l.Data.Write(w)
	}
	t, err := p.ready(p.table)
	if err != nil {
		return err
	}
	fill := filling(p.encoders, p.starts, p.sources(t), p.made, len(p.names))
	return (&matrix.Labelled{X: p.shape(t.Rows()), Y: p.y, Classes: p.Classes}).WriteMade(w, fill)
}

// Learn gives the rows of another table of the same columns as models learn from
// them. What is learned from the outcome is learned from these rows, which are
// taken for independent; the rest stays.
func (f *Features) Learn(t *table.Table, cores int) (*Learned, error) {
	again, ready, err := f.relearn(t)
	if err != nil {
		return nil, err
	}
	p, err := again.prepare(t, ready)
	if err != nil {
		return nil, err
	}
	return p.learned(cores)
}

// relearn gives the features with what they learn from the outcome learned from
// the rows of t, and what it makes of these.
func (f *Features) relearn(t *table.Table) (*Features, made, error) {
	ready := made{dense: map[encoder][]float64{}}
	if !f.learnsOutcome() {
		return f, ready, nil
	}
	y, err := f.outcomesOf(t, nil)
	if err != nil {
		return nil, made{}, err
	}
	if t, err = f.ready(t); err != nil {
		return nil, made{}, err
	}
	return f.relearnFrom(t, y, ready), ready, nil
}

// relearnFrom gives the features with what they learn from the outcomes y of the
// rows of t, which has the derived columns, and adds what it makes of these.
func (f *Features) relearnFrom(t *table.Table, y *outcomes, ready made) *Features {
	again := *f
	again.views = slices.Clone(f.views)
	for i, v := range f.views {
		again.views[i].Features = v.relearnFrom(t, y, ready)
	}
	again.encoders = slices.Clone(f.encoders)
	for i, e := range f.encoders {
		if of, ok := e.(*targetMean); ok {
			fresh, values := fitTargetMean(t.Column(of.source()), of.options(), y)
			again.encoders[i], ready.dense[fresh] = fresh, values
		}
	}
	return &again
}

// learnsOutcome says whether an encoder has learned from the outcome, so that
// what it gives the rows of training is another thing than what it gives others.
func (f *Features) learnsOutcome() bool {
	if slices.ContainsFunc(f.views, func(v view) bool { return v.learnsOutcome() }) {
		return true
	}
	return slices.ContainsFunc(f.encoders, func(e encoder) bool { _, is := e.(*targetMean); return is })
}

// Known gives the numbers of the rows whose outcome is known, ascending, nil for
// all, and these outcomes.
func (f *Features) Known(t *table.Table) (rows []int, outcome []float64, err error) {
	y, err := f.Outcome(t)
	if err != nil {
		return nil, nil, err
	}
	for i, v := range y {
		if !math.IsNaN(v) {
			rows, outcome = append(rows, i), append(outcome, v)
		}
	}
	if len(rows) == len(y) {
		return nil, y, nil
	}
	return rows, outcome, nil
}

// Again fits features by the same options to other rows of the same table, such
// as those of a fold, which belong together as layout says, for the same task and classes, and gives what they make of
// these rows. Where that is the same encoding it gives f itself and no matrix: the
// matrix of all rows has it.
func (f *Features) Again(t *table.Table, layout *partition.Layout, o Options, cores int) (*Features, *matrix.Matrix, error) {
	again, ready, err := fit(t, fitting{options: o, cores: cores, layout: layout, like: f})
	if err != nil {
		return nil, nil, err
	}
	if again.Encodes(f) {
		return f, nil, nil
	}
	x, err := again.transform(t, ready, cores)
	return again, x, err
}

// Encodes says whether two Features that were fitted by the same options make
// the same of every row: then the one's matrix serves for the other. Of texts
// they never do, for each learns a vocabulary of its own, nor of what is learned
// from the outcome.
func (f *Features) Encodes(other *Features) bool {
	if !slices.Equal(f.Views(), other.Views()) {
		return false
	}
	for i, v := range f.views {
		if !v.Encodes(other.views[i].Features) {
			return false
		}
	}
	return !f.Sparse() && !other.Sparse() && !f.learnsOutcome() && !other.learnsOutcome() && reflect.DeepEqual(f.encoders, other.encoders) &&
		reflect.DeepEqual(f.statistics, other.statistics)
}

// Lenient gives the same features with unknown levels ignored where they are an
// error.
func (f *Features) Lenient() *Features {
	other := *f
	other.views = slices.Clone(f.views)
	for i, v := range other.views {
		other.views[i].Features = v.Lenient()
	}
	other.encoders = slices.Clone(f.encoders)
	for i, e := range other.encoders {
		switch e := e.(type) {
		case *onehot:
			again := *e
			again.lenient()
			other.encoders[i] = &again
		case *targetMean:
			again := *e
			again.lenient()
			other.encoders[i] = &again
		case *ordinal:
			again := *e
			again.lenient()
			other.encoders[i] = &again
		}
	}
	return &other
}

func (l *levels) lenient() {
	if l.Unknown == "error" {
		l.Unknown = "ignore"
	}
}

// Lenient gives the options with unknown levels ignored where they are an error:
// rows held out may have levels that the others lack, and are to be predicted all
// the same.
func (o Options) Lenient() Options {
	if o.Encode.Unknown == "error" {
		o.Encode.Unknown = "ignore"
	}
	columns := make(map[string]Column, len(o.Columns))
	for name, c := range o.Columns {
		if c.Unknown == "error" {
			c.Unknown = "ignore"
		}
		columns[name] = c
	}
	o.Columns = columns
	o.Views = slices.Clone(o.Views)
	for i := range o.Views {
		own := o.View(i).Lenient()
		o.Views[i].Value = o.Views[i].Value.With(&own)
	}
	return o
}
