package judged

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/evaluation"
	"labbook/internal/show/plots"
)

// mostCurves is how many lines a figure of curves holds.
const mostCurves = 8

func (j page) classificationPage(ctx context.Context, cell *notebook.Cell, cores int) error {
	leader, s := j.Models[j.Lead()].Stage, j.Samples[j.Lead()]
	confusion := metrics.NewConfusion(s)
	if len(j.Samples) > 1 {
		if text := j.mcNemar(); text != "" {
			cell.Markdown(text)
		}
	}
	draw := []func() *notebook.Figure{
		func() *notebook.Figure {
			if len(j.Classes) > 60 {
				return nil
			}
			return plots.ConfusionMatrix(plots.Frame{Title: "Confusion matrix", Subtitle: leader + " · rows are the true classes", X: "predicted class"}, confusion)
		},
		func() *notebook.Figure { return j.calibration() },
		func() *notebook.Figure {
			return j.curves(plots.Frame{Title: "ROC curve", X: "false positive rate", Y: "true positive rate"}.Half(), metrics.ROC, true)
		},
		func() *notebook.Figure {
			return j.curves(plots.Frame{Title: "Precision and recall", X: "recall", Y: "precision"}.Half(), metrics.PrecisionRecall, false)
		},
	}
	figures, err := plots.Draw(ctx, cores, draw...)
	if err != nil {
		return err
	}
	if t, ok := j.decisionTable(); ok {
		cell.Table(t)
	}
	if t, ok := j.setsTable(); ok {
		cell.Table(t)
	}
	cell.Heading("The leader " + j.where() + ": " + leader)
	cell.Table(perClassTable(confusion))
	if t, ok := j.byClass(); ok {
		cell.Table(t)
	}
	cell.Gallery(figures...)
	if err := j.breakdowns(ctx, cell, cores, leader+": share of wrong classes"); err != nil {
		return err
	}
	if len(j.Mistakes) > 0 {
		cell.Heading("Most confident mistakes")
		cell.Table(j.mistakes())
	}
	if len(j.Classes) <= 60 {
		cell.Fold("Confusion matrix as a table", func(inner *notebook.Cell) { inner.Table(confusionTable(confusion)) })
	}
	return nil
}

// mcNemar compares which rows the leader and the runner-up got right; "" where these
// are the same.
func (j page) mcNemar() string {
	first, second := metrics.Discordant(j.Samples[0], j.Samples[1])
	if first+second == 0 {
		return ""
	}
	p := metrics.McNemar(first, second)
	text := fmt.Sprintf("%s that just one of the two best gets right: %s for the first, %s for the second (McNemar's exact p = ",
		human.Count(first+second, "row"), human.Int(first), human.Int(second))
	if p < 0.001 {
		return text + "under 0.001)."
	}
	return text + fmt.Sprintf("%.3f).", p)
}

func perClassTable(c *metrics.Confusion) notebook.Table {
	t := notebook.Table{Columns: notebook.Columns("class", "precision", "recall", "F1", "rows", "predicted")}
	for _, p := range c.PerClass() {
		t.Row(notebook.Text(shorten(p.Class, 60)), notebook.Fixed(p.Precision, 3), notebook.Fixed(p.Recall, 3), notebook.Fixed(p.F1, 3),
			notebook.Count(int(p.Support)), notebook.Count(int(p.Predicted)))
	}
	return t
}

func confusionTable(c *metrics.Confusion) notebook.Table {
	t := notebook.Table{Caption: "Rows are the true classes, columns the predicted ones", Columns: notebook.Columns("")}
	for i, name := range c.Classes {
		t.Columns = append(t.Columns, notebook.Column{Name: shorten(name, 30)})
		row := []notebook.Value{notebook.Text(shorten(name, 40))}
		for _, n := range c.Counts[i] {
			var count notebook.Value // that is not one is easier to see where zeros are none
			if n > 0 {
				count = notebook.Count(int(n))
			}
			row = append(row, count)
		}
		t.Row(row...)
	}
	return t
}

