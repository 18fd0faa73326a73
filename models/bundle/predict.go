package bundle

import (
	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/models"
	"labbook/models/estimator"
)

// Predictions are what a bundle says of a table's rows.
type Predictions struct {
	Task metrics.Task
	// Values has a number per row: the prediction in the target's own unit, or
	// the index of the class: the likeliest, the first of several, unless the
	// bundle has a threshold.
	Values []float64
	// Low and High are the ends of the range that holds a regression's truth
	// with probability Level; nil and 0 when the bundle has no intervals. Answer
	// makes them NaN for rows that have none.
	Low, High []float64
	Level     float64
	// Classes names the classes; Probabilities has one for each of them and
	// each row, row by row. Both are nil for a regression.
	Classes       []string
	Probabilities []float64
	// Sets says of each class and row whether it is in the set that holds the truth
	// with probability Level; Abstained of which rows no label is to be given. Each
	// is nil where the bundle gives none.
	Sets      []bool
	Abstained []bool
	// Warnings say which inputs are unlike those of training.
	Warnings []notebook.Finding
	// Outside says, if not nil, which rows have a number outside what training
	// showed. Matrix is what the model was shown, unless that were several
	// pieces. Both are set by Answer only.
	Outside []bool
	Matrix  *matrix.Matrix
}

// Label gives the class predicted for row i.
func (p *Predictions) Label(i int) string { return p.Classes[int(p.Values[i])] }

// Row gives the probabilities of row i; it shares memory.
func (p *Predictions) Row(i int) []float64 {
	k := len(p.Classes)
	return p.Probabilities[i*k : (i+1)*k]
}

// Predict predicts the rows of t, which needs the columns of Features.Inputs. A
// column that is missing or of another type, or a value that the features or
// the model cannot take, is a *diag.Error.
func (b *Bundle) Predict(t *table.Table) (*Predictions, error) {
	p, err := b.transformed(t)
	if err != nil {
		return nil, err
	}
	p.Matrix, p.Warnings = nil, b.Features.Unlike(t)
	return p, nil
}

// checkMatrix says which value of x the model cannot take.
func (b *Bundle) checkMatrix(x *matrix.Matrix) error {
	if err := models.Lookup(b.Estimator).CheckMatrix(x); err != nil {
		return err
	}
	if m, ok := b.Model.(estimator.Checker); ok {
		return m.CheckMatrix(x)
	}
	return nil
}

// predictMatrix predicts the rows of a matrix that Features.Transform made; apart
// is what the ranges read of them.
func (b *Bundle) predictMatrix(x, apart *matrix.Matrix) (*Predictions, error) {
	if classes := b.Features.Classes; classes != nil {
		p, err := Predict(b.Model, b.Transform, nil, classes, x)
		if err == nil {
			b.answer(p, x)
		}
		return p, err
	}
	if b.Interval == nil {
		return Predict(b.Model, b.Transform, b.Bounds, nil, x)
	}
	p, err := Predict(b.Model, None, nil, nil, x)
	if err != nil {
		return nil, err
	}
	p.Low, p.High = b.Interval.around(p.Values, apart)
	p.Level = b.Interval.Level
	for _, values := range [][]float64{p.Values, p.Low, p.High} {
		b.Transform.Inverse(values)
		b.Bounds.hold(values)
	}
	return p, nil
}

// Predict has a fitted model predict the rows of x: it undoes the transform of a
// regression and keeps it to its bounds, and finds the likeliest class of a
// classification. The error is that of a model that cannot answer.
func Predict(m estimator.Model, t Transform, within *Bounds, classes []string, x *matrix.Matrix) (*Predictions, error) {
	out := make([]float64, x.Rows*m.Outputs())
	if err := estimator.Predict(m, out, x); err != nil {
		return nil, err
	}
	if classes == nil {
		t.Inverse(out)
		within.hold(out)
		return &Predictions{Task: metrics.Regression, Values: out}, nil
	}
	p := &Predictions{Task: metrics.Classification, Classes: classes, Probabilities: out}
	p.Values = metrics.NewClassification(make([]float64, x.Rows), classes, out).Predicted
	return p, nil
}
