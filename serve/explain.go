package serve

import (
	"cmp"
	"math"
	"slices"

	"labbook/internal/jsonrow"
	"labbook/internal/matrix"
	"labbook/internal/table"
	"labbook/models"
	"labbook/models/estimator"
)

// reasons is how many columns are named for a prediction, and how many against.
const reasons = 5

// maxExplained bounds the rows that are explained in one answer.
const maxExplained = 1000

// explainer says what speaks for and against predictions.
type explainer struct {
	x          *matrix.Matrix
	model      estimator.Model
	terms      bool // the columns are terms of a text
	dst        []float64
	candidates []int
}

// tellsWhy says whether answers are explained unless refused: those of texts
// are, for a label alone convinces nobody.
func (s *Service) tellsWhy() bool {
	return s.hasText() && s.explains()
}

func (s *Service) hasText() bool {
	return slices.ContainsFunc(s.Features().Inputs, func(f table.Field) bool { return f.Type == table.Text })
}

func (s *Service) explains() bool {
	switch s.model.bundle.Model.(type) {
	case estimator.Explainer:
		return true
	case estimator.Contributions:
		return !s.hasText() // a dense row of all terms would be too large
	}
	return false
}

// explain gives nil when the model cannot say why.
func (s *Service) explain(t *table.Table) *explainer {
	if !s.explains() {
		return nil
	}
	x, err := s.Features().Transform(t)
	if err != nil {
		return nil
	}
	return &explainer{x: x, model: s.model.bundle.Model, terms: s.hasText()}
}

// append appends the members for row i.
func (e *explainer) append(b []byte, i int, p *models.Predictions) []byte {
	if i >= maxExplained {
		return b
	}
	class := 0
	if p.Classes != nil {
		class = int(p.Values[i])
	}
	e.weigh(i, class)
	b = append(b, `,"why":{"for":[`...)
	b = e.appendReasons(b, 1)
	b = append(b, `],"against":[`...)
	b = e.appendReasons(b, -1)
	return append(b, "]}"...)
}

// weigh finds what each column adds to the prediction, and the columns that do.
func (e *explainer) weigh(i, class int) {
	if e.dst == nil {
		e.dst = make([]float64, (e.x.Cols+1)*e.model.Outputs())
	}
	e.candidates = e.candidates[:0]
	if m, ok := e.model.(estimator.Explainer); ok {
		m.Explain(e.dst[:e.x.Cols], e.x, i, class)
	} else {
		m := e.model.(estimator.Contributions)
		m.Contributions(e.dst, e.x.Row(i))
		copy(e.dst, e.dst[class*(e.x.Cols+1):(class+1)*(e.x.Cols+1)])
	}
	if e.x.Sparse != nil {
		columns, _ := e.x.SparseRow(i)
		for _, j := range columns {
			e.candidates = append(e.candidates, int(j))
		}
		return
	}
	for j := range e.x.Cols {
		e.candidates = append(e.candidates, j)
	}
}

// appendReasons appends the columns that add most with this sign.
func (e *explainer) appendReasons(b []byte, sign float64) []byte {
	slices.SortStableFunc(e.candidates, func(i, j int) int { return cmp.Compare(sign*e.dst[j], sign*e.dst[i]) })
	for k, j := range e.candidates[:min(reasons, len(e.candidates))] {
		weight := e.dst[j]
		if !(sign*weight > 0) {
			break
		}
		if k > 0 {
			b = append(b, ',')
		}
		name := `{"feature":`
		if e.terms {
			name = `{"term":`
		}
		b = jsonrow.AppendString(append(b, name...), e.x.Names[j])
		b = jsonrow.AppendNumber(append(b, `,"weight":`...), math.Round(weight*1e6)/1e6)
		b = append(b, '}')
	}
	return b
}
