package stages

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/facts"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/show/plots"
	"labbook/models/bundle"
	"labbook/models/ensemble"
	"labbook/models/estimator"
	"labbook/models/training"
	"labbook/runner/stage"
)

// showTraining shows what was learned, how well it does on rows held out, and how
// its parameters were found.
func showTraining(s *stage.Shown) error {
	b, err := bundle.Open(s.Out)
	if err != nil {
		return err
	}
	var t training.Facts
	if err := openFacts(s.Out, training.FileTraining, &t); err != nil {
		return err
	}
	found, err := openSearch(s.Out, b.Features.Target.Unit)
	if err != nil {
		return err
	}
	cell := s.Cell
	title := fmt.Sprintf("**%s** on %s rows and %s columns", b.Estimator, human.Int(b.Rows), human.Int(len(b.Features.Names())))
	if b.Transform != bundle.None {
		title += fmt.Sprintf(", learning the %s of %s", b.Transform, b.Features.Target.Name)
	}
	if len(t.Validation) > 0 {
		title += "; measured on training rows held out"
	}
	cell.Markdown(title + ".")
	if _, own := b.Lineage["split"]; own {
		cell.Fold("Features", func(cell *notebook.Cell) { cell.Table(becomes(b.Features, b.Rows)) })
	}
	cell.Findings(t.Findings...)
	if len(t.Validation) > 0 && len(t.Validation[0].Each) > 1 {
		cell.Table(validationTable(t.Validation, b.Features.Target.Unit))
	}
	if len(t.Members) > 0 {
		cell.Table(membersTable(&t, b.Features.Target.Unit))
	}
	if v := b.Interval; v != nil {
		cell.Markdown(intervalWords(v, b.Transform, b.Features.Classes != nil))
	}
	showCalibration(cell, b.Calibration, t.Calibration)
	showThreshold(cell, t.Threshold)
	if v := b.Bounds; v != nil {
		span := human.Digits(v.Low, 4) + " to " + human.Digits(v.High, 4) + " " + b.Features.Target.Unit
		cell.Markdown("Predictions stay within what was seen: **" + strings.TrimSpace(span) + "**.")
	}
	if t.Blend != nil {
		if err := showBlend(s, b, t.Blend); err != nil {
			return err
		}
	}
	if found != nil {
		showSearch(cell, found)
	}
	if s, ok := b.Model.(estimator.Summarizer); ok && len(t.Members) == 0 {
		learned := notebook.Table{Caption: "Learned", Columns: notebook.Columns("", "")}
		for _, l := range s.Summary() {
			if l.Name != "training rows" && l.Name != "columns" { // the first sentence has them
				learned.Row(notebook.Text(l.Name), l.Value)
			}
		}
		if len(learned.Rows) > 0 {
			cell.Table(learned)
		}
	}
	if m, ok := b.Model.(estimator.Importances); ok {
		names, values := b.Features.Names(), m.Importances()
		if b.Features.Views() != nil {
			names, values = byReason(b.Features, values)
		}
		showImportances(cell, names, values)
	}
	if m, ok := b.Model.(estimator.Coefficients); ok {
		showCoefficients(cell, m.Coefficients(), b.Features.Classes)
	}
	if _, own := b.Lineage["split"]; own || found != nil || t.Blend != nil {
		if err := showFound(s, b); err != nil {
			return err
		}
	}
	if len(b.Params) > 0 {
		cell.Fold("Parameters", func(cell *notebook.Cell) {
			t := notebook.Table{Columns: notebook.Columns("", "")}
			for _, path := range sorted(b.Params) {
				t.Row(notebook.Text(path), notebook.Text(b.Params[path]))
			}
			cell.Table(t)
		})
	}
	return nil
}

// intervalWords says how wide the intervals are, or when a class is in a set, and
// why.
func intervalWords(v *bundle.Ranges, t bundle.Transform, classes bool) string {
	how := "a share held out once"
	if v.Folds > 0 {
		how = fmt.Sprintf("%d folds", v.Folds)
	}
	what, from := "Prediction intervals", "the errors on "
	if classes {
		what, from = "Prediction sets", "what was said of the true class of "
	}
	text := fmt.Sprintf("**%s at %g %%**, conformal, from %s%s training rows held out (%s)", what, 100*v.Level, from, human.Int(v.Rows), how)
	switch {
	case classes:
		text += fmt.Sprintf("; a class is in the set from a probability of %s on, and the likeliest always", human.Digits(1-v.Reach, 3))
	case v.Local:
		text += "; each is as wide as errors of such rows are expected to be"
	case t == bundle.Log:
		text += fmt.Sprintf("; each goes from %.1f %% below the prediction to %.1f %% above it", 100*(1-math.Exp(-v.Reach)), 100*(math.Exp(v.Reach)-1))
	}
	if v.Abstain {
		text += "; where the set is not one class alone, no label is given"
	}
	if v.Units > 0 {
		return text + fmt.Sprintf(". They hold for groups, or moments, like the %s that were held out, each counting the same.", human.Int(v.Units))
	}
	return text + ". They hold for rows drawn as the training rows were."
}

