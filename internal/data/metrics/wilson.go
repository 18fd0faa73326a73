package metrics

import "math"

// Wilson gives the 95 % interval of a share of n things: Wilson, "Probable
// Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.
func Wilson(share, n float64) (low, high float64) {
	const z = 1.959964
	centre := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}
