package logistic

import (
	"gonum.org/v1/gonum/optimize"

	"labbook/internal/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
)

// model is a fitted classifier.
type model struct{ m *affine.Map }

func (m *model) Outputs() int { return m.m.Classes }
func (m *model) Columns() int { return m.m.Cols }

func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	m.m.Scores(dst, x)
	affine.Softmax(dst[:x.Rows*m.m.Classes], m.m.Classes)
}

// Explain implements estimator.Explainer, of the scores before the softmax.
func (m *model) Explain(dst []float64, x *matrix.Matrix, i, class int) { m.m.Explain(dst, x, i, class) }

func (m *model) MarshalBinary() ([]byte, error) { return m.m.Append(nil), nil }

// progress tells of finished iterations.
type progress struct {
	opt   estimator.Options
	total int
}

func recorder(opt estimator.Options, total int) optimize.Recorder {
	if opt.Progress == nil {
		return nil
	}
	return progress{opt, total}
}

func (progress) Init() error { return nil }

func (p progress) Record(_ *optimize.Location, op optimize.Operation, s *optimize.Stats) error {
	if op == optimize.MajorIteration {
		p.opt.Progress(s.MajorIterations, p.total)
	}
	return nil
}
