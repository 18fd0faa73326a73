package pages

import (
	"fmt"
	"html/template"
	"math"
	"time"

	spec "labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/show/plots"
	"labbook/internal/show/render"
)

// drawTraffic draws how long answers took and how many there were, over time; there
// is nothing to see in fewer than two buckets.
func drawTraffic(t *traffic) ([]template.HTML, error) {
	if len(t.Buckets) < 2 {
		return nil, nil
	}
	var drawn []template.HTML
	for _, f := range []*notebook.Figure{latencyFigure(t), countFigure(t)} {
		out, err := render.HTML(f)
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, template.HTML(out))
	}
	return drawn, nil
}

// latencyFigure shows the median and the upper end of each bucket, with a gap where
// nothing was asked.
func latencyFigure(t *traffic) *notebook.Figure {
	high := time.Duration(0)
	for _, b := range t.Buckets {
		high = max(high, b.P95)
	}
	unit, name := time.Millisecond, "ms"
	switch {
	case high >= 2*time.Second:
		unit, name = time.Second, "s"
	case high < time.Millisecond:
		unit, name = time.Microsecond, "µs"
	}
	in := func(took func(b bucket) time.Duration) func(b bucket) float64 {
		return func(b bucket) float64 {
			if b.Count == 0 {
				return math.NaN()
			}
			return float64(took(b)) / float64(unit)
		}
	}
	f := t.figure("How long answers took", "latency ("+name+")", float64(high)/float64(unit),
		t.line("half within", in(func(b bucket) time.Duration { return b.P50 })),
		t.line("95 of 100 within", in(func(b bucket) time.Duration { return b.P95 })))
	f.Alt = fmt.Sprintf("Latency from %s to %s: half were answered within %s, 95 of 100 within %s, 99 of 100 within %s.",
		human.Time(t.From), human.Time(t.Until), latency(t.P50), latency(t.P95), latency(t.P99))
	return f
}

// countFigure shows how many requests each bucket has, and how many of them came to
// nothing.
func countFigure(t *traffic) *notebook.Figure {
	most := 0
	for _, b := range t.Buckets {
		most = max(most, b.Count)
	}
	f := t.figure("How many were asked", "requests", float64(most),
		t.line("all", func(b bucket) float64 { return float64(b.Count) }),
		t.line("refused or failed", func(b bucket) float64 { return float64(b.Errors) }))
	f.Chart.Y.Scale = spec.Whole
	f.Alt = fmt.Sprintf("Number of requests from %s to %s: %s, %d refused, %d failed; at most %d in %s.",
		human.Time(t.From), human.Time(t.Until), human.Count(t.Count, "request"), t.Refused, t.Failed, most, t.stepWords())
	return f
}

// figure shows lines over the buckets, from 0 to a little above high.
func (t *traffic) figure(title, y string, high float64, lines ...plots.Line) *notebook.Figure {
	first, last := t.Buckets[0].From, t.Buckets[len(t.Buckets)-1].From
	frame := plots.Frame{Title: title, Subtitle: "each point is the " + t.stepWords() + " from its time on", X: "time (UTC)", Y: y, DateX: true}
	return plots.Lines(frame.Half(), lines, plots.Ends{
		X: &[2]float64{float64(first.Unix()), float64(last.Add(t.step()).Unix())},
		Y: &[2]float64{0, 1.06 * high},
	}, false)
}

// line gives a number of each bucket.
func (t *traffic) line(name string, of func(b bucket) float64) plots.Line {
	line := plots.Line{Name: name, Dots: true}
	for _, b := range t.Buckets {
		line.X, line.Y = append(line.X, float64(b.From.Unix())), append(line.Y, of(b))
	}
	return line
}

// step is how long each of several buckets is.
func (t *traffic) step() time.Duration { return t.Buckets[1].From.Sub(t.Buckets[0].From) }

// stepWords writes a step, which is a whole number of some unit: see roundStep.
func (t *traffic) stepWords() string {
	step := t.step()
	switch {
	case step%(24*time.Hour) == 0:
		return human.Count(int(step/(24*time.Hour)), "day")
	case step%time.Hour == 0:
		return human.Count(int(step/time.Hour), "hour")
	case step%time.Minute == 0:
		return human.Count(int(step/time.Minute), "minute")
	}
	return human.Count(int(step/time.Second), "second")
}
