// Package estimator is the contract of a model: what it learns from, what it
// is once fitted, and how it is listed. Every estimator is one Spec in the
// list of package models, and passes the conformance test there.
package estimator

import (
	"context"

	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/partition"
)

// Spec describes an estimator: one value in the list of models.All.
type Spec struct {
	// Name is what a pipeline says in `model`.
	Name string
	// Version is part of every key: raise it when the fitted model for the
	// same data and parameters changes.
	Version int
	// Doc is Markdown with the source of the algorithm (paper or reference
	// implementation); its first sentence is the summary.
	Doc   string
	Tasks []metrics.Task
	// Params gives a new pointer to a struct that holds the defaults; see
	// package params for its tags. Nil: none.
	Params func() any
	// Members, if not nil, gives the estimators that one with these parameters
	// is made of, and theirs: their versions are part of its key.
	Members func(params any) []*Spec
	// Views, if not nil, gives the views of a matrix that it reads with these
	// parameters, "" for the main one; see matrix.Join. Others read one matrix.
	Views func(params any) []string
	// Sparse says that it learns from sparse matrices too; Missing, that it
	// takes NaN as missing.
	Sparse, Missing bool
	// Guesses says that predictions do not depend on the columns: it is what
	// others have to beat, and never preferred to them.
	Guesses bool
	// Parallel says that a fit can use several cores; Scores, that it calls
	// Options.Score.
	Parallel, Scores bool
	// Prepare, if not nil, does the part of Fit that depends on X alone, and on
	// few of the parameters: whoever fits the same matrix several times calls
	// it once and hands the result to each fit as Data.Prepared. It changes
	// the speed and nothing else.
	Prepare func(params any, x *matrix.Matrix) any
	// Settle, if not nil, gives params, changed in a copy, with the iterations
	// at which models stopped early that were fitted with them, so that a fit
	// to all rows, with none held out to stop it, learns as long.
	Settle func(params any, stopped []Model) any
	// Whole, if not nil, says as a fault of params what is lacking in parameters
	// that leave nothing to their defaults.
	Whole func(params any) error
	// Files, if not nil, gives the files of the project that a fit with these
	// parameters reads: patterns of those that must be there, and paths of those
	// that are read where they are. Whoever calls Fit hands them over as
	// Options.Files.
	Files func(params any) (needed, wanted []string)
	// Tools, if not nil, gives the programs outside the project that the fitted
	// model depends on.
	Tools func(params any) []Tool
	// Fit learns from data that Check has nothing against. params is what
	// Params gave, decoded over.
	Fit func(ctx context.Context, params any, data *Data, opt Options) (Model, error)
	// Decode is the inverse of Model.MarshalBinary; it must survive any bytes.
	Decode func(data []byte) (Model, error)
}

// Tool is a program outside the project: by the bytes of what Name leads to in PATH,
// or by what the command Ask prints.
type Tool struct {
	Name string
	Ask  []string
}

// File is a file of the project, by its slash-separated path there.
type File struct {
	Path string
	Data []byte
	Exec bool
}

// Data is what an estimator learns from; it must not be changed.
type Data struct {
	X *matrix.Matrix
	// Y has a value per row: the number to predict, or the index of the class.
	Y []float64
	// Classes are the names of the classes; nil for regression.
	Classes []string
	// Weights has a positive weight per row; nil means all 1.
	Weights []float64
	// Prepared is what Spec.Prepare gave for X, or nil. A fit whose parameters
	// need another preparation makes its own.
	Prepared any
	// Valid is held out by the caller for early stopping; nil when there is
	// none. Its Valid is nil.
	Valid *Data
	// Layout says how the rows belong together; nil: they are independent.
	// Whoever holds rows out within a fit does so by Folds, which obeys it. The
	// features of these rows were fitted to all of them: a fit has no table to
	// fit them to a part of it.
	Layout *partition.Layout
}

// Folds holds each of about k parts of the rows out in turn, as Layout says;
// independent rows are dealt out at random, the classes spread evenly. Not every
// row need be held out. There are at most as many parts as rows or groups; too few
// for two are a *diag.Error.
func (d *Data) Folds(k int, seed uint64) ([]*partition.Parts, error) {
	l := d.Layout
	if l == nil {
		l = partition.Independent(d.X.Rows)
	}
	return l.ByClass(d.classes()).Folds(min(k, l.Free()), 1, seed)
}

