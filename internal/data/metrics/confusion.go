package metrics

import "math"

// Confusion counts rows by true class (rows) and predicted class (columns).
type Confusion struct {
	Classes []string
	Counts  [][]float64 // [actual][predicted]
}

// NewConfusion counts a sample of classes.
func NewConfusion(s *Sample) *Confusion {
	k := len(s.Classes)
	flat := tally(s)(Ones(s.Rows()))
	c := &Confusion{Classes: s.Classes, Counts: make([][]float64, k)}
	for i := range c.Counts {
		c.Counts[i] = flat[i*k : (i+1)*k]
	}
	return c
}

// PerClass is how well one class is found.
type PerClass struct {
	Class                 string
	Precision, Recall, F1 float64 // 0 where there is nothing to divide by, as in scikit-learn
	Support               float64 // rows that are of the class
	Predicted             float64 // rows that were said to be
}

// PerClass gives precision, recall and F1 of every class, in order.
func (c *Confusion) PerClass() []PerClass {
	k := len(c.Classes)
	flat := make([]float64, 0, k*k)
	for _, row := range c.Counts {
		flat = append(flat, row...)
	}
	out := make([]PerClass, k)
	for i := range out {
		out[i] = perClass(flat, k, i)
		out[i].Class = c.Classes[i]
	}
	return out
}

func perClass(counts []float64, k, class int) PerClass {
	var p PerClass
	for j := range k {
		p.Support += counts[class*k+j]
		p.Predicted += counts[j*k+class]
	}
	hit := counts[class*k+class]
	if p.Predicted > 0 {
		p.Precision = hit / p.Predicted
	}
	if p.Support > 0 {
		p.Recall = hit / p.Support
	}
	if p.Precision+p.Recall > 0 {
		p.F1 = 2 * p.Precision * p.Recall / (p.Precision + p.Recall)
	}
	return p
}

// tally prepares the weighted confusion counts, row-major by true class.
func tally(s *Sample) func(weights []float64) []float64 {
	k := len(s.Classes)
	cells := make([]int, s.Rows())
	for i := range cells {
		cells[i] = int(s.Actual[i])*k + int(s.Predicted[i])
	}
	return func(weights []float64) []float64 {
		counts := make([]float64, k*k)
		for i, w := range weights {
			counts[cells[i]] += w
		}
		return counts
	}
}

func accuracy(s *Sample) Measure {
	hits := make([]float64, s.Rows())
	for i, y := range s.Actual {
		if y == s.Predicted[i] {
			hits[i] = 1
		}
	}
	return mean(hits)
}

// macro is the plain mean over the classes that occur, as true or predicted.
func macro(of func(PerClass) float64) func(*Sample) Measure {
	return averaged(of, func(p PerClass) float64 {
		if p.Support+p.Predicted > 0 {
			return 1
		}
		return 0
	})
}

// weighted is the mean over the classes weighted by their true rows.
func weighted(of func(PerClass) float64) func(*Sample) Measure {
	return averaged(of, func(p PerClass) float64 { return p.Support })
}

// recalled is the mean over the classes that have true rows.
func recalled(of func(PerClass) float64) func(*Sample) Measure {
	return averaged(of, func(p PerClass) float64 { return math.Min(p.Support, 1) })
}

func averaged(of, weight func(PerClass) float64) func(*Sample) Measure {
	return func(s *Sample) Measure {
		k, count := len(s.Classes), tally(s)
		return func(weights []float64) float64 {
			counts := count(weights)
			var sum, total float64
			for c := range k {
				p := perClass(counts, k, c)
				sum += weight(p) * of(p)
				total += weight(p)
			}
			return sum / total
		}
	}
}

func precision(p PerClass) float64 { return p.Precision }
func recall(p PerClass) float64    { return p.Recall }
func f1(p PerClass) float64        { return p.F1 }
