package bundle

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/estimator"
)

// answerRows is how many rows Answer predicts before it lets others run.
const answerRows = 256

// Answer predicts the rows of t for those who act on what it says; whoever
// measures a model wants Predict. Two things are never told. A prediction that
// is not a finite number is none, and so is that of a row which the model cannot
// take: then the error is an *Unanswered, which names all such rows. And a range says how often the truth lies in it for rows like
// those of training, so rows with a number outside what training showed have
// none, and a warning says so; of classes, such a row may be any.
//
// Many rows are predicted in pieces, on one core, with a chance for others in
// between: a row's prediction does not depend on the other rows.
func (b *Bundle) Answer(t *table.Table) (*Predictions, error) {
	p, err := b.inPieces(t)
	if err != nil {
		return nil, b.refused(t, err)
	}
	if wrong := p.notFinite(); len(wrong) > 0 {
		return nil, b.unanswered(t, wrong)
	}
	strange := p.Warnings
	if p.Warnings = b.Features.Unlike(t); len(p.Warnings) > 0 {
		p.Outside = b.Features.Outside(t)
	}
	p.Warnings = append(p.Warnings, strange...)
	if n := p.withhold(); n > 0 {
		p.Warnings = append(p.Warnings, NoRange(b.Features.Target.Name, n))
	}
	if n := p.widen(); n > 0 {
		p.Warnings = append(p.Warnings, noneRuledOut(b.Features.Target.Name, n))
	}
	return p, nil
}

// inPieces predicts the rows of t. Its warnings are those that ask the matrix:
// of texts.
func (b *Bundle) inPieces(t *table.Table) (*Predictions, error) {
	n := t.Rows()
	if n <= answerRows {
		return b.piece(t)
	}
	all := &Predictions{}
	for from := 0; from < n; from += answerRows {
		p, err := b.piece(t.Slice(from, min(from+answerRows, n)))
		if gone := (*estimator.Unavailable)(nil); errors.As(err, &gone) {
			return nil, err
		}
		if err != nil {
			return b.transformed(t) // whose error speaks of all rows
		}
		p.Values = append(all.Values, p.Values...)
		p.Low, p.High = append(all.Low, p.Low...), append(all.High, p.High...)
		p.Probabilities = append(all.Probabilities, p.Probabilities...)
		p.Sets, p.Abstained = append(all.Sets, p.Sets...), append(all.Abstained, p.Abstained...)
		p.Warnings = merge(all.Warnings, p.Warnings)
		p.Matrix = nil // of one piece
		all = p
		runtime.Gosched()
	}
	return all, nil
}

func (b *Bundle) piece(t *table.Table) (*Predictions, error) {
	p, err := b.transformed(t)
	if err == nil {
		p.Warnings = b.Features.Strange(t, p.Matrix)
	}
	return p, err
}

// merge adds the findings of more rows to those of the rows before: the same
// one counts more rows.
func merge(all, more []notebook.Finding) []notebook.Finding {
	for _, f := range more {
		at := slices.IndexFunc(all, func(g notebook.Finding) bool { return g.Text == f.Text })
		if at < 0 {
			all = append(all, f)
		} else {
			all[at].Count += f.Count
		}
	}
	return all
}

// transformed predicts rows by their matrix, which it keeps.
func (b *Bundle) transformed(t *table.Table) (*Predictions, error) {
	x, apart, err := b.encoded(t)
	if err != nil {
		return nil, err
	}
	if err := b.checkMatrix(x); err != nil {
		return nil, err
	}
	p, err := b.predictMatrix(x, apart)
	if err != nil {
		return nil, err
	}
	p.Matrix = x
	return p, nil
}

// encoded gives what the model reads of rows, and what Interval.Spread does.
func (b *Bundle) encoded(t *table.Table) (x, apart *matrix.Matrix, err error) {
	if v := b.Interval; v != nil && v.Apart {
		return b.Features.TransformBoth(v.Features, t)
	}
	if x, err = b.Features.Transform(t); err != nil {
		return nil, nil, err
	}
	return x, x.Main(), nil
}

