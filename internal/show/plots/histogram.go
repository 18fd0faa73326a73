package plots

import (
	"fmt"
	"math"
	"time"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Histogram shows how numbers are spread, with their median. NaN is left out;
// a few values far off the rest are not shown, but counted in the subtitle.
func Histogram(f Frame, values []float64) *notebook.Figure {
	sorted := finite(values)
	for f.LogX && len(sorted) > 0 && sorted[0] <= 0 {
		sorted = sorted[1:]
	}
	low, high, outside := window(sorted)
	most := 40
	if f.Room == figure.Small {
		most = 28
	}
	at := edges(sorted, low, high, most)
	if f.LogX && len(sorted) > 0 {
		low, high, outside = sorted[0], sorted[len(sorted)-1], 0
		if high <= low*(1+1e-9) {
			low, high = low*0.9, low*1.1
		}
		at = at[:0]
		for i := range most + 1 {
			at = append(at, low*math.Pow(high/low, float64(i)/float64(most)))
		}
	}
	counts := make([]int, len(at)-1)
	b := 0
	for _, v := range sorted {
		if v < at[0] || v > at[len(at)-1] {
			continue
		}
		for b < len(counts)-1 && v >= at[b+1] {
			b++
		}
		counts[b]++
	}
	if outside > 0 {
		note := human.Int(outside) + " far values not shown"
		if f.Subtitle != "" {
			note = f.Subtitle + " · " + note
		}
		f.Subtitle = note
	}
	chart := f.chart()
	chart.Histogram = &figure.Histogram{Edges: at, Counts: counts}
	if len(sorted) > 0 {
		median := quantile(sorted, .5)
		chart.Histogram.Median = &median
	}
	return &notebook.Figure{Alt: histogramAlt(f, sorted, at, counts), Chart: chart}
}

func histogramAlt(f Frame, sorted, at []float64, counts []int) string {
	if len(sorted) == 0 {
		return fmt.Sprintf("Histogram of %s: there is no value to show.", f.name())
	}
	fullest := 0
	for i, n := range counts {
		if n > counts[fullest] {
			fullest = i
		}
	}
	say := func(v float64) string { return human.Digits(v, 4) }
	if f.DateX {
		say = func(v float64) string { return time.Unix(int64(v), 0).UTC().Format("2006-01-02") }
	}
	return fmt.Sprintf("Histogram of %s: %s values from %s to %s, half of them between %s and %s, median %s (dashed). The fullest bin, %s to %s, holds %.0f %%.",
		f.name(), human.Int(len(sorted)), say(sorted[0]), say(sorted[len(sorted)-1]),
		say(quantile(sorted, .25)), say(quantile(sorted, .75)), say(quantile(sorted, .5)),
		say(at[fullest]), say(at[fullest+1]), 100*float64(counts[fullest])/float64(len(sorted)))
}
