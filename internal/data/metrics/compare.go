package metrics

import (
	"fmt"
	"math"

	"labbook/internal/base/notebook"
)

// Verdict says how one model stands to another.
type Verdict string

// The verdicts. A tie is a difference whose interval holds 0, or one of too few
// rows to tell.
const (
	BetterThan Verdict = "better"
	WorseThan  Verdict = "worse"
	Tie        Verdict = "tie"
)

// Comparison is how one model did against another on the same rows. Its JSON
// form is an on-disk format.
type Comparison struct {
	With    string  `json:"with"`   // the other's stage
	Metric  string  `json:"metric"` // by which they are compared
	Verdict Verdict `json:"verdict"`
	// Better is by how much this one is better, in the metric's scale:
	// negative when it is worse, whatever the metric's direction.
	Better float64 `json:"by"`
	Low    float64 `json:"low"` // the ends of its interval
	High   float64 `json:"high"`
	Level  float64 `json:"level"`
	// Unsure says that the rows were too few for any verdict but a tie.
	Unsure bool `json:"unsure,omitempty"`
	// Words say it to people: "better by 12.3 USD [9.8, 14.9]".
	Words string `json:"words"`
}

// NoInterval are the Words of a comparison that rests on no resamples.
const NoInterval = "no interval was taken"

// Rows without which resampling shows nothing: fewer than fewRows never do, and
// fewer than someRows do not when all differ by the same, for then the interval
// has no width and the next row may be the first of another kind.
const (
	fewRows  = 10
	someRows = 30
)

// Compare compares a model with another by paired bootstrap over so many rows:
// value and replicates of the metric for both, of the same resamples in the
// same order. Without replicates whatever differs is a tie, for nothing shows
// more.
func (b Bootstrap) Compare(m *Metric, unit, with string, rows int, value, other float64, replicates, others []float64) Comparison {
	c := Comparison{With: with, Metric: m.Name, Verdict: Tie, Better: m.Improvement(value, other), Level: b.level()}
	differences := make([]float64, len(replicates))
	for i := range differences {
		differences[i] = m.Improvement(replicates[i], others[i])
	}
	var ok bool
	if c.Low, c.High, ok = b.Interval(differences); !ok {
		c.Low, c.High = c.Better, c.Better
		c.Words = NoInterval
		return c
	}
	size := func(v float64) string { return m.Bare(v) }
	rows = b.Units.Independent(rows)
	switch {
	case rows < fewRows, rows < someRows && c.Low == c.High && c.Better != 0:
		c.Unsure = true
		c.Words = fmt.Sprintf("tie: a difference of %s, but too few rows to tell", m.Format(c.Better, unit))
	case c.Low > 0:
		c.Verdict = BetterThan
		c.Words = fmt.Sprintf("better by %s [%s, %s]", m.Format(c.Better, unit), size(c.Low), size(c.High))
	case c.High < 0:
		c.Verdict = WorseThan
		c.Words = fmt.Sprintf("worse by %s [%s, %s]", m.Format(-c.Better, unit), size(-c.High), size(-c.Low))
	case c.Better == 0 && c.Low == 0 && c.High == 0:
		c.Words = "tie: they do not differ"
	default:
		c.Words = fmt.Sprintf("tie: the difference of %s [%s, %s] is within noise", m.Format(c.Better, unit), size(c.Low), size(c.High))
	}
	return c
}

// Shown gives a comparison to a table: its verdict, and by how much. unit is the
// target's.
func (c *Comparison) Shown(unit string) notebook.Value {
	m, ok := Lookup(c.Metric)
	switch {
	case !ok || c.Words == NoInterval:
		return notebook.Text(c.Words)
	case c.Unsure:
		return m.Shown(c.Better, unit).Named("tie: too few rows, and a difference of")
	case c.Verdict == BetterThan:
		return m.Within(c.Better, c.Low, c.High, unit).Named("better by")
	case c.Verdict == WorseThan:
		return m.Within(-c.Better, -c.High, -c.Low, unit).Named("worse by")
	case c.Better == 0 && c.Low == 0 && c.High == 0:
		return notebook.Text("tie: they do not differ")
	}
	return m.Within(c.Better, c.Low, c.High, unit).Named("tie: within noise at")
}

// McNemar is the exact two-sided test that two classifiers err equally often:
// onlyFirst and onlySecond count the rows that just one of them got right.
// It gives the p value (McNemar 1947; binomial form as in statsmodels).
func McNemar(onlyFirst, onlySecond int) float64 {
	n, k := onlyFirst+onlySecond, min(onlyFirst, onlySecond)
	if n == 0 {
		return 1
	}
	logChoose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	var tail float64
	for i := 0; i <= k; i++ {
		tail += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return min(1, 2*tail)
}

// Discordant counts the rows that just one of two samples of the same rows got
// right.
func Discordant(first, second *Sample) (onlyFirst, onlySecond int) {
	for i, y := range first.Actual {
		switch a, b := first.Predicted[i] == y, second.Predicted[i] == y; {
		case a && !b:
			onlyFirst++
		case b && !a:
			onlySecond++
		}
	}
	return onlyFirst, onlySecond
}
