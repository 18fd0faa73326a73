package stages

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/tune"
	"labbook/internal/show/plots"
	"labbook/models/training"
)

// found is a search as it is shown.
type found struct {
	training.SearchFacts
	metric *metrics.Metric
	unit   string
	best   *tune.Trial // nil when no trial beats the parameters as declared
}

// openSearch reads the search of a model; nil where there was none.
func openSearch(out *artifact.Artifact, unit string) (*found, error) {
	if _, err := out.Blob(training.FileTrials); err != nil {
		return nil, nil
	}
	s := &found{unit: unit}
	if err := openFacts(out, training.FileTrials, &s.SearchFacts); err != nil {
		return nil, err
	}
	var err error
	if s.metric, err = metrics.Find(s.Metric, ""); err != nil {
		return nil, err
	}
	for i, t := range s.Trials {
		if len(t.Point) != len(s.Space) || len(s.Start) != len(s.Space) {
			return nil, fmt.Errorf("%s: a trial is of another space", training.FileTrials)
		}
		if s.Best != nil && t.Number == *s.Best {
			s.best = &s.Trials[i]
		}
	}
	return s, nil
}

// showSearch shows the best trial against the parameters as declared, and what
// the trials say of the parameters.
func showSearch(cell *notebook.Cell, s *found) {
	cell.Heading("Search")
	states := map[tune.State]int{}
	for _, t := range s.Trials {
		states[t.State]++
	}
	text := fmt.Sprintf("%s trials (%s)", human.Int(len(s.Trials)), s.Sampler)
	if n := states[tune.Pruned]; n > 0 {
		text += fmt.Sprintf(", %d of them pruned", n)
	}
	if n := states[tune.Failed]; n > 0 {
		text += fmt.Sprintf(", %d failed", n)
	}
	declared := s.metric.Format(float64(s.Declared), s.unit)
	if s.best == nil {
		text += fmt.Sprintf(". None is better than the parameters as declared, with %s of %s.", s.metric.Title, declared)
	} else {
		text += fmt.Sprintf(". Trial %d is the best, with %s of %s against %s for the parameters as declared.",
			s.best.Number+1, s.metric.Title, s.metric.Format(s.best.Score, s.unit), declared)
	}
	cell.Markdown(text + " Scores are of the rows held out, and the best of many is flattered by chance.")
	if s.best != nil {
		cell.Table(s.comparison())
	}
	history := make([]float64, len(s.Trials))
	for i, t := range s.Trials {
		history[i] = math.NaN()
		if t.State == tune.Complete {
			history[i] = t.Score
		}
	}
	axis := axisTitle(s.metric, s.unit)
	lower := s.metric.Better == metrics.Lower
	history, beyond := legible(history, lower)
	frame := plots.Frame{Title: "How the search went", X: "trial", Y: axis}
	if beyond > 0 {
		frame.Subtitle = fmt.Sprintf("%s far worse drawn at the edge", human.Count(beyond, "trial"))
	}
	cell.Figure(plots.History(frame, history, lower))
	dimensions, scores := s.dimensions()
	if shares := tune.Importance(s.Space, s.Trials); shares != nil {
		var bars []plots.Bar
		for i, share := range shares {
			bars = append(bars, plots.Bar{Name: s.Space[i].Name, Value: 100 * share})
		}
		slices.SortStableFunc(bars, func(a, b plots.Bar) int { return cmp.Compare(b.Value, a.Value) })
		cell.Figure(plots.Bars(plots.Frame{Title: "How much each parameter matters",
			Subtitle: "share of the scores' variance that each explains by itself", X: "%"}, bars))
	}
	if len(scores) >= 5 {
		cell.Fold("Trials by parameters", func(cell *notebook.Cell) {
			if len(dimensions) > 1 {
				cell.Figure(plots.Parallel(plots.Frame{Title: "Trials by parameters", Y: axis}, dimensions, scores, lower))
			}
			scores, _ := legible(scores, lower)
			cell.Gallery(plots.Slices(plots.Frame{Y: axis}, dimensions, scores)...)
		})
	}
	cell.Fold("The best trials", func(cell *notebook.Cell) { cell.Table(s.table(10)) })
}