// notFinite gives the rows whose prediction is no finite number.
func (p *Predictions) notFinite() (rows []int) {
	values, width := p.Values, 1
	if p.Classes != nil {
		values, width = p.Probabilities, len(p.Classes)
	}
	for at, v := range values {
		if row := at / width; !finite(v) && (len(rows) == 0 || rows[len(rows)-1] != row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// withhold takes the ranges from the rows that shall have none, and says from
// how many.
func (p *Predictions) withhold() (n int) {
	for i := range p.Low {
		if p.Outside != nil && p.Outside[i] || !finite(p.Low[i]) || !finite(p.High[i]) {
			p.Low[i], p.High[i] = math.NaN(), math.NaN()
			n++
		}
	}
	return n
}

// NoRange is the warning that rows have a prediction of target without a range.
func NoRange(target string, rows int) notebook.Finding {
	return notebook.Finding{Level: "warning", Column: target, Count: rows,
		Text: fmt.Sprintf("no range is given for %s: the model has seen nothing like this, so nobody knows how far off it is", target)}
}

// widen rules no class out of rows that are outside what training showed, for sets
// promise nothing of them, and gives how many rows these are.
func (p *Predictions) widen() (n int) {
	if p.Sets == nil {
		return 0
	}
	for i, outside := range p.Outside {
		if outside {
			p.anyClass(i)
			n++
		}
	}
	return n
}

func noneRuledOut(target string, rows int) notebook.Finding {
	return notebook.Finding{Level: "warning", Column: target, Count: rows,
		Text: fmt.Sprintf("no %s is ruled out: the model has seen nothing like this, so nobody knows how often it is right", target)}
}

// Unanswered is the error for rows that a model has no prediction for: what it
// computes for them is not a finite number.
type Unanswered struct {
	// Rows are their indices, ascending. Why says for the first of them what
	// the model cannot take, or in what they are unlike those of training; ""
	// where in nothing.
	Rows []int
	Why  []string
}

// maxWhy bounds the rows that are looked at again to say what is wrong.
const maxWhy = 100

// unanswered makes the error for these rows of t.
func (b *Bundle) unanswered(t *table.Table, rows []int) *Unanswered {
	e := &Unanswered{Rows: rows}
	for _, row := range rows[:min(len(rows), maxWhy)] {
		e.Why = append(e.Why, why(b.Features, t.Slice(row, row+1)))
	}
	return e
}

// refused names every row that the model cannot take, where err is about one of
// several and not about their columns.
func (b *Bundle) refused(t *table.Table, err error) error {
	var wrong *diag.Error
	if gone := (*estimator.Unavailable)(nil); errors.As(err, &gone) {
		return err
	}
	if _, always := b.transformed(t.Slice(0, 0)); t.Rows() == 1 || always != nil || !errors.As(err, &wrong) {
		return err
	}
	e := &Unanswered{}
	for row := range t.Rows() {
		_, err := b.transformed(t.Slice(row, row+1))
		if err == nil {
			continue
		}
		if e.Rows = append(e.Rows, row); len(e.Rows) <= maxWhy && errors.As(err, &wrong) {
			e.Why = append(e.Why, strings.TrimPrefix(wrong.What, "row 1: "))
		}
	}
	if len(e.Rows) == 0 {
		return err
	}
	return e
}

func why(f *features.Features, row *table.Table) string {
	var words []string
	for _, finding := range f.Unlike(row) {
		words = append(words, finding.Text)
	}
	return strings.Join(words, "; ")
}

// NoPrediction is what is said of each row that has none.
const NoPrediction = "the model has no prediction for this row: it comes to no finite number"

// Error implements error.
func (e *Unanswered) Error() string {
	return fmt.Sprintf("row %d of those that were asked for: %s (%d in all)", e.Rows[0]+1, NoPrediction, len(e.Rows))
}
