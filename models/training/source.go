package training

import (
	"sync"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/artifact"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
)

// Source is what is learned from: rows of a table whose outcome is known, as
// features make a matrix of them, and how they belong together. It is safe for
// concurrent use.
type Source struct {
	// Features are fitted to all of the rows, and Data is what they make of them.
	Features *features.Features
	Data     *matrix.Labelled

	structure *partition.Structure
	// options fitted the features; nil where an older program did not keep them:
	// then rows held out are encoded by what was fitted to all.
	options *features.Options
	// open reads the table that the rows are of.
	open func() (*table.Table, error)

	once   sync.Once // sets the rest, when rows are first held out
	table  *table.Table
	places []int // of its rows in the table that is opened; nil: all of them
	layout *partition.Layout
	err    error
}

// NewSource fits features to a table whose rows belong together as structure
// says. Mistakes of the options are of type *diag.Error.
func NewSource(t *table.Table, structure *partition.Structure, o features.Options, cores int) (*Source, error) {
	return newSource(t, structure, o, nil, cores)
}

// newSource is NewSource for the task and the classes of like, if it is not nil.
func newSource(t *table.Table, structure *partition.Structure, o features.Options, like *features.Features, cores int) (*Source, error) {
	layout, err := structure.Layout(t)
	if err != nil {
		return nil, err
	}
	learned, err := features.Learn(t, layout, o, like, cores)
	if err != nil {
		return nil, err
	}
	return &Source{Features: learned.Features, Data: learned.Data, structure: structure, options: &o,
		open: func() (*table.Table, error) { return t, nil }}, nil
}

// OpenSource reads an artifact of the type features.
func OpenSource(a *artifact.Artifact) (*Source, error) {
	s := &Source{open: func() (*table.Table, error) { return partition.Train(a) }}
	var err error
	if s.Features, s.Data, err = features.Open(a); err != nil {
		return nil, err
	}
	if s.options, err = features.OpenOptions(a); err != nil {
		return nil, err
	}
	s.structure, err = partition.OpenStructure(a)
	return s, err
}

// Declared gives how a model came about that options trained on it; nil where it
// is not known how the features were made.
func (s *Source) Declared(o *Options) *Declared {
	if s.options == nil {
		return nil
	}
	return &Declared{Features: *s.options, Train: *o}
}

// Rows gives the rows of Data as the table has them, and their layout.
func (s *Source) Rows() (*table.Table, *partition.Layout, error) {
	s.once.Do(func() { s.table, s.layout, s.err = s.read() })
	return s.table, s.layout, s.err
}

func (s *Source) read() (*table.Table, *partition.Layout, error) {
	if s.options == nil {
		return nil, partition.Independent(s.Data.X.Rows).ByClass(s.classes()), nil
	}
	t, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	layout, err := s.structure.Layout(t)
	if err != nil {
		return nil, nil, err
	}
	known, _, err := s.Features.Known(t)
	if err != nil {
		return nil, nil, err
	}
	if known != nil {
		t, layout, s.places = t.Take(known), layout.Take(known), known
	}
	return t, layout.ByClass(s.classes()), nil
}

// classes gives the class of each row; nil for a regression.
func (s *Source) classes() []float64 {
	if s.Data.Classes == nil {
		return nil
	}
	return s.Data.Y
}

// all gives the rows to learn from where none is held out.
func (s *Source) all() (Holdout, error) {
	d := Holdout{Features: s.Features, Train: s.Data}
	if s.structure.Independent() {
		return d, nil
	}
	_, layout, err := s.Rows()
	d.Layout = layout
	return d, err
}

// Divide gives the divisions of the rows by a validation, none where it is none.
// Too few rows are a *diag.Error.
func (s *Source) Divide(v Validation, cores int) ([]Holdout, error) {
	if v.Share == 0 && v.Folds == 0 {
		return nil, nil
	}
	_, layout, err := s.Rows()
	if err != nil {
		return nil, err
	}
	var all []*partition.Parts
	if v.Folds > 0 {
		all, err = layout.Folds(v.Folds, 1, v.Seed)
	} else {
		all = make([]*partition.Parts, 1)
		all[0], err = layout.Share(v.Share, v.Seed)
	}
	if err != nil {
		return nil, err
	}
	divisions := make([]Holdout, len(all))
	var group errgroup.Group
	group.SetLimit(max(1, cores))
	for i, parts := range all {
		group.Go(func() (err error) {
			divisions[i], err = s.hold(parts)
			return err
		})
	}
	return divisions, group.Wait()
}

// hold makes a division. Its features are fitted to the rows learned from, so
// that nothing of those held out is known: no level, no word, no mean. Where that
// comes to the same encoding as of all rows, the matrix there is will do.
func (s *Source) hold(parts *partition.Parts) (Holdout, error) {
	d := Holdout{Features: s.Features, Held: parts.Test}
	if !s.layout.Plain() {
		d.Layout = s.layout.Take(parts.Train)
	}
	if s.options == nil {
		d.Train, d.Test = take(s.Data, parts.Train), take(s.Data, parts.Test)
		return d, nil
	}
	train := s.table.Take(parts.Train)
	again, x, err := s.Features.Again(train, s.layout.Take(parts.Train), *s.options, 1)
	if err != nil {
		return Holdout{}, err
	}
	if again == s.Features {
		d.Train, d.Test = take(s.Data, parts.Train), take(s.Data, parts.Test)
		return d, nil
	}
	d.Features, d.Train, d.Test = again, pick(s.Data, parts.Train), pick(s.Data, parts.Test)
	d.Train.X = x
	test := s.table.Take(parts.Test)
	if d.Test.X, err = again.Transform(test); err == nil {
		return d, nil
	}
	d.Test.X, err = again.Lenient().Transform(test)
	return d, err
}

// take gives some rows of data, and pick only their outcomes.
func take(data *matrix.Labelled, rows []int) *matrix.Labelled {
	part := pick(data, rows)
	part.X = data.X.Take(rows)
	return part
}

func pick(data *matrix.Labelled, rows []int) *matrix.Labelled {
	return &matrix.Labelled{Y: some(data.Y, rows), Classes: data.Classes}
}
