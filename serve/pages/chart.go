package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"labbook/internal/ledger"
	"labbook/internal/look"
	"labbook/internal/metrics"
)

// historyChart draws a metric over the versions of a model.
type historyChart struct {
	Class                string // when it is shown: on "wide" or "narrow" pages
	Width, Height, Label string
	Ticks                []tick
	Line, Band           string // path data
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
func drawHistory(m *Model) (charts []*historyChart, title string) {
	var versions []*ledger.Version
	var figures []figure
	var name string
	for i := len(m.Versions) - 1; i >= 0 && name == ""; i-- {
		name = m.Versions[i].Metric
	}
	for _, v := range m.Versions {
		for _, value := range v.Metrics {
			if value.Name == name && !math.IsNaN(value.Value) && !math.IsInf(value.Value, 0) {
				versions, figures = append(versions, v), append(figures, newFigure(value))
				break
			}
		}
	}
	if len(figures) < 2 {
		return nil, ""
	}
	wide, narrow := historyOf(m, versions, figures, 860), historyOf(m, versions, figures, 340)
	wide.Class, narrow.Class = "wide", "narrow"
	title = figures[0].Title
	if figures[0].Better != "" {
		title += ", " + figures[0].Better
	}
	return []*historyChart{wide, narrow}, title
}

func historyOf(m *Model, versions []*ledger.Version, figures []figure, width float64) *historyChart {
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
		Width: px(width), Height: px(historyHeight), FirstX: px(x(0)), LastX: px(x(n - 1)), EndsY: px(historyHeight - 8),
		First: fmt.Sprintf("v%d", versions[0].Version), Last: fmt.Sprintf("v%d", versions[n-1].Version),
		Label: strings.TrimSpace(fmt.Sprintf("%s of %s over %d versions, from %s to %s %s", figures[0].Title, m.Name, n, figures[0].Value, figures[n-1].Value, figures[0].Unit)),
	}
	for _, v := range ticks {
		text := metrics.Digits(v, 4)
		if strings.Contains(text, ".") && !strings.Contains(text, "e") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		c.Ticks = append(c.Ticks, tick{px(y(v)), px(y(v) + 4), px(width - historyEdge), text})
	}
	var line, upper, lower strings.Builder
	for i := range figures {
		command := "L"
		if i == 0 {
			command = "M"
		}
		_, top := figures[i].ends()
		fmt.Fprintf(&line, "%s%s %s", command, px(x(i)), px(y(figures[i].number)))
		fmt.Fprintf(&upper, "%s%s %s", command, px(x(i)), px(y(top)))
		j := n - 1 - i
		foot, _ := figures[j].ends()
		fmt.Fprintf(&lower, "L%s %s", px(x(j)), px(y(foot)))
		d := dot{X: px(x(i)), Y: px(y(figures[i].number)), Class: "lost", Radius: "3.5",
			Title: strings.TrimSpace(fmt.Sprintf("version %d: %s %s", versions[i].Version, figures[i].Value, figures[i].Unit))}
		if versions[i].Version == m.Champion {
			d.Class, d.Radius = "now", "5.5"
		}
		c.Dots = append(c.Dots, d)
	}
	c.Line, c.Band = line.String(), upper.String()+lower.String()+"Z"
	return c
}

// ends gives the interval's ends, or the value twice.
func (f *figure) ends() (low, high float64) {
	if f.low == nil || f.high == nil {
		return f.number, f.number
	}
	return *f.low, *f.high
}

// px writes a length of a drawing.
func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
