package metrics

import "math"

// logLoss is the mean of −log p(true class), with p kept away from 0 and 1 by
// the spacing of floating-point numbers, as scikit-learn does.
func logLoss(s *Sample) Measure {
	const epsilon = 0x1p-52
	k := len(s.Classes)
	terms := make([]float64, s.Rows())
	for i, y := range s.Actual {
		var sum, own float64
		for c, p := range s.Probabilities[i*k : (i+1)*k] {
			p = min(max(p, epsilon), 1-epsilon)
			sum += p
			if c == int(y) {
				own = p
			}
		}
		terms[i] = -math.Log(own / sum)
	}
	return mean(terms)
}

// brier is the mean squared error of the second class's probability when
// there are two classes (scikit-learn's brier_score_loss), and otherwise
// Brier's own sum over all classes (1950), which ranges to 2.
func brier(s *Sample) Measure {
	k, first := len(s.Classes), 0
	if k == 2 {
		first = 1
	}
	terms := make([]float64, s.Rows())
	for i, y := range s.Actual {
		for c := first; c < k; c++ {
			d := s.Probabilities[i*k+c]
			if c == int(y) {
				d--
			}
			terms[i] += d * d
		}
	}
	return mean(terms)
}

// Bin is a range of confidence: how sure the model was on average, and how
// often it was right.
type Bin struct {
	Low        float64 `json:"low"` // of the confidence, Low < c <= High
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"` // mean of the rows
	Accuracy   float64 `json:"accuracy"`   // share of them that were right
	Rows       int     `json:"rows"`
}

// Calibration gives the bins, of equal width, of the likeliest class's
// probability; empty ones are left out.
func Calibration(s *Sample, bins int) []Bin {
	k := len(s.Classes)
	all := make([]Bin, bins)
	for i, y := range s.Actual {
		said := argmax(s.Probabilities[i*k : (i+1)*k])
		confidence := s.Probabilities[i*k+said]
		b := &all[min(max(int(math.Ceil(confidence*float64(bins)))-1, 0), bins-1)]
		b.Rows++
		b.Confidence += confidence
		if said == int(y) {
			b.Accuracy++
		}
	}
	var filled []Bin
	for i, b := range all {
		if b.Rows > 0 {
			b.Low, b.High = float64(i)/float64(bins), float64(i+1)/float64(bins)
			b.Confidence /= float64(b.Rows)
			b.Accuracy /= float64(b.Rows)
			filled = append(filled, b)
		}
	}
	return filled
}

// calibrationError is the expected calibration error over ten bins (Guo et
// al. 2017, On Calibration of Modern Neural Networks): the mean distance of
// confidence from accuracy, weighted by rows.
func calibrationError(s *Sample) Measure {
	const bins = 10
	k := len(s.Classes)
	bin, gap := make([]int, s.Rows()), make([]float64, s.Rows())
	for i, y := range s.Actual {
		said := argmax(s.Probabilities[i*k : (i+1)*k])
		gap[i] = s.Probabilities[i*k+said]
		bin[i] = min(max(int(math.Ceil(gap[i]*bins))-1, 0), bins-1)
		if said == int(y) {
			gap[i]--
		}
	}
	return func(weights []float64) float64 {
		var gaps [bins]float64
		var total, sum float64
		for i, w := range weights {
			gaps[bin[i]] += w * gap[i]
			total += w
		}
		for _, g := range gaps {
			sum += math.Abs(g)
		}
		return sum / total
	}
}
