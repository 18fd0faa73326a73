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
	if m.Temperature > 1 {
		return text + "the model by itself is too sure."
	}
	return text + "the model by itself is not sure enough."
}
