package plots

import (
	"math"

	"labbook/internal/base/ascending"
	"labbook/internal/base/figure"
)

const huge = figure.Huge

// finite gives the sorted numbers among values that can be drawn.
func finite(values []float64) []float64 {
	kept := make([]float64, 0, len(values))
	for _, v := range values {
		if math.Abs(v) < huge {
			kept = append(kept, v)
		}
	}
	ascending.Floats(kept)
	return kept
}

// quantile interpolates linearly between sorted values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// window gives the range to show of sorted values, and how many lie outside:
// all of it, unless a few far values would squeeze the rest.
func window(sorted []float64) (low, high float64, outside int) {
	n := len(sorted)
	if n == 0 {
		return 0, 1, 0
	}
	low, high = sorted[0], sorted[n-1]
	a, b := quantile(sorted, 0.005), quantile(sorted, 0.995)
	if n < 100 || b <= a || high-low <= 2.5*(b-a) {
		return low, high, 0
	}
	margin := 0.25 * (b - a)
	low, high = max(low, a-margin), min(high, b+margin)
	for _, v := range sorted {
		if v < low || v > high {
			outside++
		}
	}
	return low, high, outside
}

// density gives the kernel density of sorted values at points evenly from low
// to high (Gaussian kernel, Silverman's 1986 rule of thumb), from 400 bins.
func density(sorted []float64, low, high float64, points int) []float64 {
	const bins = 400
	out := make([]float64, points)
	n := len(sorted)
	if n < 2 || !(high > low) {
		return out
	}
	var counts [bins]float64
	var sum, squares float64
	for _, v := range sorted {
		counts[min(max(int((v-low)/(high-low)*bins), 0), bins-1)]++
		sum += v - low
		squares += (v - low) * (v - low)
	}
	deviation := math.Sqrt(max(squares-sum*sum/float64(n), 0) / float64(n-1))
	if iqr := (quantile(sorted, .75) - quantile(sorted, .25)) / 1.349; iqr > 0 {
		deviation = min(deviation, iqr)
	}
	width := max(0.9*deviation*math.Pow(float64(n), -0.2), (high-low)/150)
	for i := range out {
		at := low + (high-low)*float64(i)/float64(points-1)
		for b, c := range counts {
			if c == 0 {
				continue
			}
			if z := (at - low - (float64(b)+0.5)*(high-low)/bins) / width; math.Abs(z) < 4 {
				out[i] += c * math.Exp(-z*z/2)
			}
		}
		out[i] /= float64(n) * width * math.Sqrt(2*math.Pi)
	}
	return out
}

// edges gives the bins of a histogram: whole numbers where there are few of
// them, else by Freedman and Diaconis (1981) between 10 and most bins.
func edges(sorted []float64, low, high float64, most int) []float64 {
	n := len(sorted)
	if n == 0 || low == high {
		return []float64{low - 0.5, low + 0.5}
	}
	whole := high-low < float64(most)
	for i := 0; whole && i < n; i++ {
		whole = sorted[i] == math.Trunc(sorted[i])
	}
	if whole {
		var e []float64
		for v := low; v <= high+1; v++ {
			e = append(e, v-0.5)
		}
		return e
	}
	bins := 10
	if width := 2 * (quantile(sorted, .75) - quantile(sorted, .25)) / math.Cbrt(float64(n)); width > 0 {
		bins = int(min(max(math.Ceil((high-low)/width), 10), float64(most)))
	}
	e := make([]float64, bins+1)
	for i := range e {
		e[i] = low + (high-low)*float64(i)/float64(bins)
	}
	return e
}

// trend gives the median of y in up to 24 runs of x of equal size, as the
// points of a line; nil when there is too little for one. None is NaN.
func trend(xs, ys []float64) (tx, ty []float64) {
	rising := ascending.Places(xs)
	runs := min(24, len(rising)/20)
	if runs < 3 {
		return nil, nil
	}
	for r := range runs {
		part := rising[r*len(rising)/runs : (r+1)*len(rising)/runs]
		values := make([]float64, len(part))
		for k, i := range part {
			values[k] = ys[i]
		}
		ascending.Floats(values)
		x := xs[part[len(part)/2]]
		if len(tx) > 0 && tx[len(tx)-1] == x {
			continue
		}
		tx, ty = append(tx, x), append(ty, quantile(values, .5))
	}
	return tx, ty
}