// calibration draws confidence against accuracy for the best models.
func (j page) calibration() *notebook.Figure {
	var series []plots.Line
	for i, s := range j.Samples[:min(len(j.Samples), 4)] {
		if s.Probabilities == nil {
			continue // classes alone, made elsewhere
		}
		line := plots.Line{Name: j.Models[i].Stage, Dots: true}
		for _, b := range metrics.Calibration(s, j.Options.CalibrationBin) {
			line.X, line.Y = append(line.X, b.Confidence), append(line.Y, b.Accuracy)
		}
		series = append(series, line)
	}
	return plots.Lines(plots.Frame{Title: "Calibration", Subtitle: "above the diagonal: better than it claims",
		X: "confidence in the predicted class", Y: "share that was right"}.Half(), series, plots.Unit, true)
}

// curves draws a curve of the second of two classes for every model, or of
// each class against the rest for the leader: of many classes, those it finds
// worst.
func (j page) curves(f plots.Frame, curve func(*metrics.Sample, int) []metrics.Point, diagonal bool) *notebook.Figure {
	var series []plots.Line
	add := func(name string, points []metrics.Point) {
		if points == nil {
			return
		}
		line := plots.Line{Name: name}
		for _, p := range points {
			line.X, line.Y = append(line.X, p.X), append(line.Y, p.Y)
		}
		series = append(series, line)
	}
	if len(j.Classes) == 2 {
		f.Subtitle = "finding " + shorten(j.Classes[1], 40)
		for i, s := range j.Samples[:min(len(j.Samples), mostCurves)] {
			if s.Probabilities != nil {
				add(j.Models[i].Stage, curve(s, 1))
			}
		}
		return plots.Lines(f, series, plots.Unit, diagonal)
	}
	per := metrics.NewConfusion(j.Samples[j.Lead()]).PerClass()
	order := make([]int, 0, len(per))
	for c, p := range per {
		if p.Support > 0 {
			order = append(order, c)
		}
	}
	f.Subtitle = j.Models[j.Lead()].Stage + ": each class against the rest"
	if len(order) > mostCurves {
		f.Subtitle = fmt.Sprintf("%s: the %d classes it finds worst, against the rest", j.Models[j.Lead()].Stage, mostCurves)
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case per[a].F1 < per[b].F1:
				return -1
			case per[a].F1 > per[b].F1:
				return 1
			}
			return 0
		})
		order = order[:mostCurves]
		slices.Sort(order)
	}
	for _, c := range order {
		add(j.Classes[c], curve(j.Samples[j.Lead()], c))
	}
	return plots.Lines(f, series, plots.Unit, diagonal)
}

// mistakes lists the rows of which the leader was surest and wrong.
func (j page) mistakes() notebook.Table {
	s := j.Samples[j.Lead()]
	t := notebook.Table{Caption: "A mistake it is sure of may be a wrong label",
		Columns: notebook.Columns(j.rowName(), "actual", "predicted", "confidence", "in the actual")}
	known := j.known(5)
	told := slices.ContainsFunc(j.Mistakes, func(m evaluation.Mistake) bool { return m.Told })
	if told {
		t.Columns = append(t.Columns, notebook.Columns("for the predicted", "for the actual")...)
	}
	for _, c := range known {
		t.Columns = append(t.Columns, notebook.Column{Name: c.Name})
	}
	for _, m := range j.Mistakes {
		said, actual := j.Classes[int(s.Predicted[m.Row])], j.Classes[int(s.Actual[m.Row])]
		confidence, inActual := j.Confidence(m.Row)
		row := []notebook.Value{notebook.Count(j.Places[m.Row] + 1), notebook.Text(shorten(actual, 40)), notebook.Text(shorten(said, 40)),
			notebook.Percent(confidence, 1), notebook.Percent(inActual, 1)}
		if told {
			row = append(row, speakers(m.Said), speakers(m.Actual))
		}
		for _, c := range known {
			row = append(row, seen(c, m.Row))
		}
		t.Row(row...)
	}
	return t
}

// speakers lists the columns that speak for a class.
func speakers(pulls []evaluation.Pull) notebook.Value {
	if len(pulls) == 0 {
		return notebook.Text("nothing")
	}
	columns := make([]notebook.Value, len(pulls))
	for i, p := range pulls {
		columns[i] = notebook.Numeral(float64(p.Value), 2).Signed().Named(p.Column)
	}
	return notebook.Items(columns...)
}

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	s = strings.Join(strings.Fields(s[:min(len(s), 8*limit)]), " ")
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}
