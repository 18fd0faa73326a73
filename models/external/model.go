package external

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/models/estimator"
)

// Model is what a program of others learned, with the programs. It is immutable; what
// answers is started when it is first asked, and ended some time after nobody can ask
// any more.
type Model struct {
	header   *header
	contents [][]byte
	like     *table.Table // no rows, with the fields of the features
	pool     *pool
}

func newModel(h *header, contents [][]byte) *Model {
	m := &Model{header: h, contents: contents}
	m.like = m.matrix(0, nil).Table()
	m.pool = newPool(h, contents, m.like)
	runtime.AddCleanup(m, (*pool).close, m.pool)
	return m
}

// matrix gives rows as a matrix of the features.
func (m *Model) matrix(rows int, values []float64) *matrix.Matrix {
	x := &matrix.Matrix{Rows: rows, Cols: len(m.header.Columns), Dense: values}
	for _, c := range m.header.Columns {
		x.Names, x.Levels = append(x.Names, c.Name), append(x.Levels, c.Levels)
	}
	return x
}

// Outputs implements estimator.Model.
func (m *Model) Outputs() int { return max(1, len(m.header.Job.Classes)) }

// Columns gives how many features the model reads.
func (m *Model) Columns() int { return len(m.header.Columns) }

// MarshalBinary implements estimator.Model.
func (m *Model) MarshalBinary() ([]byte, error) { return encode(m.header, m.contents) }

// Files implements estimator.Carrier: the project's files that the programs read.
func (m *Model) Files() (files []estimator.File) {
	for i, f := range m.header.Files {
		if !f.Left {
			files = append(files, estimator.File{Path: f.Path, Data: m.contents[i], Exec: f.Exec})
		}
	}
	return files
}

// Predict implements estimator.Model. Whoever can tell of an error calls Ask; here
// there are no numbers then.
func (m *Model) Predict(dst []float64, x *matrix.Matrix) {
	if m.Ask(dst, x) != nil {
		for i := range dst {
			dst[i] = math.NaN()
		}
	}
}

// mostAsked is how many rows are asked for at once.
const mostAsked = 4096

// Ask implements estimator.Asked.
func (m *Model) Ask(dst []float64, x *matrix.Matrix) error {
	defer runtime.KeepAlive(m)
	k := m.Outputs()
	for lo := 0; lo < x.Rows; lo += mostAsked {
		hi := min(lo+mostAsked, x.Rows)
		rows := m.matrix(hi-lo, x.Dense[lo*x.Cols:hi*x.Cols])
		said, err := m.pool.ask(rows.Table())
		if err != nil {
			return err
		}
		copy(dst[lo*k:hi*k], said)
	}
	return nil
}

// Warm implements estimator.Warmer.
func (m *Model) Warm(n int) error {
	err := m.pool.warm(n, m.typical())
	runtime.KeepAlive(m)
	return err
}

// typical is a row of typical values.
func (m *Model) typical() *table.Table { return m.matrix(1, m.header.Typical).Table() }

// tryout has the program predict a row. What it cannot do is a mistake of the
// programs, to be mended by whoever wrote them.
func (m *Model) tryout(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := m.pool.ask(m.typical())
	runtime.KeepAlive(m)
	if gone := (*estimator.Unavailable)(nil); errors.As(err, &gone) {
		return &diag.Error{What: "predict: " + gone.Full(), Hint: gone.Hint, Err: err}
	}
	return err
}

// Approximately implements estimator.Approximate.
func (m *Model) Approximately() string { return "occlusion" }

// Explain implements estimator.Explainer by occlusion: how much the prediction, or
// the probability of the class, falls when a column has a typical value instead of
// its own. It asks once for each row and column, and gives zeros where nobody
// answers.
func (m *Model) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	clear(dst)
	row, n, k := x.Row(i), x.Cols, m.Outputs()
	values := slices.Repeat(row, n+1)
	for j, typical := range m.header.Typical {
		values[(j+1)*n+j] = typical
	}
	said := make([]float64, (n+1)*k)
	if m.Ask(said, m.matrix(n+1, values)) != nil {
		return
	}
	for j := range n {
		if d := said[class] - said[(j+1)*k+class]; !math.IsNaN(d) {
			dst[j] = d
		}
	}
}
