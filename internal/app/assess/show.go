package assess

import (
	"context"
	"fmt"
	"math"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/show/judged"
	"labbook/internal/show/plots"
)

// Words says in a sentence on what the version was judged.
func (a *Answer) Words() string {
	text := fmt.Sprintf("%s (%s)", a.Models[0].Version, a.Models[0].Estimator)
	if a.Models[0].Champion {
		text += ", the champion,"
	}
	return text + fmt.Sprintf(" on %s of %s", human.Count(a.Rows, "row"), a.File)
}

// Metrics is the table of all metrics, with how the version that was asked about
// does against each of the others.
func (a *Answer) Metrics() notebook.Table {
	t := notebook.Table{Columns: notebook.Columns("metric")}
	for i, m := range a.Models {
		name := m.Version
		if m.Champion {
			name += ", champion"
		}
		t.Columns = append(t.Columns, notebook.Column{Name: name})
		if i > 0 {
			t.Columns = append(t.Columns, notebook.Column{Name: "against it"})
		}
	}
	for k, v := range a.Models[0].Metrics {
		metric, _ := metrics.Lookup(v.Name)
		row := []notebook.Value{notebook.Text(metric.Title), v.Shown()}
		for _, m := range a.Models[1:] {
			value, versus := metric.Shown(math.NaN(), ""), notebook.Value{}
			for _, other := range m.Metrics {
				if other.Name == v.Name {
					value = other.Shown()
				}
			}
			for i := range m.Versus {
				if m.Versus[i].Metric == v.Name {
					versus = m.Versus[i].Shown(a.Unit)
				}
			}
			row = append(row, value, versus)
		}
		t.Row(row...)
		if v.Name == a.Primary {
			t.Best = []int{k}
		}
	}
	return t
}

// Table is how the versions do on the parts of the rows that a column makes.
func (a *Answer) Table(by By) notebook.Table {
	t := notebook.Table{Caption: fmt.Sprintf("%s by %s", a.metric.Title, by.Column), Columns: notebook.Columns(by.Column, "rows")}
	if len(a.Models) > 1 {
		t.Caption += "; what differs beyond noise does so for all parts together"
	}
	for i, m := range a.Models {
		t.Columns = append(t.Columns, notebook.Column{Name: m.Version, Unit: a.metric.Column(a.Unit).Unit})
		if i > 0 {
			t.Columns = append(t.Columns, notebook.Column{Name: "against it"})
		}
	}
	for _, part := range by.Parts {
		row := []notebook.Value{notebook.Text(human.Clip(part.Name, 60)), notebook.Count(part.Rows)}
		for i, v := range part.Values {
			value, versus := a.metric.Shown(math.NaN(), ""), notebook.Value{}
			if v != nil {
				value = v.Shown()
			}
			if part.Versus[i] != nil {
				versus = part.Versus[i].Shown(a.Unit)
			}
			row = append(row, value)
			if i > 0 {
				row = append(row, versus)
			}
		}
		t.Row(row...)
	}
	return t
}

// figure draws the parts for the version that was asked about.
func (a *Answer) figure(by By) *notebook.Figure {
	axis := a.metric.Axis(a.Unit)
	var bars []plots.Bar
	for _, part := range by.Parts {
		if v := part.Values[0]; v != nil {
			low, high := v.Ends()
			bars = append(bars, plots.Bar{Name: part.Name, Value: axis.At(v.Value), Low: axis.At(low), High: axis.At(high), Rows: part.Rows})
		}
	}
	return plots.Intervals(plots.Frame{Title: a.metric.Title + " by " + by.Column, Subtitle: a.Models[0].Version, X: axis.Name}, bars)
}

// Cell lays the answer out for a notebook. Figures are drawn by at most cores
// goroutines.
func (a *Answer) Cell(ctx context.Context, cores int) (*notebook.Cell, error) {
	cell := &notebook.Cell{}
	cell.Markdown("**" + a.Models[0].Version + "** on " + human.Count(a.Rows, "row") + ".")
	cell.Findings(a.Findings...)
	cell.Table(a.Metrics())
	for _, by := range a.Segments {
		cell.Heading("By " + by.Column)
		cell.Figure(a.figure(by))
		cell.Table(a.Table(by))
	}
	cell.Heading("In detail")
	shown := *a.judged
	shown.Findings = nil // said above
	return cell, judged.Show(ctx, &shown, cell, cores)
}
