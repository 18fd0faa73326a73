package stages

import (
	"fmt"
	"math"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/plots"
	"labbook/internal/store/registry"
	"labbook/runner/stage"
)

// registerTold is what the registry said when the best candidate was entered. It
// is told rather than left in the output, which is the same in every registry.
type registerTold struct {
	Model    string `json:"model"`
	Version  int    `json:"version"`
	Decision string `json:"decision"`
	Metric   string `json:"metric"` // that the candidates were compared by
	// Final is the fit that answers; nil where the judged one does.
	Final *record.Final `json:"final,omitempty"`
	// Candidates are those of the evaluation, in its order.
	Candidates []candidateTold `json:"candidates"`
	// Versions are those of the model up to this one, the oldest first: later ones
	// are left out, so that executing again tells the same.
	Versions []versionTold `json:"versions"`
}

// candidateTold is a model of the evaluation, as the cell lists it.
type candidateTold struct {
	Stage     string         `json:"stage"`
	Estimator string         `json:"estimator"`
	Value     *metrics.Value `json:"value,omitempty"`
	Versus    string         `json:"versus,omitempty"` // how it does against the others, in words
	Best      bool           `json:"best,omitempty"`
}

// versionTold is a version as it was registered: what people promoted or rolled
// back since is not the stage's own.
type versionTold struct {
	Version   int            `json:"version"`
	Stage     string         `json:"stage"`
	Estimator string         `json:"estimator"`
	Value     *metrics.Value `json:"value,omitempty"`
	Decision  string         `json:"decision"`
	Promoted  bool           `json:"promoted,omitempty"`
	// Alike says that it was judged on the test rows of the last, as recorded:
	// nothing else that lies in the registry counts.
	Alike bool `json:"alike,omitempty"`
}

// tellRegistered tells the decision, the candidates, and how the metric went over
// the versions.
func tellRegistered(c *stage.Context, reg *registry.Registry, best *candidate, version *record.Version, decided string) error {
	all, err := reg.Versions(c, version.Model)
	if err != nil {
		return err
	}
	told := registerTold{Model: version.Model, Version: version.Version, Decision: decided, Metric: best.metric.Name, Final: version.Final}
	for i := range best.from.Models {
		m := &best.from.Models[i]
		candidate := candidateTold{Stage: m.Stage, Estimator: m.Estimator, Best: m == best.Model}
		if v, ok := m.Metric(best.metric.Name); ok {
			candidate.Value = &v
		}
		if m.Versus != nil && m.Versus.Metric == best.metric.Name {
			candidate.Versus = m.Versus.Words
		}
		told.Candidates = append(told.Candidates, candidate)
	}
	rows := registry.TestOf(version)
	for _, v := range all[:version.Version] {
		told.Versions = append(told.Versions, versionTold{
			Version: v.Version, Stage: v.Stage, Estimator: v.Estimator, Value: metricOf(v, best.metric.Name), Decision: v.Decision,
			Promoted: promoted(v), Alike: v.Version == version.Version || rows != "" && registry.TestOf(v) == rows,
		})
	}
	return c.Tell(told)
}

// metricOf gives what was measured of a version; nil for nothing.
func metricOf(v *record.Version, name string) *metrics.Value {
	for _, m := range v.Metrics {
		if m.Name == name {
			return &m
		}
	}
	return nil
}

// promoted says whether a version became champion when it was registered.
func promoted(v *record.Version) bool {
	d, err := registry.DecodeDecision(v.Details)
	return err == nil && d.Promoted
}

// showRegistered shows what was told.
func showRegistered(s *stage.Shown) error {
	var told registerTold
	if err := s.Facts(&told); err != nil {
		return err
	}
	metric, err := metrics.Find(told.Metric, "")
	if err != nil {
		return err
	}
	for _, c := range told.Candidates {
		if c.Best {
			s.Cell.Markdown(fmt.Sprintf("**%s** is version %d of **%s**.", c.Stage, told.Version, told.Model))
		}
	}
	if f := told.Final; f != nil {
		s.Cell.Markdown(fmt.Sprintf("It answers by a fit to **%s**, of train and test part; all figures are of the fit to %s of them that was judged.",
			human.Count(f.Rows, "row"), human.Int(f.Judged)))
	}
	s.Cell.Findings(notebook.Finding{Level: "info", Text: told.Decision})
	s.Cell.Fold("Candidates by "+metric.Title, func(cell *notebook.Cell) { cell.Table(candidateTable(metric, told.Candidates)) })
	if len(told.Versions) > 1 {
		s.Cell.Fold(human.Count(len(told.Versions), "version"), func(cell *notebook.Cell) {
			cell.Table(versionTable(metric, told.Versions))
			if figure := versionFigure(metric, told.Versions); figure != nil {
				cell.Figure(figure)
			}
		})
	}
	return nil
}

// candidateTable lists the evaluation's models in its own order.
func candidateTable(metric *metrics.Metric, candidates []candidateTold) notebook.Table {
	t := notebook.Table{
		Columns: notebook.Columns("Stage", "Estimator", metric.Title, "Against the others"),
	}
	for i, c := range candidates {
		if c.Best {
			t.Best = append(t.Best, i)
		}
		t.Row(notebook.Text(c.Stage), notebook.Text(c.Estimator), valueOf(c.Value), notebook.Text(c.Versus))
	}
	return t
}

// valueOf gives a value, or one that nobody knows.
func valueOf(v *metrics.Value) notebook.Value {
	if v == nil {
		return notebook.Numeral(math.NaN(), 0)
	}
	return v.Shown()
}

// versionTable lists versions, the newest first, as they were registered.
func versionTable(metric *metrics.Metric, versions []versionTold) notebook.Table {
	t := notebook.Table{
		Columns: notebook.Columns("Version", "Stage", "Estimator", metric.Title, "Decision"),
	}
	for i := len(versions) - 1; i >= 0; i-- {
		v := versions[i]
		t.Row(notebook.Count(v.Version), notebook.Text(v.Stage), notebook.Text(v.Estimator), valueOf(v.Value), notebook.Text(v.Decision))
		if v.Promoted && len(t.Best) == 0 {
			t.Best = []int{len(t.Rows) - 1}
		}
	}
	return t
}

// versionFigure draws the metric of every version, once there are several. What
// can be seen beside the last is what was judged on the same test part.
func versionFigure(metric *metrics.Metric, told []versionTold) *notebook.Figure {
	var versions []plots.Version
	for i, v := range told {
		if v.Value == nil {
			continue
		}
		version := plots.Version{Number: v.Version, Value: *v.Value, Of: v.Stage, Champion: v.Promoted}
		if v.Alike || i == len(told)-1 {
			version.Rows = "those of the last"
		}
		versions = append(versions, version)
	}
	return plots.Versions(metric.Title+" over the versions", versions)
}
