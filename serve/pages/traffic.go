package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/look"
	"labbook/internal/store/requests"
)

// traffic is how many requests there were in some time, and how long their
// answers took.
type traffic struct {
	Count, Failed, Refused int // 5xx, 4xx
	P50, P95, P99          time.Duration
	From, Until            time.Time
	Rate                   string // requests a second
	Partly                 bool   // there are more than were measured
	Buckets                []bucket
	Charts                 []*latencyChart
}

// bucket is a part of the time.
type bucket struct {
	From          time.Time
	Count, Errors int // of any kind
	P50, P95      time.Duration
}

// maxBuckets is how many parts the time is divided into at most.
const maxBuckets = 48

// newTraffic measures requests, given the oldest first; nil when there are
// none. partly says that there are older ones.
func newTraffic(all []*requests.Request, partly bool) *traffic {
	if len(all) == 0 {
		return nil
	}
	t := &traffic{Count: len(all), From: all[0].Time, Until: all[len(all)-1].Time, Partly: partly}
	took := make([]time.Duration, len(all))
	for i, r := range all {
		took[i] = r.Latency
		switch {
		case r.Status >= 500:
			t.Failed++
		case r.Status >= 400:
			t.Refused++
		}
	}
	t.P50, t.P95, t.P99 = percentiles(took)
	if seconds := t.Until.Sub(t.From).Seconds(); seconds > 0 && len(all) > 1 {
		t.Rate = human.Digits(float64(len(all)-1)/seconds, 2)
	}
	t.Buckets = buckets(all)
	if len(t.Buckets) > 1 {
		t.Charts = []*latencyChart{drawLatency(t, 860), drawLatency(t, 340)}
		t.Charts[0].Class, t.Charts[1].Class = "wide", "narrow"
	}
	return t
}

// percentiles gives the medians and the upper ones, by nearest rank. It sorts
// what it is given.
func percentiles(took []time.Duration) (p50, p95, p99 time.Duration) {
	if len(took) == 0 {
		return 0, 0, 0
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)*percent+99)/100-1] }
	return at(50), at(95), at(99)
}

// buckets divides the time into parts of equal length, round to people.
func buckets(all []*requests.Request) []bucket {
	from, until := all[0].Time, all[len(all)-1].Time
	step := roundStep(until.Sub(from) / maxBuckets)
	start := from.Truncate(step)
	n := int(until.Sub(start)/step) + 1
	out := make([]bucket, n)
	took := make([][]time.Duration, n)
	for _, r := range all {
		k := min(max(int(r.Time.Sub(start)/step), 0), n-1)
		out[k].Count++
		took[k] = append(took[k], r.Latency)
		if r.Status >= 400 {
			out[k].Errors++
		}
	}
	for k := range out {
		out[k].From = start.Add(time.Duration(k) * step)
		out[k].P50, out[k].P95, _ = percentiles(took[k])
	}
	return out
}

// roundStep gives the next longer time that clocks are divided into.
func roundStep(d time.Duration) time.Duration {
	for _, step := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	} {
		if d <= step {
			return step
		}
	}
	return d.Truncate(24*time.Hour) + 24*time.Hour
}

// latencyChart draws the buckets: above how long answers took, on a scale from
// 0, below how many there were.
type latencyChart struct {
	Class                string // when it is shown: on "wide" or "narrow" pages
	Width, Height, Label string
	Ticks                []tick
	P50, P95             string // path data
	Alone                string // path data of parts between empty ones, which no line reaches
	Bars                 []bar
	Base                 string // y of the bars' foot
	Ends                 [2]string
	FirstX, LastX        string
	EndsY                string
	Legend               string // x of the legend's end
}

type tick struct{ Y, TextY, X2, Text string }

type bar struct{ X, Y, Width, Height, ErrorY, ErrorHeight, Title string }