// validationTable shows how the model did over folds, with their spread. What it did
// on all of them, or on one share held out, are the stage's metrics.
func validationTable(judged []training.Judgement, unit string) notebook.Table {
	t := notebook.Table{Caption: "Over the folds", Columns: notebook.Columns("metric", "mean")}
	for _, j := range judged {
		metric, ok := metrics.Lookup(j.Metric)
		if !ok {
			continue
		}
		mean, deviation := spread(facts.Values(j.Each))
		t.Row(notebook.Text(metric.Title), metric.PlusMinus(mean, deviation, unit))
	}
	return t
}

// spread gives the mean and the sample's standard deviation.
func spread(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(values)-1))
}

// showImportances draws the first kind of importance by name, and lists all.
func showImportances(cell *notebook.Cell, columns []string, values map[string][]float64) {
	if len(columns) == 0 || len(values) == 0 {
		return
	}
	names := sorted(values)
	main := names[0]
	for _, preferred := range []string{ensemble.Share, "gain", "coefficient"} {
		if _, ok := values[preferred]; ok {
			main = preferred
			break
		}
	}
	order := make([]int, len(columns))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(values[main][b]), math.Abs(values[main][a])) })
	order = order[:min(20, len(order))]
	var bars []plots.Bar
	for _, j := range order {
		bars = append(bars, plots.Bar{Name: columns[j], Value: values[main][j]})
	}
	subtitle := map[string]string{
		"gain":         "drop of the loss by splits on each column",
		"coefficient":  "effect of one standard deviation of each column",
		ensemble.Share: "share of what a member's columns count for it, times its weight",
	}[main]
	if slices.ContainsFunc(bars, func(b plots.Bar) bool { return b.Value < 0 }) {
		subtitle += "; to the left it lowers the prediction"
	}
	cell.Figure(plots.Bars(plots.Frame{Title: "What counts", Subtitle: subtitle, X: main}, bars))
	if len(names) == 1 {
		return
	}
	cell.Fold("Importances", func(cell *notebook.Cell) {
		t := notebook.Table{Columns: notebook.Columns(append([]string{"column"}, names...)...)}
		for _, j := range order {
			row := []notebook.Value{notebook.Text(columns[j])}
			for _, name := range names {
				row = append(row, notebook.Measure(values[name][j], 4))
			}
			t.Row(row...)
		}
		cell.Table(t)
	})
}

// showCoefficients lists the weights, of a classification those that pull most.
func showCoefficients(cell *notebook.Cell, all []estimator.Coefficient, classes []string) {
	const most = 60
	slices.SortStableFunc(all, func(a, b estimator.Coefficient) int {
		if len(all) <= most {
			return 0
		}
		return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value))
	})
	summary := "Coefficients"
	if len(all) > most {
		summary = fmt.Sprintf("The %d largest of %s coefficients", most, human.Int(len(all)))
		all = all[:most]
	}
	t := notebook.Table{Columns: notebook.Columns("column", "coefficient", "std. error", "t")}
	if classes != nil {
		t.Columns = notebook.Columns("class", "column", "coefficient")
	}
	for _, k := range all {
		column, weight := notebook.Text(k.Column), notebook.Measure(k.Value, 5)
		switch {
		case classes != nil:
			t.Row(notebook.Text(classes[k.Output]), column, weight)
		case k.StdErr > 0:
			t.Row(column, weight, notebook.Measure(k.StdErr, 4), notebook.Measure(k.Value/k.StdErr, 3))
		default:
			t.Row(column, weight, notebook.Value{}, notebook.Value{})
		}
	}
	cell.Fold(summary, func(cell *notebook.Cell) { cell.Table(t) })
}

// sorted gives the keys of a map in order.
func sorted[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
