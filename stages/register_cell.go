package stages

import (
	"fmt"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/plots"
	"labbook/internal/store/registry"
	"labbook/runner/stage"
)

// showRegistered fills the cell: the decision, the candidates, and how the
// metric went over the versions. Versions that came later are left out, so
// that executing again gives the same cell.
func showRegistered(c *stage.Context, reg *registry.Registry, best *candidate, version *record.Version) error {
	all, err := reg.Versions(c, version.Model)
	if err != nil {
		return err
	}
	c.Cell().Markdown(fmt.Sprintf("**%s** is version %d of **%s**.", best.Stage, version.Version, version.Model))
	c.Cell().Findings(notebook.Finding{Level: "info", Text: version.Decision})
	c.Cell().Table(candidateTable(best))
	c.Cell().Heading("Versions")
	c.Cell().Table(versionTable(best.metric, all[:version.Version]))
	if figure := versionFigure(best, all[:version.Version]); figure != nil {
		c.Cell().Figure(figure)
	}
	return nil
}

// candidateTable lists the evaluation's models in its own order.
func candidateTable(best *candidate) notebook.Table {
	t := notebook.Table{
		Caption: "Candidates by " + best.metric.Title,
		Columns: []string{"Stage", "Estimator", best.metric.Title, "Against the others"},
		Align:   "llrl",
	}
	for i := range best.from.Models {
		m := &best.from.Models[i]
		text, versus := "–", ""
		if v, ok := m.Metric(best.metric.Name); ok {
			text = v.Format()
		}
		if m.Versus != nil && m.Versus.Metric == best.metric.Name {
			versus = m.Versus.Words
		}
		if m == best.Model {
			t.Best = append(t.Best, i)
		}
		t.Rows = append(t.Rows, []string{m.Stage, m.Estimator, text, versus})
	}
	return t
}

// versionTable lists versions, the newest first, as they were registered: what
// people promoted or rolled back since is not the stage's own.
func versionTable(metric *metrics.Metric, versions []*record.Version) notebook.Table {
	t := notebook.Table{
		Columns: []string{"Version", "Stage", "Estimator", metric.Title, "Decision"},
		Align:   "rllrl",
	}
	for i := len(versions) - 1; i >= 0; i-- {
		v := versions[i]
		text := "–"
		if m, ok := metricOf(v, metric.Name); ok {
			text = m.Format()
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(v.Version), v.Stage, v.Estimator, text, v.Decision})
		if promoted(v) && len(t.Best) == 0 {
			t.Best = []int{len(t.Rows) - 1}
		}
	}
	return t
}

// versionFigure draws the metric of every version, once there are several. What
// can be seen beside the last is what was judged on the same test part, as it
// was recorded: nothing else that lies in the registry may change the cell.
func versionFigure(best *candidate, versions []*record.Version) *notebook.Figure {
	var points []plots.Version
	rows := registry.TestOf(versions[len(versions)-1])
	for i, v := range versions {
		m, ok := metricOf(v, best.metric.Name)
		if !ok {
			continue
		}
		point := plots.Version{Number: v.Version, Value: m.Value, Low: m.Value, High: m.Value, Champion: promoted(v),
			Alike: i == len(versions)-1 || rows != "" && registry.TestOf(v) == rows}
		if m.Low != nil && m.High != nil {
			point.Low, point.High = *m.Low, *m.High
		}
		points = append(points, point)
	}
	if len(points) < 2 {
		return nil
	}
	return plots.Versions(plots.Frame{
		Title:    best.metric.Title + " over the versions",
		Subtitle: "each with its interval; a line joins what was judged on the test rows of the last",
		X:        "version", Y: best.metric.Title,
	}, points)
}

func metricOf(v *record.Version, name string) (metrics.Value, bool) {
	for _, m := range v.Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return metrics.Value{}, false
}

// promoted says whether a version became champion when it was registered.
func promoted(v *record.Version) bool {
	d, err := registry.DecodeDecision(v.Details)
	return err == nil && d.Promoted
}
