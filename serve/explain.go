package serve

import (
	"cmp"
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

// The rows that are explained in one answer: of texts by their terms, of others by their
// fields, which takes some hundred predictions each.
const (
	maxExplained       = 1000
	maxExplainedFields = 100
)

// explainer says what speaks for and against predictions: of texts what the model's
// score is a sum of, of other rows what each field adds against a typical row, which
// every model can be asked. Its memory is used again.
type explainer struct {
	rows   *table.Table // that are explained by their fields; nil: by what the score is a sum of
	bundle *bundle.Bundle

	x       *matrix.Matrix
	model   estimator.Model
	unit    bundle.Transform // by which the target is learned
	reasons *features.Reasons

	added []float64 // by each value of the row
	sums  []float64 // of what each reason adds, where row is the number of this one
	row   []int     // by reason
	seen  int       // weighed so far
	found []int32   // the reasons that add something, in their order in the row
	best  [reasons]int32
}

// tellsWhy says whether answers are explained unless refused: those of texts
// are, for a label alone convinces nobody, unless that takes long.
func (s *Endpoint) tellsWhy() bool {
	_, dear := s.model.bundle.Model.(estimator.Dear)
	return s.hasText() && s.explains() && !dear
}

// tellsPeople says whether answers that somebody looks at are explained: those that
// always are, and those of fields unless somebody else would be asked hundreds of times.
func (s *Endpoint) tellsPeople() bool {
	_, asked := s.model.bundle.Model.(estimator.Asked)
	return s.tellsWhy() || !s.hasText() && !asked
}

func (s *Endpoint) hasText() bool {
	return slices.ContainsFunc(s.Features().Inputs, func(f table.Field) bool { return f.Type == table.Text })
}

// explains says whether reasons can be given: of fields always, of texts where the
// model knows what its score is a sum of.
func (s *Endpoint) explains() bool {
	switch s.model.bundle.Model.(type) {
	case estimator.Explainer, estimator.Contributions:
		return true
	}
	return !s.hasText()
}

// explain gives the explainer of the predictions p of t.
func (s *Endpoint) explain(t *table.Table, p *bundle.Predictions) *explainer {
	e, _ := s.explainers.Get().(*explainer)
	if e == nil {
		told := s.told()
		e = &explainer{bundle: s.model.bundle, model: s.model.bundle.Model, unit: s.model.bundle.Transform, reasons: told,
			sums: make([]float64, len(told.Names)), row: make([]int, len(told.Names))}
	}
	if !s.hasText() {
		e.rows = t
		return e
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
	if e.rows != nil {
		return e.appendFields(b, i, p)
	}
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
		e.contributions(i, class, n)
	}
	e.seen, e.found = e.seen+1, e.found[:0]
	for k, added := range e.added {
		if added == 0 {
			continue
		}
		of := e.reasons.Of(e.x.Entry(i, k))
		for _, reason := range of {
			if e.row[reason] != e.seen {
				e.row[reason], e.sums[reason] = e.seen, 0
				e.found = append(e.found, reason)
			}
			e.sums[reason] += added / float64(len(of))
		}
	}
}

// contributions asks a model that takes rows apart, of which the terms are kept that
// the row has.
func (e *explainer) contributions(i, class, n int) {
	row, width := []float64(nil), e.x.Cols+1
	if e.x.Sparse == nil {
		row = e.x.Row(i)
	} else {
		row = make([]float64, e.x.Cols)
		columns, values := e.x.SparseRow(i)
		for k, column := range columns {
			row[column] = values[k]
		}
	}
	e.added = sized(e.added, width*e.model.Outputs())
	e.model.(estimator.Contributions).Contributions(e.added, row)
	for k := range n { // a column is never before its place among the entries
		e.added[k] = e.added[class*width+e.x.Entry(i, k)]
	}
	e.added = e.added[:n]
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
		b = appendReason(b, e.reasons.Terms[reason], e.reasons.Names[reason], e.sums[reason])
	}
	return b
}

func appendReason(b []byte, term bool, name string, weight float64) []byte {
	member := `{"feature":`
	if term {
		member = `{"term":`
	}
	b = jsonrow.AppendString(append(b, member...), name)
	b = jsonrow.AppendNumber(append(b, `,"weight":`...), math.Round(weight*1e6)/1e6)
	return append(b, '}')
}

// appendFields appends what each field of row i adds to its prediction against the typical
// row: to the number, or to the probability of the class that is likeliest. Where
// the model cannot say what a mixture of both is worth, nothing is appended.
func (e *explainer) appendFields(b []byte, i int, p *bundle.Predictions) []byte {
	if i >= maxExplainedFields {
		return b
	}
	class := 0
	if p.Classes != nil {
		class = int(p.Values[i])
	}
	a, err := e.bundle.Against(e.rows.Slice(i, i+1), class)
	if err != nil {
		return b
	}
	order := make([]int, 0, len(a.Shares))
	for k, share := range a.Shares {
		if share != 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(math.Abs(a.Shares[y]), math.Abs(a.Shares[x])) })
	rest := a.Value - a.Typical
	list := func(sign float64) {
		n := 0
		for _, k := range order {
			if sign*a.Shares[k] <= 0 || n == reasons {
				continue
			}
			if n++; n > 1 {
				b = append(b, ',')
			}
			b, rest = appendReason(b, false, e.bundle.Features.Inputs[k].Name, a.Shares[k]), rest-a.Shares[k]
		}
	}
	b = append(b, `,"why":{"for":[`...)
	list(1)
	b = append(b, `],"against":[`...)
	list(-1)
	b = jsonrow.AppendNumber(append(b, `],"typical":`...), a.Typical)
	if math.Abs(rest) > 1e-9*max(math.Abs(a.Value), math.Abs(a.Typical)) {
		b = jsonrow.AppendNumber(append(b, `,"rest":`...), math.Round(rest*1e6)/1e6)
	}
	if a.Sampled {
		b = jsonrow.AppendString(append(b, `,"approximate":`...), "sampling")
	}
	return append(b, '}')
}
