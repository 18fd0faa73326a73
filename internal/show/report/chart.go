package report

import (
	"fmt"
	"math"

	"labbook/internal/base/look"
)

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

// sparkline is a metric over versions: the intervals, a line, and a dot a
// version.
type sparkline struct {
	Class         string // when it is shown: on "wide" or "narrow" pages
	Width, Height string
	Line          string // path data, and that of the intervals
	Intervals     string
	Note          string // which values are not to be seen side by side, and why
	Dots          []sparkDot
	Ticks         []sparkTick
	FirstX, LastX string
	LabelY        string
	First, Last   string // versions at the ends
	Label         string
}

type sparkDot struct {
	X, Y, Title        string
	Champion, Standing bool
	Elsewhere          bool // judged on other test rows
}

type sparkTick struct{ Y, TextY, X2, Text string }

const (
	sparkHeight           = 170.0
	sparkLeft, sparkRight = 56.0, 8.0
	sparkTop, sparkBottom = 12.0, 26.0
)

// drawHistories draws a history of two points or more for wide and for narrow
// pages, so that its letters have one size on both.
func drawHistories(h *History) []*sparkline {
	if len(h.Points) < 2 {
		return nil
	}
	wide, narrow := drawHistory(h, 860), drawHistory(h, 340)
	wide.Class, narrow.Class = "wide", "narrow"
	return []*sparkline{wide, narrow}
}

func drawHistory(h *History, sparkWidth float64) *sparkline {
	n := len(h.Points)
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range h.Points {
		a, b := ends(p.Value, p.Low, p.High)
		low, high = min(low, a), max(high, b)
	}
	if !(high > low) {
		low, high = low-math.Abs(low)/20-1e-9, high+math.Abs(high)/20+1e-9
	}
	ticks := look.Ticks(low, high, 4)
	low, high = min(low, ticks[0]), max(high, ticks[len(ticks)-1])
	x := func(i int) float64 {
		return sparkLeft + 8 + float64(i)/float64(n-1)*(sparkWidth-sparkLeft-sparkRight-16)
	}
	y := func(v float64) float64 {
		return sparkTop + (high-v)/(high-low)*(sparkHeight-sparkTop-sparkBottom)
	}
	s := &sparkline{
		Width: px(sparkWidth), Height: px(sparkHeight),
		FirstX: px(x(0)), LastX: px(x(n - 1)), LabelY: px(sparkHeight - 6),
		First: fmt.Sprintf("v%d", h.Points[0].Version), Last: fmt.Sprintf("v%d", h.Points[n-1].Version),
		Label: fmt.Sprintf("%s of %s over %d versions, from %s to %s", metricTitle(h.Metric), h.Model, n,
			h.measure(h.Points[0].Value), h.measure(h.Points[n-1].Value)),
	}
	for _, t := range ticks {
		s.Ticks = append(s.Ticks, sparkTick{px(y(t)), px(y(t) + 4), px(sparkWidth - sparkRight), h.number(t)})
	}
	points, beside := make([]look.Judged, n), n-1
	for i, p := range h.Points {
		a, b := ends(p.Value, p.Low, p.High)
		points[i] = look.Judged{X: x(i), Value: p.Value, Low: a, High: b, Rows: p.Rows}
		if p.Standing {
			beside = i
		}
	}
	s.Line, s.Intervals = look.Trace(points, y)
	others, note := look.Elsewhere(points, beside, fmt.Sprintf("version %d", h.Points[beside].Version))
	s.Note = note
	for i, p := range h.Points {
		d := sparkDot{X: px(x(i)), Y: px(y(p.Value)), Champion: p.Champion, Standing: p.Standing, Elsewhere: others[i],
			Title: fmt.Sprintf("version %d: %s", p.Version, h.measure(p.Value))}
		if d.Elsewhere {
			d.Title += ", on other test rows"
		}
		s.Dots = append(s.Dots, d)
	}
	return s
}
