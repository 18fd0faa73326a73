package metrics

import "math"

// Threshold says when the positive of two classes is predicted: when its
// probability is at least At. Its JSON form is part of a bundle. Of a nil
// *Threshold the likeliest class is predicted, the first of several.
type Threshold struct {
	Positive int     `json:"positive"` // 0 or 1
	At       float64 `json:"at"`
	// Costs are what it was chosen by; nil where it was chosen otherwise.
	Costs *Costs `json:"costs,omitempty"`
}

// Label gives the class that a row of probabilities stands for.
func (t *Threshold) Label(row []float64) int {
	switch {
	case t == nil:
		return argmax(row)
	case row[t.Positive] >= t.At:
		return t.Positive
	}
	return 1 - t.Positive
}

// Decide gives the sample with the classes that t predicts.
func (s *Sample) Decide(t *Threshold) *Sample {
	if t == nil {
		return s
	}
	k, out := len(s.Classes), *s
	out.Predicted = make([]float64, s.Rows())
	for i := range out.Predicted {
		out.Predicted[i] = float64(t.Label(s.Probabilities[i*k : (i+1)*k]))
	}
	return &out
}

// Costs are what a mistake costs, in any unit: a positive that is not found (a
// false negative), and a negative that is taken for one (a false positive).
type Costs struct {
	FN float64 `yaml:"fn" json:"fn" range:"(0,)" doc:"Cost of a positive that is not found."`
	FP float64 `yaml:"fp" json:"fp" range:"(0,)" doc:"Cost of a negative that is taken for a positive."`
}

// SetDefaults implements what package params asks for.
func (c *Costs) SetDefaults() { *c = Costs{FN: 1, FP: 1} }

// Threshold gives the one that costs least where probabilities come true as often
// as they say: Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001.
func (c *Costs) Threshold() float64 { return c.FP / (c.FP + c.FN) }

// PerRow measures what the mistakes of a sample cost, per row.
func (c *Costs) PerRow(s *Sample, positive int) Figure {
	return Figure{s, func(s *Sample) Measure {
		terms := make([]float64, s.Rows())
		for i, y := range s.Actual {
			switch {
			case y == s.Predicted[i]:
			case int(y) == positive:
				terms[i] = c.FN
			default:
				terms[i] = c.FP
			}
		}
		return mean(terms)
	}}
}

// Aim is what a threshold is chosen for: the least costs, or a precision or a
// recall that is wanted. One of them is set.
type Aim struct {
	Costs             *Costs
	Precision, Recall float64
}

// cut is a threshold, the least score that it takes for positive, and the true and
// false positives that this finds.
type cut struct{ at, least, tp, fp float64 }

// Chooser measures the threshold that serves the aim, for the probabilities of a
// class. It is half-way between two that were said.
//
// By costs it is the one of Costs.Threshold, unless another is cheaper beyond
// noise, by three standard errors of the difference, for it is the cheapest of
// many: where probabilities come true, that is further from the best than theory.
// For a precision it is the one of the highest recall that has it; for a recall,
// that of the highest precision. Where the precision is nowhere to be had, it is
// the one that comes nearest.
func (a Aim) Chooser(s *Sample, positive int) Figure {
	return Figure{s, func(s *Sample) Measure {
		r := rank(s, positive)
		return func(weights []float64) float64 { return a.choose(r.cuts(weights)) }
	}}
}

func (a Aim) choose(cuts []cut) float64 {
	all := cuts[len(cuts)-1]
	switch {
	case a.Costs != nil:
		return a.Costs.cheapest(cuts, all.tp, all.fp)
	case a.Precision > 0:
		return precise(cuts, a.Precision)
	}
	for _, c := range cuts {
		if c.tp >= a.Recall*all.tp {
			return c.at
		}
	}
	return all.at
}

// cuts gives all that differ, from the one above all scores to the one below them.
// Above a probability of 1 there is none.
func (r *ranking) cuts(weights []float64) []cut {
	var cuts []cut
	now := cut{least: math.Inf(1)}
	r.walk(weights, func(score, tp, fp float64) {
		if score < 1 {
			now.at = (min(now.least, 1) + score) / 2
			cuts = append(cuts, now)
		}
		now = cut{least: score, tp: tp, fp: fp}
	})
	now.at = now.least / 2
	return append(cuts, now)
}

// cheapest chooses among cuts, from the highest to the lowest, of so many positives
// and negatives.
func (c *Costs) cheapest(cuts []cut, positives, negatives float64) float64 {
	own := c.Threshold()
	cost := func(k cut) float64 { return c.FN*(positives-k.tp) + c.FP*k.fp }
	best, theory := cuts[0], cuts[0]
	for _, k := range cuts {
		if cost(k) < cost(best) || cost(k) == cost(best) && math.Abs(k.at-own) < math.Abs(best.at-own) {
			best = k
		}
		if k.least >= own {
			theory = k
		}
	}
	saved := cost(theory) - cost(best)
	// As if one more of each lay between: of few rows, a rare and dear mistake may be
	// missing by chance.
	squares := c.FN*c.FN*(1+math.Abs(theory.tp-best.tp)) + c.FP*c.FP*(1+math.Abs(theory.fp-best.fp))
	if noise := math.Sqrt(max(0, squares-saved*saved/(positives+negatives))); saved > 3*noise {
		return best.at
	}
	return own
}

// precise gives the lowest cut of that precision.
func precise(cuts []cut, wanted float64) float64 {
	at, nearest, most := 1.0, 1.0, -1.0
	found := false
	for _, k := range cuts {
		if k.tp+k.fp == 0 {
			continue
		}
		p := k.tp / (k.tp + k.fp)
		if p >= wanted {
			at, found = k.at, true
		}
		if p > most {
			nearest, most = k.at, p
		}
	}
	if found {
		return at
	}
	return nearest
}

// Precision and Recall measure how a class is found.
func Precision(s *Sample, class int) Figure { return ofClass(s, class, precision) }
func Recall(s *Sample, class int) Figure    { return ofClass(s, class, recall) }

func ofClass(s *Sample, class int, of func(PerClass) float64) Figure {
	return Figure{s, func(s *Sample) Measure {
		k, count := len(s.Classes), tally(s)
		return func(weights []float64) float64 { return of(perClass(count(weights), k, class)) }
	}}
}