// classes gives the index of each row's class, nil for regression.
func (d *Data) classes() []float64 {
	if d.Classes == nil {
		return nil
	}
	return d.Y
}

// Task says which task the data is for.
func (d *Data) Task() metrics.Task {
	if d.Classes != nil {
		return metrics.Classification
	}
	return metrics.Regression
}

// Options are what does not change the result, and the seed.
type Options struct {
	Seed  uint64
	Cores int // at most this many goroutines; 0 means 1
	// Progress is told of finished iterations; nil drops it.
	Progress func(done, total int)
	// Score, if not nil, is called after an iteration with the score on
	// Data.Valid (lower is better) by estimators that learn iteratively;
	// returning false stops the fit, with what was learned so far as its
	// result. It is how hopeless trials are pruned.
	Score func(iteration int, loss float64) bool
	// Files are those that Spec.Files names, sorted by path. They are part of what
	// the result depends on.
	Files []File
	// Memory is how many bytes a program that fits may hold, with all that it starts;
	// 0: any.
	Memory int64
	// Logf writes to the stage's log; nil drops it.
	Logf func(format string, args ...any)
}

// Model is a fitted estimator. It is immutable: its methods may be called from
// several goroutines at once.
type Model interface {
	// Outputs is how many numbers a prediction has: 1 for regression, the
	// number of classes (their probabilities, summing to 1) for
	// classification.
	Outputs() int
	// Predict writes the predictions of x's rows into dst, row-major, which
	// has x.Rows * Outputs() values. x has the columns that Fit saw. A row's
	// prediction does not depend on the other rows.
	Predict(dst []float64, x *matrix.Matrix)
	// MarshalBinary gives a stable encoding: equal models give equal bytes.
	MarshalBinary() ([]byte, error)
}

// Importances is implemented by models that know how much each column counts.
type Importances interface {
	// Importances gives a value per column under each name ("gain", "split",
	// "coefficient"); the larger its magnitude, the more it counts. The sign,
	// where there is one, is the direction in which it pulls.
	Importances() map[string][]float64
}

// Contributions is implemented by models whose predictions can be taken apart.
type Contributions interface {
	// Contributions writes, for one row, what each column added to each
	// output: dst has Outputs() * (Cols+1) values, the last of each being the
	// base value. Their sum is the prediction before any link function.
	Contributions(dst []float64, row []float64)
}

// Checker is implemented by models that take less than their Spec says.
type Checker interface {
	// CheckMatrix says, as a *diag.Error, which value of x the model cannot
	// take.
	CheckMatrix(x *matrix.Matrix) error
}

// Explainer is implemented by models whose scores are sums over the columns.
type Explainer interface {
	// Explain writes what each column of row i of x adds to the score of a
	// class, beyond what it adds to all classes on average, or, of a regression,
	// to its prediction (class is 0): dst has a value per
	// column, or, of a sparse row, per column that is stored, for the others add
	// nothing.
	Explain(dst []float64, x *matrix.Matrix, i, class int)
}

// Dear is implemented by Explainers that take much longer to explain a row than to
// predict it, as trees do: answers of theirs are explained where that is asked for.
type Dear interface{ Dear() }

// Summarizer is implemented by models that can say in a few rows what they
// learned, for the notebook: a value each, named by its words.
type Summarizer interface {
	Summary() []Learned
}

// Learned is a row of a Summarizer.
type Learned struct {
	Name  string
	Value notebook.Value
}

// Coefficients is implemented by models that weigh their columns.
type Coefficients interface {
	// Coefficients gives the weights of each output in the columns' order,
	// the intercept first.
	Coefficients() []Coefficient
}

// Coefficient is the weight of a column.
type Coefficient struct {
	Column string  // "(intercept)" for that
	Output int     // the class it pulls for; 0 in a regression
	Value  float64 // per unit of the column
	StdErr float64 // its standard error; 0 when there is none
}

// Intercept is the Column of the constant among Coefficients.
const Intercept = "(intercept)"

// Advisor is implemented by models that noticed something about their data
// while they learned, such as columns that depend on each other.
type Advisor interface {
	Findings() []notebook.Finding
}