const (
	chartLeft, chartRight = 58.0, 10.0
	linesTop, linesFoot   = 26.0, 176.0
	barsTop, barsFoot     = 196.0, 248.0
	chartHeight           = 274.0
)

func drawLatency(t *traffic, width float64) *latencyChart {
	n := len(t.Buckets)
	high, most := time.Duration(0), 1
	for _, b := range t.Buckets {
		high, most = max(high, b.P95), max(most, b.Count)
	}
	scale, unit := 1e-6, "ms"
	switch {
	case high >= 2*time.Second:
		scale, unit = 1e-9, "s"
	case high < time.Millisecond:
		scale, unit = 1e-3, "µs"
	}
	ticks := look.Ticks(0, max(float64(high)*scale, 1e-9), 4)
	top := ticks[len(ticks)-1]
	step := (width - chartLeft - chartRight) / float64(n)
	x := func(k int) float64 { return chartLeft + (float64(k)+.5)*step }
	y := func(d time.Duration) float64 { return linesFoot - float64(d)*scale/top*(linesFoot-linesTop) }
	c := &latencyChart{
		Width: look.Px(width), Height: look.Px(chartHeight), Base: look.Px(barsFoot), EndsY: look.Px(chartHeight - 8),
		FirstX: look.Px(chartLeft), LastX: look.Px(width - chartRight), Legend: look.Px(width - chartRight),
		Label: fmt.Sprintf("Latency and number of requests from %s to %s: half were answered within %s, 95 of 100 within %s, 99 of 100 within %s",
			human.Time(t.From), human.Time(t.Until), latency(t.P50), latency(t.P95), latency(t.P99)),
	}
	for _, v := range ticks {
		at := linesFoot - v/top*(linesFoot-linesTop)
		c.Ticks = append(c.Ticks, tick{look.Px(at), look.Px(at + 4), look.Px(width - chartRight), strings.TrimSpace(human.Digits(v, 3) + " " + unit)})
	}
	var p50, p95, alone strings.Builder
	command := "M"
	for k, b := range t.Buckets {
		if b.Count == 0 {
			command = "M"
			continue
		}
		fmt.Fprintf(&p50, "%s%s %s", command, look.Px(x(k)), look.Px(y(b.P50)))
		fmt.Fprintf(&p95, "%s%s %s", command, look.Px(x(k)), look.Px(y(b.P95)))
		if command == "M" && (k+1 == n || t.Buckets[k+1].Count == 0) {
			fmt.Fprintf(&alone, "M%s %sh0.01M%s %sh0.01", look.Px(x(k)), look.Px(y(b.P50)), look.Px(x(k)), look.Px(y(b.P95)))
		}
		command = "L"
		height := float64(b.Count) / float64(most) * (barsFoot - barsTop)
		errors := float64(b.Errors) / float64(most) * (barsFoot - barsTop)
		c.Bars = append(c.Bars, bar{
			X: look.Px(x(k) - step*.38), Width: look.Px(max(step*.76, 1)), Y: look.Px(barsFoot - height), Height: look.Px(height), ErrorY: look.Px(barsFoot - errors), ErrorHeight: look.Px(errors),
			Title: fmt.Sprintf("%s: %s, %d refused or failed, median %s", b.From.UTC().Format("15:04:05"), human.Count(b.Count, "request"), b.Errors, latency(b.P50)),
		})
	}
	c.P50, c.P95, c.Alone = p50.String(), p95.String(), alone.String()
	layout := "15:04:05"
	if t.Until.Sub(t.From) > 24*time.Hour {
		layout = "2 Jan 15:04"
	}
	c.Ends = [2]string{t.From.UTC().Format(layout), t.Until.UTC().Format(layout)}
	return c
}

// latency writes how long an answer took, with the digits that matter.
func latency(d time.Duration) string {
	if d >= time.Millisecond && d < 100*time.Millisecond {
		return human.Digits(float64(d.Microseconds())/1000, 2) + " ms"
	}
	return human.Duration(d)
}
