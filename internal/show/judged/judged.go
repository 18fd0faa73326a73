// Package judged shows how models did on the test part: the cell of the notebook
// about an evaluation.
package judged

import (
	"context"
	"fmt"
	"math"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/evaluation"
	"labbook/internal/show/plots"
)

// Show lays a judgement out as blocks of a cell. Figures are drawn by at most
// cores goroutines.
func Show(ctx context.Context, judged *evaluation.Judgement, cell *notebook.Cell, cores int) error {
	j := page{judged}
	cell.Table(j.leaderboard())
	if len(j.Models) > 1 {
		cell.Fold("Models by "+j.Main.Title+", drawn", func(cell *notebook.Cell) { cell.Figure(j.intervals()) })
	}
	j.elsewhere(cell)
	cell.Findings(j.Findings...)
	j.skipped(cell)
	var err error
	if j.Task == metrics.Regression {
		err = j.regressionPage(ctx, cell, cores)
	} else {
		err = j.classificationPage(ctx, cell, cores)
	}
	if err != nil {
		return err
	}
	return j.learningPage(ctx, cell, cores)
}

type page struct{ *evaluation.Judgement }

// skipped lists the checks that could not be made.
func (j page) skipped(cell *notebook.Cell) {
	if len(j.Skipped) == 0 {
		return
	}
	cell.Fold(human.Count(len(j.Skipped), "check")+" not made", func(cell *notebook.Cell) {
		t := notebook.Table{Columns: notebook.Columns("code", "check", "why not")}
		for _, s := range j.Skipped {
			title := ""
			if check := checks.Lookup(s.Code); check != nil {
				title = check.Title
			}
			t.Row(notebook.Text(s.Code), notebook.Text(title), notebook.Text(s.Why))
		}
		cell.Table(t)
	})
}

// elsewhere says which members of the leaderboard are predictions alone, and what
// that means for the rest of the page.
func (j page) elsewhere(cell *notebook.Cell) {
	var names []string
	for i := range j.Models {
		if m := &j.Models[i]; m.Elsewhere {
			names = append(names, m.Stage)
		}
	}
	if len(names) == 0 {
		return
	}
	text := fmt.Sprintf("Of **%s** only predictions are known, made elsewhere: compared on the same rows, and not to be registered.", human.And(names))
	if j.Lead() > 0 {
		text += fmt.Sprintf(" What follows is about **%s**, the best model that can be asked.", j.Models[j.Lead()].Stage)
	}
	cell.Markdown(text)
}

// judgedOn says on what models were measured.
func (j page) judgedOn() string {
	if j.ByFolds() {
		return fmt.Sprintf("%s, each held out from models that were made again of others (%s)", human.Count(j.Rows, "row"), j.Judged)
	}
	return human.Count(j.Rows, "row") + " of the test part"
}

// where says where the leader is looked at.
func (j page) where() string {
	if j.ByFolds() {
		return "in folds"
	}
	return "on the test part"
}

// rowName heads the numbers of rows.
func (j page) rowName() string {
	if j.ByFolds() {
		return "row"
	}
	return "test row"
}

// leaderboard is the table of all models and metrics, best first. Models that
// tie with the leader share its place.
func (j page) leaderboard() notebook.Table {
	t := notebook.Table{Columns: notebook.Columns("", "model"), Best: []int{0}}
	t.Caption = fmt.Sprintf("%s, ordered by %s", j.judgedOn(), j.Main.Title)
	if j.Resamples > 0 {
		t.Caption += fmt.Sprintf("; [%.0f %% intervals] and comparisons by %s paired resamples", 100*j.Options.Level, human.Int(j.Resamples))
	}
	var shown []*metrics.Metric
	for _, v := range j.Models[j.Lead()].Metrics {
		m, _ := metrics.Lookup(v.Name)
		shown = append(shown, m)
		t.Columns = append(t.Columns, m.Column(j.Unit))
	}
	compared := len(j.Models) > 1
	if compared {
		t.Columns = append(t.Columns, notebook.Column{Name: "against the best"})
	}
	tied, first := 0, notebook.Count(1).Named("=")
	for i := range j.Models {
		model := &j.Models[i]
		place := notebook.Count(i + 1)
		if v := model.Versus; i > 0 && v != nil && v.Verdict == metrics.Tie && tied == i-1 {
			place, tied = first, i
		}
		row := []notebook.Value{place, notebook.Text(model.Stage)}
		for _, m := range shown {
			v, ok := model.Metric(m.Name)
			switch {
			case !ok:
				row = append(row, m.Shown(math.NaN(), ""))
			case m == j.Main && v.Low != nil:
				row = append(row, m.Within(v.Value, *v.Low, *v.High, j.Unit))
			default:
				row = append(row, m.Shown(v.Value, j.Unit))
			}
		}
		switch v := model.Versus; {
		case !compared:
		case i == 0 || v == nil:
			row = append(row, notebook.Value{})
		default:
			row = append(row, v.Shown(j.Unit))
		}
		t.Row(row...)
	}
	if tied > 0 {
		t.Rows[0][0] = first
	}
	return t
}