// legible gives the scores for a figure, where those far worse than the best
// three quarters would squeeze the others, and so are drawn in; it counts them.
func legible(scores []float64, lower bool) (drawn []float64, beyond int) {
	sorted := slices.DeleteFunc(slices.Clone(scores), math.IsNaN)
	if len(sorted) == 0 {
		return scores, 0
	}
	slices.Sort(sorted)
	if !lower {
		slices.Reverse(sorted)
	}
	best, most := sorted[0], sorted[(len(sorted)-1)*3/4]
	edge := best + 2*(most-best)
	drawn = slices.Clone(scores)
	for i, v := range drawn {
		if lower && v > edge || !lower && v < edge {
			drawn[i] = edge
			beyond++
		}
	}
	return drawn, beyond
}

// comparison sets the best trial beside the parameters as declared.
func (s *found) comparison() notebook.Table {
	t := notebook.Table{Caption: "The best trial against the parameters as declared",
		Columns: notebook.Columns("", "declared", fmt.Sprintf("trial %d", s.best.Number+1))}
	t.Row(notebook.Text(s.metric.Title), s.metric.Shown(float64(s.Declared), s.unit), s.metric.Shown(s.best.Score, s.unit))
	for i := range s.Space {
		t.Row(notebook.Text(s.Space[i].Name), setting(&s.Space[i], s.Start[i]), setting(&s.Space[i], s.best.Point[i]))
	}
	return t
}

// axisTitle names a metric's axis. Scores of a search stand on it as they are:
// shares of 1.
func axisTitle(m *metrics.Metric, unit string) string {
	switch {
	case m.Scale == metrics.OfTarget && unit != "":
		return m.Title + " (" + unit + ")"
	case m.Scale == metrics.Share:
		return m.Title + " (share)"
	}
	return m.Title
}

// dimensions gives the values of the complete trials for figures.
func (s *found) dimensions() (dimensions []plots.Dimension, scores []float64) {
	for i := range s.Space {
		p := &s.Space[i]
		d := plots.Dimension{Name: p.Name, Log: p.Scale == tune.Log, Levels: p.Choices}
		for _, t := range s.Trials {
			if t.State != tune.Complete {
				continue
			}
			v := float64(slices.Index(p.Choices, t.Point[i]))
			if p.Scale != tune.Choose {
				v, _ = strconv.ParseFloat(t.Point[i], 64)
			}
			d.Values = append(d.Values, v)
		}
		dimensions = append(dimensions, d)
	}
	for _, t := range s.Trials {
		if t.State == tune.Complete {
			scores = append(scores, t.Score)
		}
	}
	return dimensions, scores
}

// setting gives a parameter's value, which trials hold as it is written.
func setting(p *tune.Parameter, text string) notebook.Value {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || p.Scale == tune.Choose {
		return notebook.Text(text)
	}
	return notebook.Numeral(v, 0)
}

// table lists the best trials.
func (s *found) table(most int) notebook.Table {
	t := notebook.Table{Columns: []notebook.Column{{Name: "trial"}, s.metric.Column(s.unit)}}
	for i := range s.Space {
		t.Columns = append(t.Columns, notebook.Column{Name: s.Space[i].Name})
	}
	complete := slices.DeleteFunc(slices.Clone(s.Trials), func(t tune.Trial) bool { return t.State != tune.Complete })
	slices.SortStableFunc(complete, func(a, b tune.Trial) int {
		return cmp.Compare(s.metric.Improvement(b.Score, a.Score), 0)
	})
	for _, trial := range complete[:min(most, len(complete))] {
		row := []notebook.Value{notebook.Count(trial.Number + 1), s.metric.Shown(trial.Score, s.unit)}
		for i := range s.Space {
			row = append(row, setting(&s.Space[i], trial.Point[i]))
		}
		t.Row(row...)
	}
	if s.best != nil {
		t.Best = []int{0}
	}
	return t
}
