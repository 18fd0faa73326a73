package render

import (
	"math"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"labbook/internal/base/human"
)

// linear sets at most that many ticks at multiples of 1, 2 or 5 · 10ᵏ.
type linear struct{ most int }

// Ticks is the method of plot.Ticker.
func (l linear) Ticks(low, high float64) []plot.Tick {
	step := niceStep(low, high, l.most)
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9 && len(ticks) <= l.most; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: short(i*step, step, max(high, -low))})
	}
	return ticks
}

// niceStep gives the smallest nice step that needs no more than most ticks.
func niceStep(low, high float64, most int) float64 {
	if !(high-low > 1e-300) || math.IsInf(high-low, 0) {
		return math.Max(1, math.Abs(high)) // no room for ticks
	}
	for exponent := math.Floor(math.Log10((high - low) / float64(most))); ; exponent++ {
		for _, m := range []float64{1, 2, 5} {
			step := m * math.Pow(10, exponent)
			if math.Floor(high/step+1e-9)-math.Ceil(low/step-1e-9)+1 <= float64(most) {
				return step
			}
		}
	}
}

// short writes a tick with no more decimals than its step needs: "15k",
// "2.5M", "0.25". On an axis up to 10,000 and beyond all thousands are
// "k", so that "5k" stands beside "10k".
func short(v, step, most float64) string {
	thousands := 1e4
	if most >= 1e4 {
		thousands = 1e3
	}
	if math.Abs(v) < step*1e-6 {
		return "0"
	}
	size := math.Max(math.Abs(v), step)
	for _, u := range []struct {
		from  float64
		by    float64
		after string
	}{{1e13, 0, ""}, {1e9, 1e9, "B"}, {1e6, 1e6, "M"}, {thousands, 1e3, "k"}} {
		if size >= u.from {
			if u.by == 0 {
				break
			}
			return plain(v/u.by, step/u.by) + u.after
		}
	}
	if size >= 1e13 || size < 1e-4 {
		return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "e-0", "e-", 1)
	}
	return plain(v, step)
}

func plain(v, step float64) string {
	decimals := 0
	for s := step; decimals < 9 && math.Abs(s-math.Round(s)) > 1e-6*math.Abs(s); s *= 10 {
		decimals++
	}
	return strings.TrimPrefix(strconv.FormatFloat(v, 'f', decimals, 64), "+")
}

// logScale is a logarithmic axis; unlike gonum's it does not panic, but puts
// what is not positive at its lower end.
type logScale struct{}

// Normalize is the method of plot.Normalizer.
func (logScale) Normalize(low, high, x float64) float64 {
	return math.Log(max(x, low)/low) / math.Log(high/low)
}

// logarithmic sets ticks at powers of ten, and at 2 and 5 times them where
// there is room.
type logarithmic struct{ most int }

// Ticks is the method of plot.Ticker.
func (l logarithmic) Ticks(low, high float64) []plot.Tick {
	if !(low > 1e-300) || !(high > low) || math.IsInf(high, 0) {
		return linear(l).Ticks(low, high)
	}
	first, last := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	for _, factors := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		for every := 1; ; every++ {
			var ticks []plot.Tick
			for e := first; e <= last; e++ {
				if e%every != 0 {
					continue
				}
				for _, f := range factors {
					if v := f * math.Pow(10, float64(e)); v >= low*(1-1e-9) && v <= high*(1+1e-9) {
						ticks = append(ticks, plot.Tick{Value: v, Label: short(v, v, high)})
					}
				}
			}
			if len(ticks) <= l.most {
				if len(ticks) < 2 {
					return linear(l).Ticks(low, high)
				}
				return ticks
			}
			if len(factors) > 1 {
				break
			}
		}
	}
	panic("plots: unreachable")
}

// dates sets ticks at the beginnings of years, months or days, or where there are
// fewer than two days at round times of them. All is UTC.
type dates struct{ most int }

