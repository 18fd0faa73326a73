package serve

import (
	"math"
	"slices"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// reasons is how many columns are named for a prediction, and how many against.
const reasons = 5

// maxExplained bounds the rows that are explained in one answer.
const maxExplained = 1000

// explainer says what speaks for and against predictions. Its memory is used
// again.
type explainer struct {
	x     *matrix.Matrix
	model estimator.Model
	terms bool      // the columns are terms of a text
	row   int       // that is explained
	dst   []float64 // what each of them adds
	best  [reasons]int
}

// tellsWhy says whether answers are explained unless refused: those of texts
// are, for a label alone convinces nobody.
func (s *Endpoint) tellsWhy() bool {
	return s.hasText() && s.explains()
}

func (s *Endpoint) hasText() bool {
	return slices.ContainsFunc(s.Features().Inputs, func(f table.Field) bool { return f.Type == table.Text })
}

func (s *Endpoint) explains() bool {
	switch s.model.bundle.Model.(type) {
	case estimator.Explainer:
		return true
	case estimator.Contributions:
		return !s.hasText() // a dense row of all terms would be too large
	}
	return false
}

// explain gives the explainer of the predictions p of t.
func (s *Endpoint) explain(t *table.Table, p *bundle.Predictions) *explainer {
	e, _ := s.explainers.Get().(*explainer)
	if e == nil {
		e = &explainer{model: s.model.bundle.Model, terms: s.hasText()}
	}
	if e.x = p.Matrix; e.x == nil {
		x, err := s.Features().Transform(t.Slice(0, min(t.Rows(), maxExplained)))
		if err != nil {
			panic("serve: what was predicted cannot be encoded: " + err.Error())
		}
		e.x = x
	}
	return e
}

// append appends the members for row i.
func (e *explainer) append(b []byte, i int, p *bundle.Predictions) []byte {
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
	b = append(b, ']')
	if m, ok := e.model.(estimator.Approximate); ok {
		b = jsonrow.AppendString(append(b, `,"approximate":`...), m.Approximately())
	}
	return append(b, '}')
}

// weigh finds the columns that add to the prediction, and what.
func (e *explainer) weigh(i, class int) {
	e.row = i
	n := e.x.Entries(i)
	if m, ok := e.model.(estimator.Explainer); ok {
		e.dst = sized(e.dst, n)
		m.Explain(e.dst, e.x, i, class)
		return
	}
	m, width := e.model.(estimator.Contributions), n+1
	e.dst = sized(e.dst, width*e.model.Outputs())
	m.Contributions(e.dst, e.x.Row(i))
	e.dst = e.dst[:copy(e.dst, e.dst[class*width:class*width+n])]
}

func sized(memory []float64, n int) []float64 {
	if cap(memory) < n {
		return make([]float64, n)
	}
	return memory[:n]
}

// strongest gives the places of the columns that add most with this sign, the
// first of equal ones first.
func (e *explainer) strongest(sign float64) []int {
	best := e.best[:0]
	for k, added := range e.dst {
		weight := sign * added
		if !(weight > 0) || len(best) == reasons && weight <= sign*e.dst[best[reasons-1]] {
			continue
		}
		at := len(best)
		for at > 0 && weight > sign*e.dst[best[at-1]] {
			at--
		}
		if len(best) == reasons {
			best = best[:reasons-1]
		}
		best = slices.Insert(best, at, k)
	}
	return best
}

// appendReasons appends the columns that add most with this sign.
func (e *explainer) appendReasons(b []byte, sign float64) []byte {
	for n, k := range e.strongest(sign) {
		if n > 0 {
			b = append(b, ',')
		}
		column := e.x.Entry(e.row, k)
		name := `{"feature":`
		if e.terms {
			name = `{"term":`
		}
		b = jsonrow.AppendString(append(b, name...), e.x.Names[column])
		b = jsonrow.AppendNumber(append(b, `,"weight":`...), math.Round(e.dst[k]*1e6)/1e6)
		b = append(b, '}')
	}
	return b
}
