package partition

import (
	"cmp"
	"math"
	"slices"
)

// latest holds out the latest share of the rows that have a time, less where
// rows of one moment would be torn apart.
func (l *Layout) latest(share float64) *Parts {
	times := l.moments()
	k := len(times) - int(math.Round(share*float64(len(times))))
	return l.window(after(times, k), math.Inf(1))
}

// windows cuts the rows into k+1 runs of about as many rows, and holds each but
// the first out, to be judged by what is before it (a forward chain, also called
// rolling origin: Tashman, "Out-of-sample tests of forecasting accuracy",
// International Journal of Forecasting 16, 2000). Windows that hold nothing, or
// have nothing before them, are left out.
func (l *Layout) windows(k int) []*Parts {
	times := l.moments()
	var cuts []float64
	for i := 1; i <= k; i++ {
		cuts = append(cuts, after(times, i*len(times)/(k+1)))
	}
	cuts = slices.Compact(append(cuts, math.Inf(1)))
	var all []*Parts
	for i := range len(cuts) - 1 {
		if p := l.window(cuts[i], cuts[i+1]); len(p.Train) > 0 && len(p.Test) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// window holds out the rows from a moment on and before another, to be judged by
// what was learned before them. Rows without a time are for learning. Rows in the
// gap before the window are in neither part, nor are later rows of a group that
// has earlier ones: a group held out begins in its window.
func (l *Layout) window(from, until float64) *Parts {
	var begun []bool // groups
	if l.group != nil {
		begun = make([]bool, l.groups)
		for row, v := range l.time {
			if !(v >= from) {
				begun[l.group[row]] = true
			}
		}
	}
	p := &Parts{}
	for row, v := range l.time {
		switch {
		case math.IsNaN(v):
			p.Undated++
			p.Train = append(p.Train, row)
		case v < from-l.gap:
			p.Train = append(p.Train, row)
		case v < from:
			p.Close++
		case v >= until:
		case begun != nil && begun[l.group[row]]:
			p.Known++
		default:
			p.Test = append(p.Test, row)
		}
	}
	return p
}

// moments gives the times of the rows that have one, ascending.
func (l *Layout) moments() []float64 {
	times := slices.DeleteFunc(slices.Clone(l.time), math.IsNaN)
	slices.Sort(times)
	return times
}

// after gives the first of the ascending times that is later than k of them;
// +Inf where none is.
func after(times []float64, k int) float64 {
	if k <= 0 {
		return math.Inf(1)
	}
	at := k
	for at < len(times) && times[at] == times[k-1] {
		at++
	}
	if at == len(times) {
		return math.Inf(1)
	}
	return times[at]
}

// byTime gives the rows that have a time, the earliest first.
func (l *Layout) byTime() []int {
	var rows []int
	for row, v := range l.time {
		if !math.IsNaN(v) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(l.time[a], l.time[b]) })
	return rows
}
