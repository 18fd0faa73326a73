package judged

import (
	"context"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/show/plots"
)

func (j page) regressionPage(ctx context.Context, cell *notebook.Cell, cores int) error {
	leader, s := j.Models[j.Lead()].Stage, j.Samples[j.Lead()]
	residuals := make([]float64, s.Rows())
	for i, y := range s.Actual {
		residuals[i] = s.Predicted[i] - y
	}
	deciles := j.ByDecile()
	draw := []func() *notebook.Figure{
		func() *notebook.Figure {
			return plots.Scatter(plots.Frame{Title: "Predicted against actual", Subtitle: leader,
				X: j.targetAxis("actual"), Y: j.targetAxis("predicted")}.Half(), s.Actual, s.Predicted, plots.Cloud{Diagonal: true})
		},
		func() *notebook.Figure {
			return plots.Scatter(plots.Frame{Title: "Residuals", Subtitle: leader,
				X: j.targetAxis("predicted"), Y: j.targetAxis("predicted − actual")}.Half(), s.Predicted, residuals, plots.Cloud{Zero: true, Trend: true})
		},
		func() *notebook.Figure {
			return plots.Histogram(plots.Frame{Title: "How residuals are spread", Subtitle: leader,
				X: j.targetAxis("predicted − actual"), Y: "test rows"}.Half(), residuals)
		},
		func() *notebook.Figure {
			bars := make([]plots.Bar, 0, 10)
			for _, d := range deciles {
				bars = append(bars, plots.Bar{Name: d.Name, Value: d.Error, Low: max(d.Error-1.96*d.Noise, 0), High: d.Error + 1.96*d.Noise})
			}
			return plots.Columns(plots.Frame{Title: "Error by tenths of " + j.Target, Subtitle: leader,
				X: j.targetAxis("from"), Y: j.errorAxis()}.Half(), bars)
		},
	}
	figures, err := plots.Draw(ctx, cores, draw...)
	if err != nil {
		return err
	}
	cell.Heading("The leader " + j.where() + ": " + leader)
	cell.Gallery(figures...)
	if t, ok := j.coverageTable(); ok {
		cell.Table(t)
	}
	if err := j.breakdowns(ctx, cell, cores, leader+": mean absolute error"); err != nil {
		return err
	}
	cell.Fold("Error by tenths of "+j.Target+", as a table", func(inner *notebook.Cell) { inner.Table(j.decileTable(deciles)) })
	if j.Options.Mistakes > 0 {
		cell.Fold("Largest errors", func(inner *notebook.Cell) { inner.Table(j.largestErrors(residuals)) })
	}
	if len(j.Samples) > 1 {
		return j.othersPage(ctx, cell, cores)
	}
	return nil
}

func (j page) decileTable(deciles []evaluation.Slice) notebook.Table {
	t := notebook.Table{Caption: "Bias is predicted less actual, on average",
		Columns: notebook.Columns(j.targetAxis("from"), "rows", j.errorAxis(), "bias")}
	for _, d := range deciles {
		t.Row(notebook.Text(d.Name), notebook.Count(d.Rows), notebook.Measure(d.Error, 4), notebook.Measure(d.Bias, 3).Signed())
	}
	return t
}

// largestErrors lists the rows furthest off, with what was known of them.
func (j page) largestErrors(residuals []float64) notebook.Table {
	order := make([]int, len(residuals))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch x, y := math.Abs(residuals[a]), math.Abs(residuals[b]); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return a - b
	})
	t := notebook.Table{Columns: notebook.Columns(j.rowName(), "actual", "predicted", "error")}
	known := j.known(8)
	for _, c := range known {
		t.Columns = append(t.Columns, notebook.Column{Name: c.Name})
	}
	for _, i := range order[:min(len(order), j.Options.Mistakes)] {
		s := j.Samples[j.Lead()]
		row := []notebook.Value{notebook.Count(j.Places[i] + 1), notebook.Measure(s.Actual[i], 4), notebook.Measure(s.Predicted[i], 4),
			notebook.Measure(residuals[i], 3).Signed()}
		for _, c := range known {
			row = append(row, seen(c, i))
		}
		t.Row(row...)
	}
	return t
}

// known gives up to n columns that the leader reads, the most important first.
func (j page) known(n int) []*table.Column {
	names := make([]string, 0, len(j.Importance))
	for _, i := range j.Importance {
		names = append(names, i.Column)
	}
	if len(names) == 0 {
		names = j.Models[j.Lead()].Inputs
	}
	var columns []*table.Column
	for _, name := range names {
		if c := j.Table.Column(name); c != nil && len(columns) < n {
			columns = append(columns, c)
		}
	}
	return columns
}

// seen gives a value of the test part.
func seen(c *table.Column, i int) notebook.Value {
	letters := 40
	if c.Type == table.Text {
		letters = 120
	}
	return c.Shown(i, 4, letters)
}

// othersPage shows the other models' predictions, small.
func (j page) othersPage(ctx context.Context, cell *notebook.Cell, cores int) error {
	var draw []func() *notebook.Figure
	for i := 1; i < len(j.Samples) && i <= 8; i++ {
		draw = append(draw, func() *notebook.Figure {
			frame := plots.Frame{Title: j.Models[i].Stage, X: j.targetAxis("actual"), Y: j.targetAxis("predicted")}.Small()
			return plots.Scatter(frame, j.Samples[i].Actual, j.Samples[i].Predicted, plots.Cloud{Diagonal: true})
		})
	}
	figures, err := plots.Draw(ctx, cores, draw...)
	cell.Fold(fmt.Sprintf("Predicted against actual for the other %d", len(j.Samples)-1), func(inner *notebook.Cell) { inner.Gallery(figures...) })
	return err
}