// Ticks is the method of plot.Ticker.
func (d dates) Ticks(low, high float64) []plot.Tick {
	if high-low < clockSpan {
		return clocks(d).Ticks(low, high)
	}
	from, to := unix(low), unix(high)
	for _, s := range []struct {
		years, months, days int
		layout              string
	}{
		{0, 0, 1, "2 Jan"}, {0, 0, 7, "2 Jan"}, {0, 1, 0, "Jan 2006"}, {0, 3, 0, "Jan 2006"}, {0, 6, 0, "Jan 2006"},
		{1, 0, 0, "2006"}, {2, 0, 0, "2006"}, {5, 0, 0, "2006"}, {10, 0, 0, "2006"}, {25, 0, 0, "2006"}, {100, 0, 0, "2006"},
	} {
		if float64(to.Sub(from)/time.Hour) > 24*float64(d.most+1)*(float64(s.years)*366+float64(s.months)*31+float64(s.days)) {
			continue
		}
		at := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
		if s.months > 0 {
			at = time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		} else if s.years > 0 {
			at = time.Date(from.Year()/s.years*s.years, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		var ticks []plot.Tick
		for ; !at.After(to) && len(ticks) <= d.most; at = at.AddDate(s.years, s.months, s.days) {
			if !at.Before(from) {
				ticks = append(ticks, plot.Tick{Value: float64(at.Unix()), Label: at.Format(s.layout)})
			}
		}
		if len(ticks) <= d.most {
			return ticks
		}
	}
	return []plot.Tick{{Value: low, Label: from.Format("2006")}, {Value: high, Label: to.Format("2006")}}
}

// rows names categories from the top of a Y axis that runs from -0.6 to
// n-0.4, each no wider than width: a long name takes two lines where a row is high
// enough, or lacks its middle.
func rows(names []string, width, high float64) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(names))
	for i, n := range names {
		name, style := label(n, 80), reading(slate)
		if first, second, ok := halves(name, style, vg.Length(width)); ok && high >= twoLines {
			name = first + " \n" + second
		} else {
			name = shorten(name, style, vg.Length(width))
		}
		ticks[i] = plot.Tick{Value: float64(len(names) - 1 - i), Label: name + " "}
	}
	return ticks
}

// rowFor is how high a row of that height has to be for the names beside it.
func rowFor(names []string, width, high float64) float64 {
	for _, n := range names {
		if _, _, ok := halves(label(n, 80), reading(slate), vg.Length(width)); ok {
			return max(high, twoLines)
		}
	}
	return high
}

// twoLines is how high a row is whose name takes two lines.
const twoLines = 34

// across labels places side by side, of which those names are left out that would touch
// another.
func across(names []string, width float64) plot.ConstantTicks {
	const most = 130
	short := make([]string, len(names))
	every, widest := 1, 0.0
	room := (width - 60) / float64(max(len(names), 1))
	for i, n := range names {
		short[i] = shorten(label(n, 80), reading(soft), most)
		widest = max(widest, float64(reading(soft).Width(short[i]))+6)
	}
	for float64(every)*room < widest && every < len(names) {
		every++
	}
	ticks := make(plot.ConstantTicks, len(names))
	for i := range names {
		ticks[i].Value = float64(i)
		if i%every == 0 {
			ticks[i].Label = short[i]
		}
	}
	return ticks
}

// whole sets ticks at whole numbers only.
type whole struct{ most int }

// Ticks is the method of plot.Ticker.
func (w whole) Ticks(low, high float64) []plot.Tick {
	step := max(1, niceStep(low, high, w.most))
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9 && len(ticks) <= w.most; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: human.Int(int(i * step))})
	}
	return ticks
}

const (
	daySeconds = 24 * 60 * 60
	// clockSpan is for how many seconds an axis shows times of the day.
	clockSpan = 2 * daySeconds
)

// clocks sets ticks at round times of the day, for fewer seconds than clockSpan. A
// midnight is told by the day that it begins.
type clocks struct{ most int }

// Ticks is the method of plot.Ticker.
func (c clocks) Ticks(low, high float64) []plot.Tick {
	low, high = float64(unix(low).Unix()), float64(unix(high).Unix())
	for _, step := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200} {
		first := math.Ceil(low / step)
		if n := math.Floor(high/step) - first + 1; n > float64(c.most) {
			continue
		}
		var ticks []plot.Tick
		for i := first; i*step <= high; i++ {
			at := unix(i * step)
			layout := "15:04"
			switch {
			case math.Mod(i*step, daySeconds) == 0:
				layout = "2 Jan"
			case step < 60:
				layout = "15:04:05"
			}
			ticks = append(ticks, plot.Tick{Value: i * step, Label: at.Format(layout)})
		}
		return ticks
	}
	return nil // no room for ticks
}

// unix gives the moment so many seconds after 1970 began, within the years 68 to
// 9892.
func unix(seconds float64) time.Time {
	return time.Unix(int64(min(max(seconds, -6e10), 2.5e11)), 0).UTC()
}

// plain4 writes a number of no more than four decimals.
func plain4(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
