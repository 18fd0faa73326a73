package serve

import (
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/notebook"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/models/bundle"
)

// appendAnswer appends what is answered for rows: for one its prediction and
// what it comes from; for a list, an object with a member for each of them.
//
//	{"price":2757.1,"unit":"USD","interval":{…},"model":"diamonds","version":3,"run":"…","request":"…"}
//	{"predictions":[{"price":2757.1,…},…],"warnings":[…],"model":"diamonds",…}
func (s *Endpoint) appendAnswer(b []byte, t *table.Table, p *bundle.Predictions, list, why bool, request string) []byte {
	var reasons *explainer
	if why {
		reasons = s.explain(t, p)
		defer s.explainers.Put(reasons)
	}
	b = append(b, '{')
	if list {
		b = append(b, `"predictions":[`...)
		for i := range p.Values {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '{')
			b = s.appendPrediction(b, p, i, reasons)
			b = append(b, '}')
		}
		b = append(b, ']')
	} else {
		b = s.appendPrediction(b, p, 0, reasons)
	}
	if warnings := s.warnings(t, p); len(warnings) > 0 {
		b = appendWarnings(b, warnings, list)
	}
	b = append(b, s.tail...)
	b = append(b, '"')
	b = append(b, request...)
	return append(b, '"', '}')
}

// appendPrediction appends the members of the prediction for row i.
func (s *Endpoint) appendPrediction(b []byte, p *bundle.Predictions, i int, reasons *explainer) []byte {
	if p.Classes == nil {
		b = s.appendNumber(b, p, i)
	} else {
		b = s.appendClass(b, p, i)
	}
	if reasons != nil {
		b = reasons.append(b, i, p)
	}
	return b
}

func (s *Endpoint) appendNumber(b []byte, p *bundle.Predictions, i int) []byte {
	b = jsonrow.AppendNumber(append(b, s.answer...), p.Values[i])
	b = append(b, s.unit...)
	if low, high, level := s.bounds(p, i); level > 0 {
		b = append(b, `,"interval":{"low":`...)
		b = jsonrow.AppendNumber(b, low)
		b = append(b, `,"high":`...)
		b = jsonrow.AppendNumber(b, high)
		b = append(b, `,"level":`...)
		b = jsonrow.AppendNumber(b, level)
		b = append(b, '}')
	}
	return b
}

// appendClass appends the label, unless the model abstains, and what it follows
// from.
func (s *Endpoint) appendClass(b []byte, p *bundle.Predictions, i int) []byte {
	abstains := p.Abstained != nil && p.Abstained[i]
	if !abstains {
		b = jsonrow.AppendString(append(b, s.answer...), p.Label(i))
		b = append(b, ',')
	}
	if p.Abstained != nil {
		b = append(strconv.AppendBool(append(b, `"abstained":`...), abstains), ',')
	}
	b = append(b, `"probabilities":{`...)
	for k, share := range p.Row(i) {
		if k > 0 {
			b = append(b, ',')
		}
		b = append(b, s.classes[k]...)
		b = jsonrow.AppendNumber(b, share)
	}
	b = append(b, '}')
	b = append(b, s.threshold...)
	if p.Sets != nil {
		b = append(b, `,"set":{"classes":[`...)
		for k, name := range p.Named(i) {
			if k > 0 {
				b = append(b, ',')
			}
			b = jsonrow.AppendString(b, name)
		}
		b = jsonrow.AppendNumber(append(b, `],"level":`...), p.Level)
		b = append(b, '}')
	}
	return b
}

// ranged says whether predictions have intervals: the model's own, or those taken
// from its errors on the test part.
func (s *Endpoint) ranged() bool {
	return s.Features().Classes == nil && (s.model.bundle.Interval != nil || s.Interval() != nil)
}

// bounds gives the interval of a prediction; NaN and a level of 0 where it has
// none.
func (s *Endpoint) bounds(p *bundle.Predictions, i int) (low, high, level float64) {
	if p.Low != nil {
		if math.IsNaN(p.Low[i]) {
			return math.NaN(), math.NaN(), 0
		}
		return p.Low[i], p.High[i], p.Level
	}
	v := s.Interval()
	if v == nil || p.Classes != nil || p.Outside != nil && p.Outside[i] {
		return math.NaN(), math.NaN(), 0
	}
	low, high = v.Around(p.Values[i])
	return low, high, v.Level
}

// warnings gives those of the model, that of the intervals that the endpoint takes from
// rows outside training, and that the promise they make of rows of t was not kept.
func (s *Endpoint) warnings(t *table.Table, p *bundle.Predictions) []notebook.Finding {
	said := s.outsideWarnings(p)
	if broken := s.promise.Load().warnings(t); len(broken) > 0 && (p.Sets != nil || s.ranged()) {
		said = append(slices.Clone(said), broken...)
	}
	return said
}

func (s *Endpoint) outsideWarnings(p *bundle.Predictions) []notebook.Finding {
	if p.Outside == nil || p.Low != nil || !s.ranged() {
		return p.Warnings
	}
	n := 0
	for _, outside := range p.Outside {
		if outside {
			n++
		}
	}
	return append(slices.Clone(p.Warnings), bundle.NoRange(s.Predicts(), n))
}

// appendWarnings appends in what rows are unlike those of training.
func appendWarnings(b []byte, warnings []notebook.Finding, list bool) []byte {
	b = append(b, `,"warnings":[`...)
	for i, w := range warnings {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonrow.AppendString(append(b, `{"field":`...), w.Column)
		b = jsonrow.AppendString(append(b, `,"message":`...), w.Text)
		if list {
			b = jsonrow.AppendNumber(append(b, `,"rows":`...), float64(w.Count))
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
