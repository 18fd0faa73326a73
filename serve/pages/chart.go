package pages

import (
	"fmt"
	"math"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/look"
	"labbook/internal/data/record"
)

// historyChart draws a metric over the versions of a model.
type historyChart struct {
	Class                string // when it is shown: on "wide" or "narrow" pages
	Width, Height, Label string
	Ticks                []tick
	Line, Intervals      string // path data
	Note                 string // which values are not to be seen side by side, and why
	Dots                 []dot
	FirstX, LastX, EndsY string
	First, Last          string
}

type dot struct{ X, Y, Class, Radius, Title string }

const (
	historyHeight            = 180.0
	historyTop, historyFoot  = 14.0, 150.0
	historyLeft, historyEdge = 64.0, 18.0
)

// drawHistory draws the metric by which the versions were chosen, for wide and
// for narrow pages; nil when fewer than two have it.
//
// rows tells on which test rows each version was judged, as Backend.TestRows
// gives it.
func drawHistory(m *Model, rows []string) (charts []*historyChart, title string) {
	var versions []*record.Version
	var figures []figure
	var on []string
	var name string
	for i := len(m.Versions) - 1; i >= 0 && name == ""; i-- {
		name = m.Versions[i].Metric
	}
	for i, v := range m.Versions {
		for _, value := range v.Metrics {
			if value.Name == name && !math.IsNaN(value.Value) && !math.IsInf(value.Value, 0) {
				versions, figures, on = append(versions, v), append(figures, newFigure(value)), append(on, rows[i])
				break
			}
		}
	}
	if len(figures) < 2 {
		return nil, ""
	}
	wide, narrow := historyOf(m, versions, figures, on, 860), historyOf(m, versions, figures, on, 340)
	wide.Class, narrow.Class = "wide", "narrow"
	title = figures[0].Title
	if figures[0].Better != "" {
		title += ", " + figures[0].Better
	}
	return []*historyChart{wide, narrow}, title
}

func historyOf(m *Model, versions []*record.Version, figures []figure, rows []string, width float64) *historyChart {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range figures {
		a, b := figures[i].ends()
		low, high = min(low, a), max(high, b)
	}
	if !(high > low) {
		low, high = low-math.Abs(low)/20-1e-9, high+math.Abs(high)/20+1e-9
	}
	ticks := look.Ticks(low, high, 4)
	low, high = min(low, ticks[0]), max(high, ticks[len(ticks)-1])
	n := len(figures)
	x := func(i int) float64 {
		return historyLeft + 10 + float64(i)/float64(n-1)*(width-historyLeft-historyEdge-20)
	}
	y := func(v float64) float64 { return historyTop + (high-v)/(high-low)*(historyFoot-historyTop) }
	c := &historyChart{
		Width: look.Px(width), Height: look.Px(historyHeight), FirstX: look.Px(x(0)), LastX: look.Px(x(n - 1)), EndsY: look.Px(historyHeight - 8),
		First: fmt.Sprintf("v%d", versions[0].Version), Last: fmt.Sprintf("v%d", versions[n-1].Version),
		Label: strings.TrimSpace(fmt.Sprintf("%s of %s over %d versions, from %s to %s %s", figures[0].Title, m.Name, n, figures[0].Value, figures[n-1].Value, figures[0].Unit)),
	}
	for _, v := range ticks {
		text := human.Digits(v, 4)
		if strings.Contains(text, ".") && !strings.Contains(text, "e") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		c.Ticks = append(c.Ticks, tick{look.Px(y(v)), look.Px(y(v) + 4), look.Px(width - historyEdge), text})
	}
	points, beside := make([]look.Judged, n), n-1
	for i := range figures {
		low, high := figures[i].ends()
		points[i] = look.Judged{X: x(i), Value: figures[i].number, Low: low, High: high, Rows: rows[i]}
		if versions[i].Version == m.Champion {
			beside = i
		}
	}
	c.Line, c.Intervals = look.Trace(points, y)
	others, note := look.Elsewhere(points, beside, fmt.Sprintf("version %d", versions[beside].Version))
	c.Note = note
	for i := range figures {
		d := dot{X: look.Px(x(i)), Y: look.Px(y(figures[i].number)), Class: "lost", Radius: "3.5",
			Title: strings.TrimSpace(fmt.Sprintf("version %d: %s %s", versions[i].Version, figures[i].Value, figures[i].Unit))}
		if versions[i].Version == m.Champion {
			d.Class, d.Radius = "now", "5.5"
		}
		if others[i] {
			d.Class += " elsewhere"
			d.Title += ", on other test rows"
		}
		c.Dots = append(c.Dots, d)
	}
	return c
}

// ends gives the interval's ends, or the value twice.
func (f *figure) ends() (low, high float64) {
	if f.low == nil || f.high == nil {
		return f.number, f.number
	}
	return *f.low, *f.high
}
