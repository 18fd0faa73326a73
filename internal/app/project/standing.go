package project

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/learn/evaluation"
	"labbook/internal/show/report"
	"labbook/internal/store/registry"
	"labbook/runner"
)

// History gives the model that the pipeline registers, and how its metric went
// over its versions.
func (p *Project) History(ctx context.Context, run *runner.RunResult) (model string, h *report.History) {
	var registered *registry.Registered
	for _, st := range run.Stages {
		if out := p.output(st, artifact.Registration); out != nil {
			registered, _ = registry.OpenRegistered(out)
		}
	}
	if registered == nil {
		return "", nil
	}
	r := p.Registry()
	versions, err := r.Versions(ctx, registered.Model)
	if err != nil {
		return registered.Model, nil
	}
	standing, _ := r.Standing(ctx, registered.Model)
	won := map[int]bool{}
	moves, _ := r.History(ctx, registered.Model)
	for _, m := range moves {
		won[m.To] = true
	}
	h = &report.History{Model: registered.Model, Metric: registered.Metric.Name, Unit: registered.Metric.Unit, Better: registered.Metric.Better}
	for _, v := range versions {
		if v.Version == standing {
			h.Champion = v.Metrics
		}
	}
	versions = versions[max(0, len(versions)-30):]
	rows, err := p.Comparer().Rows(ctx, versions)
	if err != nil {
		return registered.Model, nil
	}
	for i, v := range versions {
		for _, m := range v.Metrics {
			if m.Name == h.Metric {
				h.Points = append(h.Points, report.Point{
					Version: v.Version, Stage: v.Stage, Run: v.Run, Created: v.Created, Value: m.Value, Low: m.Low, High: m.High, Rows: rows[i],
					Champion: won[v.Version], Standing: v.Version == standing, Decision: v.Decision,
				})
			}
		}
	}
	return registered.Model, h
}

// Leaderboard gives the comparison of the pipeline's models; the last, when it
// has several.
func (p *Project) Leaderboard(ctx context.Context, run *runner.RunResult, model string) *report.Leaderboard {
	var champion *record.Version
	if model != "" {
		champion, _ = p.Registry().Champion(ctx, model)
	}
	for _, st := range slices.Backward(run.Stages) {
		out := p.output(st, artifact.Evaluation)
		if out == nil {
			continue
		}
		e, err := evaluation.Open(out)
		if err != nil || len(e.Models) == 0 {
			continue
		}
		board := &report.Leaderboard{Stage: st.Name, Primary: e.Primary, Verdict: verdict(e), How: howMeasured(e)}
		for i, m := range e.Models {
			row := report.Standing{Model: m.Stage, Estimator: m.Estimator, Metrics: m.Metrics,
				Champion: champion != nil && champion.Artifact == m.Artifact}
			if m.Versus != nil && i > 0 {
				row.Tied, row.Note = m.Versus.Verdict == metrics.Tie, m.Versus.Words
			}
			board.Rows = append(board.Rows, row)
		}
		return board
	}
	return nil
}

// verdict says who leads a leaderboard, and whether beyond noise.
func verdict(e *evaluation.Evaluation) string {
	leader := e.Leader()
	value, _ := leader.Metric(e.Primary)
	text := fmt.Sprintf("%s leads with %s", leader.Stage, measured(value))
	if v := leader.Versus; v != nil {
		text += fmt.Sprintf("; against %s: %s", v.With, v.Words)
		if v.Verdict != metrics.Tie {
			text += ", beyond noise"
		}
	}
	if e.ByFolds() {
		text += " (judged by " + e.Judged + ")"
	}
	return text + "."
}

// howMeasured says what the leaderboard's numbers stand on.
func howMeasured(e *evaluation.Evaluation) string {
	text := "Measured on " + human.Count(e.Rows, "test row") + " that no model has seen"
	if e.ByFolds() {
		text = "Measured on " + human.Count(e.Rows, "row") + ", each held out from models that were made again of others (" + e.Judged + ")"
	}
	if v, ok := e.Leader().Metric(e.Primary); ok && v.Low != nil {
		text += fmt.Sprintf("; below each number its interval at %g %%, by bootstrap", 100*v.Level)
	}
	return text + "."
}

// measured writes a metric by its title: "MAE 263.4 USD [258.9, 268.1]".
func measured(v metrics.Value) string {
	if m, ok := metrics.Lookup(v.Name); ok {
		return m.Title + " " + v.Format()
	}
	return v.Name + " " + v.Format()
}
