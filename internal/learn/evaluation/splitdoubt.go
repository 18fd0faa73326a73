package evaluation

import (
	"context"
	"math"
	"slices"

	"labbook/internal/base/facts"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/partition"
)

// SplitDoubt says what the leader is worth, made again and judged under a stricter
// split than the declared one: groups that it never saw, or what comes later.
type SplitDoubt struct {
	Column string `json:"column"` // of groups or of time
	By     string `json:"by"`     // the stricter structure in words
	// Value is the primary metric as it was judged, and Strict under the stricter
	// split, on so many Rows; both have their intervals.
	Value  metrics.Value `json:"value"`
	Strict metrics.Value `json:"strict"`
	Rows   int           `json:"rows"`
	// Worse is by how much, in the metric's scale, with the interval of the
	// difference; the rows are others, so that it is not paired.
	Worse facts.Number `json:"worse"`
	Low   facts.Number `json:"low"`
	High  facts.Number `json:"high"`
}

// Strict is what a candidate, made again under a stricter split, says of the rows
// held out there, and what is drawn of these.
type Strict struct {
	Said  *metrics.Sample
	Units *metrics.Units
}

// doubtSplit makes the leader again under each stricter split that the table gives
// a reason for, and tells both figures.
func (j *Judgement) doubtSplit(ctx context.Context, declared *partition.Structure, train *table.Table, found []notebook.Finding, cores int) error {
	leader := j.candidates[j.Lead()]
	stricter := reasons(declared, train, found)
	why := ""
	switch {
	case len(stricter) == 0:
		why = "no column gives a reason for a stricter split"
	case j.guesses[j.Lead()]:
		why = "the leader looks at no column"
	case leader.Strictly == nil:
		why = "the leader cannot be made again"
	}
	if why != "" {
		j.skip(checks.SplitDoubt, why)
		return nil
	}
	for _, s := range stricter {
		strict, err := leader.Strictly(ctx, s.structure, cores)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			j.skip(checks.SplitDoubt, s.structure.Words()+": "+err.Error())
			continue
		}
		d, err := j.against(ctx, s, strict, cores)
		if err != nil {
			return err
		}
		j.Doubts = append(j.Doubts, *d)
		as, with := j.Main.Format(d.Value.Value, j.Unit), j.Main.Bare(d.Strict.Value)
		switch {
		case d.Low > 0 && len(s.structure.Groups) > len(declared.Groups) && j.isGuess(d, strict):
			j.find(checks.KnownThingsOnly, s.column, d.Rows, "%s is %s as it was split, but %s where it %s (%s), which is no better than guessing", j.Main.Title, as, with, s.told, s.structure.Words())
		case d.Low > 0:
			j.find(checks.SplitDoubt, s.column, d.Rows, "%s is %s as it was split, and %s where it %s (%s)", j.Main.Title, as, with, s.told, s.structure.Words())
		default:
			j.find(checks.SplitHolds, s.column, d.Rows, "%s is %s as it was split, and %s where it %s (%s): no worse beyond noise", j.Main.Title, as, with, s.told, s.structure.Words())
		}
	}
	return nil
}

// isGuess says whether the figure under a stricter split is no better than guessing,
// by the better end of its interval.
func (j *Judgement) isGuess(d *SplitDoubt, strict *Strict) bool {
	best := d.Strict.High
	if j.Main.Better == metrics.Lower {
		best = d.Strict.Low
	}
	guess := j.guess(j.Samples[j.Lead()].Actual)(strict.Said.Actual)
	return best != nil && j.Main.Improvement(*best, j.Main.On(guess, "").Value) <= 0
}

// stricter is a split that is stricter than the declared one, because of a column.
type stricter struct {
	structure *partition.Structure
	column    string
	told      string // what the leader then has to do
}

// reasons gives the stricter splits that a table gives a reason for: groups, where
// a column names things that rows repeat, and time, where a column of dates orders
// the rows, or neighbours in it are alike. There is at most one of each.
func reasons(declared *partition.Structure, train *table.Table, found []notebook.Finding) []stricter {
	if declared == nil {
		return nil
	}
	var all []stricter
	if key := columnOf(found, checks.RepeatedKey); key != "" && len(declared.Groups) == 0 {
		s := *declared
		s.Groups = []string{key}
		all = append(all, stricter{&s, key, "never saw the " + key + " before"})
	}
	if declared.Time == "" {
		time := columnOf(found, checks.Neighbours)
		if time == "" {
			time = ordering(train)
		}
		if time != "" {
			s := *declared
			s.Time, s.Gap, s.Strata = time, 0, ""
			all = append(all, stricter{&s, time, "has to look ahead in " + time})
		}
	}
	return all
}

func columnOf(found []notebook.Finding, check *checks.Check) string {
	i := slices.IndexFunc(found, func(f notebook.Finding) bool { return f.Code == check.Code })
	if i < 0 {
		return ""
	}
	return found[i].Column
}

// What makes a column of dates the order of a table.
const (
	fewestMoments = 30
	mostlyRising  = 0.99 // of the steps from a row to the next
)

// ordering gives the first column of dates that the rows are in the order of, or "".
func ordering(t *table.Table) string {
	for _, c := range t.Columns {
		if c.Type != table.Date {
			continue
		}
		last, steps, rising, moments := math.NaN(), 0, 0, 0
		for _, v := range c.Num {
			if math.IsNaN(v) {
				continue
			}
			if !math.IsNaN(last) {
				steps++
				rising += bit(v >= last)
				moments += bit(v > last)
			}
			last = v
		}
		if moments >= fewestMoments && float64(rising) >= mostlyRising*float64(steps) {
			return c.Name
		}
	}
	return ""
}

// against measures the leader under a stricter split, and the difference to how it
// was judged.
func (j *Judgement) against(ctx context.Context, s stricter, strict *Strict, cores int) (*SplitDoubt, error) {
	measured := func(of *metrics.Sample, units *metrics.Units) (metrics.Value, []float64, error) {
		boot := j.bootstrap(cores)
		boot.Resamples, boot.Units = min(boot.Resamples, 300), units
		value, replicates, err := boot.Replicates(ctx, []metrics.Figure{j.Main.Of(of)})
		if err != nil {
			return metrics.Value{}, nil, err
		}
		return boot.Value(j.Main, value[0], replicates[0], j.Unit), replicates[0], nil
	}
	d := &SplitDoubt{Column: s.column, By: s.structure.Words(), Rows: strict.Said.Rows()}
	var as, with []float64
	var err error
	if d.Value, as, err = measured(j.whole.Samples[j.Lead()], j.whole.units); err != nil {
		return nil, err
	}
	if d.Strict, with, err = measured(strict.Said, strict.Units); err != nil {
		return nil, err
	}
	worse := make([]float64, len(as))
	for i := range worse {
		worse[i] = j.Main.Improvement(as[i], with[i])
	}
	d.Worse = facts.Number(j.Main.Improvement(d.Value.Value, d.Strict.Value))
	d.Low, d.High = facts.Number(math.NaN()), facts.Number(math.NaN())
	if low, high, ok := j.bootstrap(cores).Interval(worse); ok {
		d.Low, d.High = facts.Number(low), facts.Number(high)
	}
	return d, nil
}
