package serve

import (
	"math"
	"slices"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// reasons is how many columns or terms are named for a prediction, and how many against.
const reasons = 5

// maxExplained bounds the rows that are explained in one answer.
const maxExplained = 1000

// explainer says what speaks for and against predictions. Its memory is used
// again.
type explainer struct {
	x       *matrix.Matrix
	model   estimator.Model
	unit    bundle.Transform // by which the target is learned
	reasons *features.Reasons

	added []float64 // by each value of the row
	sums  []float64 // of what each reason adds, where row is the number of this one
	row   []int     // by reason
	rows  int       // weighed so far
	found []int32   // the reasons that add something, in their order in the row
	best  [reasons]int32
}

// tellsWhy says whether answers are explained unless refused: those of texts
// are, for a label alone convinces nobody, unless that takes long.
func (s *Endpoint) tellsWhy() bool {
	_, dear := s.model.bundle.Model.(estimator.Dear)
	return s.hasText() && s.explains() && !dear
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
		told := s.told()
		e = &explainer{model: s.model.bundle.Model, unit: s.model.bundle.Transform, reasons: told,
			sums: make([]float64, len(told.Names)), row: make([]int, len(told.Names))}
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
	if p.Classes != nil {
		e.weigh(i, int(p.Values[i]))
	} else {
		e.weigh(i, 0)
		e.inUnit(p.Values[i])
	}
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

// weigh finds the reasons that add to the prediction of row i, and what.
func (e *explainer) weigh(i, class int) {
	n := e.x.Entries(i)
	if m, ok := e.model.(estimator.Explainer); ok {
		e.added = sized(e.added, n)
		m.Explain(e.added, e.x, i, class)
	} else {
		m, width := e.model.(estimator.Contributions), n+1
		e.added = sized(e.added, width*e.model.Outputs())
		m.Contributions(e.added, e.x.Row(i))
		e.added = e.added[:copy(e.added, e.added[class*width:class*width+n])]
	}
	e.rows, e.found = e.rows+1, e.found[:0]
	for k, added := range e.added {
		if added == 0 {
			continue
		}
		of := e.reasons.Of(e.x.Entry(i, k))
		for _, reason := range of {
			if e.row[reason] != e.rows {
				e.row[reason], e.sums[reason] = e.rows, 0
				e.found = append(e.found, reason)
			}
			e.sums[reason] += added / float64(len(of))
		}
	}
}

// inUnit turns what reasons add to the logarithm of a target into what they add to
// a prediction in its own unit: to the same shares of what they add together.
func (e *explainer) inUnit(predicted float64) {
	learned, err := e.unit.Forward([]float64{predicted})
	if err != nil || e.unit == bundle.None || e.unit == "" {
		return
	}
	together := 0.0
	for _, reason := range e.found {
		together += e.sums[reason]
	}
	without := []float64{learned[0] - together}
	e.unit.Inverse(without)
	scale := (predicted - without[0]) / together
	if !(math.Abs(together) > 0) || math.IsInf(scale, 0) || math.IsNaN(scale) {
		return
	}
	for _, reason := range e.found {
		e.sums[reason] *= scale
	}
}

func sized(memory []float64, n int) []float64 {
	if cap(memory) < n {
		return make([]float64, n)
	}
	return memory[:n]
}

// strongest gives the reasons that add most with this sign, the first of equal ones
// first.
func (e *explainer) strongest(sign float64) []int32 {
	best := e.best[:0]
	for _, reason := range e.found {
		weight := sign * e.sums[reason]
		if !(weight > 0) || len(best) == reasons && weight <= sign*e.sums[best[reasons-1]] {
			continue
		}
		at := len(best)
		for at > 0 && weight > sign*e.sums[best[at-1]] {
			at--
		}
		if len(best) == reasons {
			best = best[:reasons-1]
		}
		best = slices.Insert(best, at, reason)
	}
	return best
}

// appendReasons appends the reasons that add most with this sign.
func (e *explainer) appendReasons(b []byte, sign float64) []byte {
	for n, reason := range e.strongest(sign) {
		if n > 0 {
			b = append(b, ',')
		}
		name := `{"feature":`
		if e.reasons.Terms[reason] {
			name = `{"term":`
		}
		b = jsonrow.AppendString(append(b, name...), e.reasons.Names[reason])
		b = jsonrow.AppendNumber(append(b, `,"weight":`...), math.Round(e.sums[reason]*1e6)/1e6)
		b = append(b, '}')
	}
	return b
}
