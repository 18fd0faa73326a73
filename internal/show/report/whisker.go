package report

import "math"

// whisker is a value with its interval on a scale that a table's rows share.
type whisker struct {
	Low, High, At string // of 0 to whiskerWidth
}

const whiskerWidth, whiskerMargin = 120.0, 6.0

// whiskers draws the primary metric of each row; nil when there is nothing to
// compare.
func whiskers(rows []Standing, primary string) []*whisker {
	out := make([]*whisker, len(rows))
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		for _, v := range row.Metrics {
			if v.Name == primary {
				a, b := ends(v.Value, v.Low, v.High)
				low, high = min(low, a), max(high, b)
			}
		}
	}
	if !(high > low) || math.IsInf(high-low, 0) {
		return out
	}
	at := func(v float64) string {
		return px(whiskerMargin + (v-low)/(high-low)*(whiskerWidth-2*whiskerMargin))
	}
	for i, row := range rows {
		for _, v := range row.Metrics {
			if v.Name == primary && !math.IsNaN(v.Value) {
				a, b := ends(v.Value, v.Low, v.High)
				out[i] = &whisker{Low: at(a), High: at(b), At: at(v.Value)}
			}
		}
	}
	return out
}

func ends(value float64, low, high *float64) (float64, float64) {
	if low == nil || high == nil {
		return value, value
	}
	return *low, *high
}
