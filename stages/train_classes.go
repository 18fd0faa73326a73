package stages

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/show/plots"
	"labbook/models/calibration"
	"labbook/models/training"
)

// showCalibration shows how probabilities of rows held out came true, before and
// after; nothing where they were not calibrated.
func showCalibration(cell *notebook.Cell, m *calibration.Map, seen *training.CalibrationFacts) {
	if m == nil || seen == nil {
		return
	}
	cell.Markdown(calibrationWords(m))
	t := notebook.Table{Caption: "Probabilities on training rows held out; each row after a calibration by others", Columns: notebook.Columns("metric", "before", "after")}
	row := func(name string, before, after float64) {
		metric, _ := metrics.Lookup(name)
		t.Row(notebook.Text(metric.Title), metric.Shown(before, ""), metric.Shown(after, ""))
	}
	row("log_loss", float64(seen.Before.LogLoss), float64(seen.After.LogLoss))
	row("calibration_error", float64(seen.Before.Error), float64(seen.After.Error))
	cell.Table(t)
	cell.Figure(plots.Lines(plots.Frame{Title: "Calibration", Subtitle: "above the diagonal: better than it claims",
		X: "confidence in the likeliest class", Y: "share that was right"},
		[]plots.Line{calibrationLine("before", seen.Before.Bins), calibrationLine("after", seen.After.Bins)}, plots.Unit, true))
}

// calibrationLine is how often a model was right where it was so sure.
func calibrationLine(name string, bins []metrics.Bin) plots.Line {
	line := plots.Line{Name: name, Dots: true}
	for _, b := range bins {
		line.X, line.Y = append(line.X, b.Confidence), append(line.Y, b.Accuracy)
	}
	return line
}

// calibrationWords says what was done to probabilities, and what that means.
func calibrationWords(m *calibration.Map) string {
	on := fmt.Sprintf(", from %s held out", human.Count(m.Rows, "training row"))
	if m.Method == calibration.Isotonic {
		return "**Probabilities are calibrated** by a rising curve for each class" + on + "."
	}
	text := fmt.Sprintf("**Probabilities are calibrated** by a temperature of %s%s: ", human.Digits(m.Temperature, 3), on)
	switch {
	case m.Temperature > 1.05:
		return text + "the model by itself is too sure."
	case m.Temperature < 0.95:
		return text + "the model by itself is not sure enough."
	}
	return text + "the model by itself is about as sure as it may be."
}

// showThreshold shows how the threshold was chosen; nothing where there is none.
func showThreshold(cell *notebook.Cell, f *training.ThresholdFacts) {
	if f == nil {
		return
	}
	cell.Markdown(fmt.Sprintf("**%s is predicted from a probability of %s on**: %s. Of other rows like the %s held out it may come to %s to %s (%.0f %% interval).",
		f.Positive, human.Digits(float64(f.At), 3), f.Words(), human.Int(f.Rows), human.Digits(float64(f.Low), 3), human.Digits(float64(f.High), 3), 100*f.Level))
	frame := plots.Frame{Title: "Threshold", Subtitle: "on training rows held out, with 95 % intervals; the dots are the one chosen", X: "threshold for " + f.Positive, Y: "precision and recall"}
	if f.Costs != nil {
		frame.Y = "costs per row"
	}
	var lines []plots.Line
	for _, c := range f.Curves {
		line := plots.Line{Name: c.Name}
		chosen := plots.Line{Name: c.Name + " chosen", Dots: true}
		for _, p := range c.Points {
			line.X, line.Y = append(line.X, float64(p.At)), append(line.Y, float64(p.Value))
			line.Low, line.High = append(line.Low, float64(p.Low)), append(line.High, float64(p.High))
			if p.At == f.At {
				chosen.X, chosen.Y = []float64{float64(p.At)}, []float64{float64(p.Value)}
			}
		}
		lines = append(lines, line, chosen)
	}
	cell.Figure(plots.Lines(frame, lines, plots.Free, false))
}