// intervals draws the primary metric of every model with its interval.
func (j page) intervals() *notebook.Figure {
	bars := make([]plots.Bar, 0, len(j.Models))
	for i := range j.Models {
		v, ok := j.Models[i].Metric(j.Main.Name)
		if !ok {
			continue
		}
		b := plots.Bar{Name: j.Models[i].Stage, Value: j.shown(v.Value), Strong: i == 0}
		if v.Low != nil {
			b.Low, b.High = j.shown(*v.Low), j.shown(*v.High)
		}
		bars = append(bars, b)
	}
	better := "further right is better"
	if j.Main.Better == metrics.Lower {
		better = "further left is better"
	}
	return plots.Intervals(plots.Frame{Title: "Models by " + j.Main.Title, Subtitle: better, X: j.axis(j.Main)}, bars)
}

// shown gives a value of the primary metric as axes show it.
func (j page) shown(v float64) float64 { return j.Main.Axis(j.Unit).At(v) }

// axis names a metric with its unit.
func (j page) axis(m *metrics.Metric) string { return m.Axis(j.Unit).Name }

func (j page) targetAxis(what string) string {
	if j.Unit != "" {
		return what + " " + j.Target + " (" + j.Unit + ")"
	}
	return what + " " + j.Target
}

// learningPage shows the learning curve and the importances.
func (j page) learningPage(ctx context.Context, cell *notebook.Cell, cores int) error {
	var draw []func() *notebook.Figure
	if len(j.Importance) > 0 {
		draw = append(draw, j.importances)
	}
	if len(j.Curve) > 0 {
		draw = append(draw, j.learningCurve)
	}
	if len(draw) == 0 {
		return nil
	}
	figures, err := plots.Draw(ctx, cores, draw...)
	cell.Heading("What it learns from")
	if len(figures) == 1 {
		cell.Figure(figures[0])
	} else {
		cell.Gallery(figures...)
	}
	if n := len(j.Importance); n > mostBars {
		cell.Fold(fmt.Sprintf("All %d columns", n), func(inner *notebook.Cell) {
			worse := j.Main.Column(j.Unit)
			worse.Name += " worse by"
			t := notebook.Table{Columns: []notebook.Column{{Name: "column"}, worse}}
			for _, i := range j.Importance[:min(n, 300)] {
				t.Row(notebook.Text(i.Column), j.Main.PlusMinus(float64(i.Worse), float64(i.StdDev), j.Unit))
			}
			inner.Table(t)
		})
	}
	return err
}

// mostBars is how many columns the importance figure shows.
const mostBars = 20

func (j page) importances() *notebook.Figure {
	bars := make([]plots.Bar, 0, mostBars)
	for _, i := range j.Importance[:min(len(j.Importance), mostBars)] {
		bars = append(bars, plots.Bar{Name: i.Column, Value: j.shown(float64(i.Worse)),
			Low: j.shown(float64(i.Worse - i.StdDev)), High: j.shown(float64(i.Worse + i.StdDev))})
	}
	subtitle := j.Models[j.Lead()].Stage + ": how much worse when a column is shuffled"
	return plots.Bars(plots.Frame{Title: "Permutation importance", Subtitle: subtitle, X: j.axis(j.Main) + " worse by"}.Half(), bars)
}

func (j page) learningCurve() *notebook.Figure {
	line := plots.Line{Name: j.Models[j.Lead()].Stage, Dots: true}
	for _, p := range j.Curve {
		line.X, line.Y = append(line.X, float64(p.Rows)), append(line.Y, j.shown(float64(p.Value)))
		line.Low, line.High = append(line.Low, j.shown(float64(p.Low))), append(line.High, j.shown(float64(p.High)))
	}
	return plots.Lines(plots.Frame{Title: "Learning curve", Subtitle: j.Models[j.Lead()].Stage + " on the test part, by how much it learned from",
		X: "training rows", Y: j.axis(j.Main), LogX: true}.Half(), []plots.Line{line}, plots.Free, false)
}

// breakdowns shows the leader's error by category.
func (j page) breakdowns(ctx context.Context, cell *notebook.Cell, cores int, what string) error {
	all := j.ByCategory()
	if len(all) == 0 {
		return nil
	}
	draw := make([]func() *notebook.Figure, len(all))
	for k, b := range all {
		draw[k] = func() *notebook.Figure {
			bars := make([]plots.Bar, 0, len(b.Slices))
			for _, s := range b.Slices[:min(len(b.Slices), 24)] {
				bars = append(bars, plots.Bar{Name: s.Name, Value: j.errorShown(s.Error), Rows: s.Rows,
					Low: j.errorShown(max(s.Error-1.96*s.Noise, 0)), High: j.errorShown(s.Error + 1.96*s.Noise)})
			}
			return plots.Bars(plots.Frame{Title: "Error by " + b.Column, Subtitle: what + " · test rows", X: j.errorAxis()}.Half(), bars)
		}
	}
	figures, err := plots.Draw(ctx, cores, draw...)
	cell.Heading("Where it errs")
	cell.Gallery(figures...)
	return err
}

// errorShown and errorAxis show errors per row: in the target's
// unit, or the share of wrong classes in per cent.
func (j page) errorShown(v float64) float64 {
	if j.Task == metrics.Classification {
		return 100 * v
	}
	return v
}

func (j page) errorAxis() string {
	switch {
	case j.Task == metrics.Classification:
		return "wrong (%)"
	case j.Unit != "":
		return "mean absolute error (" + j.Unit + ")"
	}
	return "mean absolute error"
}
