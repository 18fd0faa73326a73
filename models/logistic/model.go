package logistic

import (
	"gonum.org/v1/gonum/optimize"

	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
	"labbook/models/internal/linear"
)

// model is a fitted classifier.
type model struct {
	*affine.Map
	stopped *notebook.Finding // that it is not at its optimum; not encoded
}

func (m *model) Outputs() int { return m.Classes }
func (m *model) Columns() int { return m.Cols }

// Findings implements estimator.Advisor.
func (m *model) Findings() []notebook.Finding { return linear.Found(m.stopped) }

func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	m.Scores(dst, x)
	affine.Softmax(dst[:x.Rows*m.Classes], m.Classes)
}

// Explain implements estimator.Explainer, of the scores before the softmax.
func (m *model) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	m.Map.Explain(dst, x, i, class)
}

func (m *model) MarshalBinary() ([]byte, error) { return m.Append(nil), nil }

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
