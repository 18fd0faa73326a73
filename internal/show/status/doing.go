package status

import (
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// Doing is how a stage that runs or waits goes, in words: the only ones there are, so
// that a terminal, a page and the events of a run never say different things. Parts
// that nothing is known of are "".
type Doing struct {
	Wait  string // what it waits for
	Count string // 35 of 100 trials
	Pace  string // 0.6/s
	Left  string // about 1 min 41 s left
	Step  string // what it is at
	Best  string // best so far MAE 245 USD: trial 12
}

// DoingOf says how a stage that began then goes at a time.
func DoingOf(l *record.Live, began, now time.Time) (d Doing) {
	if l == nil {
		return d
	}
	if l.Wait != nil {
		d.Wait = WaitOf(l.Wait)
		return d
	}
	p := l.Progress
	switch {
	case p != nil && p.Total > 0:
		d.Count, d.Step = human.Int(int(p.Done))+" of "+human.Int(int(p.Total))+" "+p.Unit, p.Step
		if left, rate, ok := p.Left(now); ok {
			d.Pace, d.Left = human.Digits(rate, 2)+"/s", "about "+human.Duration(left)+" left"
		}
	case p != nil && p.Unit != "":
		d.Count, d.Step = human.Int(int(p.Done))+" "+p.Unit, p.Step
	case p != nil:
		d.Step = p.Step
	}
	if elapsed := now.Sub(began); d.Left == "" && l.Expected > time.Second && elapsed < l.Expected {
		d.Left = "about " + human.Duration(l.Expected-elapsed) + " left"
	}
	if t := l.Tried; t != nil {
		title, best := t.Best.Name, metrics.Value{Name: t.Best.Name, Value: t.Best.Value, Unit: t.Best.Unit}
		if m, known := metrics.Lookup(title); known {
			title = m.Title
		}
		d.Best = "best so far " + title + " " + best.Shown().String() + ": " + t.Of
	}
	return d
}

// String is all of it, with commas between.
func (d Doing) String() string { return joined(d.Wait, d.Count, d.Pace, d.Left, d.Step, d.Best) }

// Rest is what stands beside a drawn bar: all but the count.
func (d Doing) Rest() string { return joined(d.Pace, d.Left, d.Step, d.Best) }

func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}

// WaitOf says what a stage waits for.
func WaitOf(w *record.Wait) string {
	switch w.For {
	case record.ForStages:
		names := w.Stages
		if w.More > 0 {
			names = append(names[:len(names):len(names)], human.Count(w.More, "other"))
		}
		return "waits for " + human.And(names)
	case record.ForCore:
		return "waits for a core"
	case record.ForMemory:
		return "waits for " + human.Bytes(w.Memory) + " of memory"
	case record.ForRun:
		return "waits for " + w.Holder + ", which makes the same"
	}
	return "is looked at: has anything changed?"
}
